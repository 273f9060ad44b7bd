//! Each remark has a conversation that breaks just that.

use counterfoil_dissect::layer::{Chunk, Context, End, How, Opening, Out, Readers, tls};
use counterfoil_dissect::message::{Connection, Direction, Event, Moment};
use counterfoil_dissect::tree::Span;
use counterfoil_pki::Certificate;
use counterfoil_tls::client_hello::ClientHello;
use counterfoil_tls::extension::{ExtensionType, Extensions};
use counterfoil_tls::handshake::{Handshake, HandshakeType};
use counterfoil_tls::record::{self, ContentType};
use counterfoil_tls::server_hello::ServerHello;
use counterfoil_tls::wire::Writer;
use counterfoil_tls::{Version, ssl2};

use super::{data, dissect, without_end};
use Direction::{ToClient, ToServer};

/// 2026-12-01: within the time of the certificates in the data folder.
const NOW: i64 = 1_796_083_200;

/// What is remarked of octets that both sides send in turn, and how the connection ends.
fn talk_at(seconds: i64, said: &[(Direction, Vec<u8>)], how: How) -> Vec<&'static str> {
    let connection = Connection {
        number: 0,
        client: "10.0.0.1:40000".parse().unwrap(),
        server: "10.0.0.2:443".parse().unwrap(),
    };
    let context = Context::default();
    let opening = Opening { bytes: [&[], &[]], from_start: true, server_port: 443 };
    let mut stream = (tls::LAYER.open)(&opening);
    let (mut events, mut readers) = (Vec::new(), Readers::default());
    let (mut layers, mut counts) = (vec!["tls"], std::collections::BTreeMap::new());
    let mut out = Out {
        context: &context,
        connection: &connection,
        layers: &mut layers,
        events: &mut events,
        readers: &mut readers,
        counts: &mut counts,
    };
    let time = Moment(seconds * 1_000_000_000);
    let mut at = [0_u64; 2];
    for (direction, bytes) in said {
        let start = at[direction.index()];
        at[direction.index()] += bytes.len() as u64;
        let span = Span::of("stream", start, at[direction.index()]);
        let chunk = Chunk { direction: *direction, bytes, span, time, frame: 1 };
        stream.bytes(&chunk, &mut out);
    }
    for direction in [ToServer, ToClient] {
        stream.end(&End { direction, how, time, frame: 2 }, &mut out);
    }
    let mut remarks = Vec::new();
    for event in events {
        match event {
            Event::Message(message) => {
                remarks.extend(message.remarks.iter().map(|placed| placed.remark.id));
            }
            Event::Remark(placed) => remarks.push(placed.remark.id),
        }
    }
    remarks
}

fn talk(said: &[(Direction, Vec<u8>)]) -> Vec<&'static str> {
    talk_at(NOW, said, How::Unfinished)
}

fn client_hello(change: impl FnOnce(&mut ClientHello)) -> Vec<u8> {
    let mut extensions = Extensions::default();
    extensions.add(ExtensionType(0), |writer| {
        counterfoil_tls::extension::write_server_name(writer, "shop.test");
    });
    extensions.add(ExtensionType(43), |writer| {
        writer.octets(1, &[3, 4, 3, 3]);
    });
    let mut hello = ClientHello {
        version: Version::TLS12,
        random: [7; 32],
        session_id: Vec::new(),
        cipher_suites: vec![0x1301, 0xc02f],
        compression: vec![0],
        extensions,
    };
    change(&mut hello);
    handshake(&hello.compose())
}

fn handshake(message: &Handshake) -> Vec<u8> {
    record::compose(ContentType::HANDSHAKE, Version::TLS12, &message.compose())
}

fn server_hello(change: impl FnOnce(&mut ServerHello)) -> Vec<u8> {
    let mut hello = ServerHello {
        version: Version::TLS12,
        random: [9; 32],
        session_id: Vec::new(),
        cipher_suite: 0xc02f,
        compression: 0,
        extensions: Extensions::default(),
    };
    change(&mut hello);
    handshake(&hello.compose())
}

fn answered(change: impl FnOnce(&mut ServerHello)) -> Vec<&'static str> {
    talk(&[(ToServer, client_hello(|_| ())), (ToClient, server_hello(change))])
}

