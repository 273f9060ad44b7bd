//! SSL 2.0 and 3.0, which no library at hand speaks: a small server answers with composed hellos.

use std::net::TcpStream;

use counterfoil_tls::client_hello::ClientHello;
use counterfoil_tls::extension::Extensions;
use counterfoil_tls::handshake::{Handshake, HandshakeType};
use counterfoil_tls::record::{self, ContentType};
use counterfoil_tls::server_hello::ServerHello;
use counterfoil_tls::wire::Writer;
use counterfoil_tls::{Version, ssl2};

use crate::peer::{first_words, ids, look, say, scripted, suites, verdict, versions};

/// The suites that the scripted server has, the most wanted first.
const SUITES: [u16; 4] = [0x0005, 0x000a, 0x0003, 0x0014];

fn messages(hello: &ServerHello, more: &[Handshake]) -> Vec<u8> {
    let mut octets = hello.compose().compose();
    more.iter().for_each(|message| octets.extend(message.compose()));
    let done = Handshake { kind: HandshakeType::SERVER_HELLO_DONE, body: Vec::new() };
    octets.extend(done.compose());
    record::compose(ContentType::HANDSHAKE, hello.version, &octets)
}

/// A temporary RSA key of 512 bits, as export suites have it.
fn export_key() -> Handshake {
    let mut writer = Writer::new();
    writer.octets(2, &[0xc5; 64]).octets(2, &[1, 0, 1]).octets(2, &[7; 64]);
    Handshake { kind: HandshakeType::SERVER_KEY_EXCHANGE, body: writer.into_octets() }
}

/// A prime of 512 bits, as export suites have it.
fn export_prime() -> Handshake {
    let mut writer = Writer::new();
    writer.octets(2, &[0xd5; 64]).octets(2, &[2]).octets(2, &[1; 64]).octets(2, &[7; 64]);
    Handshake { kind: HandshakeType::SERVER_KEY_EXCHANGE, body: writer.into_octets() }
}

/// Speaks SSL 3.0 and, when `with_ssl2`, SSL 2.0; refuses everything else in its own way.
fn answer(stream: &mut TcpStream, with_ssl2: bool) {
    let words = first_words(stream);
    if ssl2::begins_with_client_hello(&words) == Some(true) {
        let hello = ssl2::ServerHello {
            session_id_hit: false,
            certificate: Vec::new(),
            ciphers: vec![0x01_0080, 0x02_0080],
            connection_id: vec![3; 16],
        };
        if with_ssl2 {
            say(stream, &hello.to_octets());
        }
        return;
    }
    let Some(hello) = words.get(9..).and_then(|body| ClientHello::read(body).ok()) else { return };
    let refuse = |stream: &mut TcpStream, description| {
        say(stream, &record::compose(ContentType::ALERT, Version::SSL3, &[2, description]));
    };
    let chosen = SUITES.into_iter().find(|suite| hello.cipher_suites.contains(suite));
    match chosen {
        _ if hello.extensions.present && hello.version > Version::TLS10 => refuse(stream, 70),
        None => refuse(stream, 40),
        Some(cipher_suite) => {
            let hello = ServerHello {
                version: Version::SSL3,
                random: [4; 32],
                session_id: vec![5; 32],
                cipher_suite,
                compression: 0,
                extensions: Extensions::default(),
            };
            let key = match cipher_suite {
                0x0003 => vec![export_key()],
                0x0014 => vec![export_prime()],
                _ => Vec::new(),
            };
            say(stream, &messages(&hello, &key));
        }
    }
}

const SUITE_NAMES: [&str; 4] =
    ["RC4-SHA", "DES-CBC3-SHA", "EXP-RC4-MD5", "EXP-EDH-RSA-DES-CBC-SHA"];

#[test]
fn ssl2_and_ssl3_are_told_with_what_they_open() {
    let port = scripted(|mut stream| answer(&mut stream, true));
    let report = look(port);
    assert_eq!(versions(&report), ["SSL 3.0", "SSL 2.0"]);
    let found = suites(&report, "SSL 2.0");
    assert_eq!(found, ["SSL_CK_RC4_128_WITH_MD5", "SSL_CK_RC4_128_EXPORT40_WITH_MD5"]);
    assert_eq!(suites(&report, "SSL 3.0"), SUITE_NAMES);
    let export =
        &report.versions.iter().find(|known| known.version == Version::SSL3).unwrap().suites;
    assert_eq!(export[2].key_exchange.as_deref(), Some("RSA 512 bits"));
    assert_eq!(export[3].key_exchange.as_deref(), Some("DH 512 bits"));
    let ids = ids(&report);
    let wanted = [
        "ssl2-accepted",
        "ssl3-accepted",
        "no-current-version",
        "suite-export",
        "suite-rc4",
        "suite-small-blocks",
        "suite-cbc-tls10",
    ];
    for id in wanted {
        assert!(ids.contains(&id), "{id} is not in {ids:?}");
    }
    for attack in ["drown", "poodle", "freak", "logjam", "rc4", "sweet32", "beast"] {
        assert_eq!(verdict(&report, attack), "open", "{attack}");
    }
    assert_eq!(verdict(&report, "robot"), "not_tested");
}

#[test]
fn ssl2_is_not_told_of_a_server_that_hangs_up_on_it() {
    let port = scripted(|mut stream| answer(&mut stream, false));
    let report = look(port);
    assert_eq!(versions(&report), ["SSL 3.0"]);
    assert_eq!(verdict(&report, "drown"), "closed");
}

/// A hello with compression, with an ephemeral key that never changes, without RFC 5746.
#[test]
fn compression_and_kept_keys_and_insecure_renegotiation_are_told() {
    let port = scripted(|mut stream| {
        let words = first_words(&mut stream);
        let Some(Ok(hello)) = words.get(9..).map(ClientHello::read) else { return };
        let refused = !hello.cipher_suites.contains(&0xc013)
            || !hello.supported_versions().is_empty()
            || hello.version != Version::TLS12;
        if refused {
            say(&mut stream, &record::compose(ContentType::ALERT, Version::TLS12, &[2, 40]));
            return;
        }
        let mut key = Writer::new();
        key.u8(3).u16(23).octets(1, &[9; 65]).u16(0x0401).octets(2, &[7; 256]);
        let key = Handshake { kind: HandshakeType::SERVER_KEY_EXCHANGE, body: key.into_octets() };
        let answer = ServerHello {
            version: Version::TLS12,
            random: [4; 32],
            session_id: Vec::new(),
            cipher_suite: 0xc013,
            compression: if hello.compression.contains(&1) { 1 } else { 0 },
            extensions: Extensions::default(),
        };
        say(&mut stream, &messages(&answer, &[key]));
    });
    let report = look(port);
    let ids = ids(&report);
    for id in ["compression", "key-reused", "renegotiation-insecure"] {
        assert!(ids.contains(&id), "{id} is not in {ids:?}");
    }
    for attack in ["crime", "renegotiation"] {
        assert_eq!(verdict(&report, attack), "open", "{attack}");
    }
}