fn alert(level: u8, description: u8) -> Vec<u8> {
    record::compose(ContentType::ALERT, Version::TLS12, &[level, description])
}

#[test]
fn every_kind_is_listed_under_an_id_of_its_own() {
    let mut ids: Vec<_> = tls::LAYER.kinds.iter().map(|kind| kind.id).collect();
    assert!(tls::LAYER.kinds.iter().all(|kind| kind.group == "tls" && !kind.page.is_empty()));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), tls::LAYER.kinds.len());
}

#[test]
fn an_ordinary_handshake_has_no_remarks() {
    assert_eq!(answered(|_| ()), [""; 0]);
}

#[test]
fn old_versions_and_weak_suites_are_remarked() {
    assert_eq!(answered(|hello| hello.version = Version::TLS10), ["tls-version-weak"]);
    assert_eq!(answered(|hello| hello.cipher_suite = 0x0005), ["tls-suite-weak"]);
}

#[test]
fn a_small_group_is_remarked() {
    let with = |group: u16| {
        answered(|hello| {
            hello.cipher_suite = 0x1301;
            hello.extensions.add(ExtensionType(43), |writer| {
                writer.u16(0x0304);
            });
            hello.extensions.add(ExtensionType(51), |writer| {
                writer.u16(group).octets(2, &[4; 32]);
            });
        })
    };
    assert_eq!(with(0x001d), [""; 0]);
    assert_eq!(with(0x0001), ["tls-group-weak"]);
}

#[test]
fn a_server_that_could_have_spoken_a_newer_version_says_so() {
    let marked = |hello: &mut ServerHello| hello.random[24..].copy_from_slice(b"DOWNGRD\x01");
    assert_eq!(answered(marked), ["tls-downgrade"]);
    let old = client_hello(|hello| hello.extensions = Extensions::default());
    assert_eq!(talk(&[(ToServer, old), (ToClient, server_hello(marked))]), [""; 0]);
}

#[test]
fn a_fallback_is_remarked() {
    let hello = client_hello(|hello| hello.cipher_suites.push(0x5600));
    assert_eq!(talk(&[(ToServer, hello)]), ["tls-fallback"]);
}

#[test]
fn a_hello_that_is_sent_again_is_a_notice() {
    let retry = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";
    let random: [u8; 32] = hex::decode(retry).unwrap().try_into().unwrap();
    assert_eq!(answered(|hello| hello.random = random), ["tls-hello-retry"]);
}

#[test]
fn a_damaged_hello_is_remarked() {
    let short = Handshake { kind: HandshakeType::CLIENT_HELLO, body: vec![3, 3, 1] };
    assert_eq!(talk(&[(ToServer, handshake(&short))]), ["tls-hello-damaged"]);
}

#[test]
fn a_hello_in_the_form_of_ssl_2_is_remarked() {
    let hello = ssl2::ClientHello {
        version: Version::TLS10,
        ciphers: vec![0x05],
        session_id: Vec::new(),
        challenge: vec![1; 16],
    };
    assert_eq!(talk(&[(ToServer, hello.to_octets())]), ["tls-ssl-2"]);
}

#[test]
fn octets_that_are_no_record_are_remarked_once() {
    let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    let said = [(ToServer, client_hello(|_| ())), (ToClient, answer)];
    assert_eq!(talk(&said), ["tls-record-malformed"]);
}

#[test]
fn alerts_are_remarked_with_their_meaning() {
    let with = |level, description| {
        talk_at(
            NOW,
            &[(ToServer, client_hello(|_| ())), (ToClient, alert(level, description))],
            How::Closed,
        )
    };
    assert_eq!(with(2, 40), ["tls-alert"]);
    assert_eq!(with(1, 0), [""; 0]);
}

#[test]
fn a_handshake_that_just_ends_is_remarked() {
    let said = [(ToServer, client_hello(|_| ()))];
    assert_eq!(talk_at(NOW, &said, How::Reset), ["tls-handshake-unfinished"]);
    assert_eq!(talk_at(NOW, &said, How::Unfinished), [""; 0]);
}

mod certificate {
    use super::*;

    fn chain() -> Vec<Certificate> {
        let text = String::from_utf8(data("chain.pem")).unwrap();
        Certificate::from_pem_all(&text).unwrap()
    }

    fn message(chain: &[&[u8]]) -> Vec<u8> {
        let mut list = Writer::new();
        for der in chain {
            list.octets(3, der);
        }
        let mut body = Writer::new();
        body.octets(3, &list.into_octets());
        handshake(&Handshake { kind: HandshakeType::CERTIFICATE, body: body.into_octets() })
    }

    fn shown(at: i64, chain: &[&[u8]]) -> Vec<&'static str> {
        let said = [
            (ToServer, client_hello(|_| ())),
            (ToClient, server_hello(|_| ())),
            (ToClient, message(chain)),
        ];
        talk_at(at, &said, How::Unfinished)
    }

    #[test]
    fn chains_are_whole_and_in_order() {
        let chain = chain();
        let (leaf, root) = (chain[0].der(), chain[1].der());
        assert_eq!(shown(NOW, &[leaf, root]), [""; 0]);
        assert_eq!(shown(NOW, &[leaf]), ["tls-chain-incomplete"]);
        assert_eq!(shown(NOW, &[leaf, leaf, root]), ["tls-chain-disordered"]);
        assert_eq!(shown(NOW, &[leaf, root, b"none"]), ["tls-certificate-unreadable"]);
    }

    #[test]
    fn a_chain_with_which_the_other_side_goes_on_is_whole() {
        let after = |direction, kind| {
            let said = [
                (ToServer, client_hello(|_| ())),
                (ToClient, server_hello(|_| ())),
                (ToClient, message(&[chain()[0].der()])),
                (direction, handshake(&Handshake { kind, body: Vec::new() })),
            ];
            talk_at(NOW, &said, How::Unfinished)
        };
        assert_eq!(after(ToServer, HandshakeType::CLIENT_KEY_EXCHANGE), [""; 0]);
        let own = after(ToClient, HandshakeType::SERVER_HELLO_DONE);
        assert_eq!(own, ["tls-chain-incomplete"]);
    }

    #[test]
    fn certificates_are_held_against_the_time_of_capture() {
        let chain = chain();
        let (leaf, root) = (chain[0].der(), chain[1].der());
        let years = |years: i64| NOW + years * 365 * 86_400;
        assert_eq!(shown(years(20), &[leaf, root]), ["tls-certificate-expired"; 2]);
        assert_eq!(shown(years(-5), &[leaf, root]), ["tls-certificate-not-yet-valid"; 2]);
    }

    #[test]
    fn the_name_that_was_asked_for_is_held_against_the_certificate() {
        let chain = chain();
        let asked = client_hello(|hello| {
            hello.extensions = Extensions::default();
            hello.extensions.add(ExtensionType(0), |writer| {
                counterfoil_tls::extension::write_server_name(writer, "other.test");
            });
        });
        let said = [
            (ToServer, asked),
            (ToClient, server_hello(|_| ())),
            (ToClient, message(&[chain[0].der(), chain[1].der()])),
        ];
        assert_eq!(talk(&said), ["tls-name-mismatch"]);
    }
}

#[test]
fn a_key_log_of_another_connection_is_a_notice() {
    let seen = dissect(&data("tls13-aes128.pcap"), Some(&data("tls13-aes256.keys")));
    assert_eq!(without_end(&seen), ["tls-keys-missing"]);
    let seen = dissect(&data("tls10.pcap"), Some(&data("tls10.keys")));
    assert_eq!(without_end(&seen), ["tls-version-weak", "tls-keys-missing"]);
}

#[test]
fn a_record_that_was_altered_is_remarked() {
    let mut capture = data("tls13-aes128.pcap");
    // The last octet of the last application data record of the server's answer.
    let last = capture.windows(5).rposition(|window| window[..3] == [23, 3, 3]).unwrap();
    let end = last + 5 + usize::from(u16::from_be_bytes([capture[last + 3], capture[last + 4]]));
    capture[end - 1] ^= 1;
    let seen = dissect(&capture, Some(&data("tls13-aes128.keys")));
    assert!(seen.remarks.contains(&"tls-record-unopened"), "{:?}", seen.remarks);
}
