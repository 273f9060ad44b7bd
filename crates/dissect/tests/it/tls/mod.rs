//! TLS: real connections of OpenSSL opened by key log, and hellos that break one rule each.

mod remark;

use std::path::PathBuf;

use counterfoil_dissect::dissection::Dissection;
use counterfoil_dissect::layer::Context;
use counterfoil_dissect::message::{Event, Message};

/// What came of one capture: summaries of messages, and ids of remarks.
pub(crate) struct Seen {
    pub(crate) lines: Vec<String>,
    pub(crate) remarks: Vec<&'static str>,
}

fn data(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls");
    std::fs::read(folder.join(name)).unwrap()
}

fn dissect(capture: &[u8], key_log: Option<&[u8]>) -> Seen {
    let mut context = Context { trees: true, ..Context::default() };
    if let Some(key_log) = key_log {
        context.keys.offer("keys", key_log).unwrap();
    }
    let mut dissection = Dissection::new(context);
    dissection.feed(capture).unwrap();
    dissection.finish(None).unwrap();
    let mut seen = Seen { lines: Vec::new(), remarks: Vec::new() };
    for event in dissection.events() {
        match event {
            Event::Message(message) => {
                seen.remarks.extend(message.remarks.iter().map(|placed| placed.remark.id));
                seen.lines.push(line(&message));
            }
            Event::Remark(placed) => seen.remarks.push(placed.remark.id),
        }
    }
    seen
}

fn line(message: &Message) -> String {
    format!("{} {}", message.layers.join("/"), message.summary)
}

/// Remarks without those on the end of the connection: the server of these captures hangs up
/// without close_notify, the client says decode_error to that, and the answer is a reset.
fn without_end(seen: &Seen) -> Vec<&'static str> {
    let end = ["tls-alert", "connection-reset"];
    seen.remarks.iter().copied().filter(|id| !end.contains(id)).collect()
}

fn requests(seen: &Seen) -> String {
    let http = seen.lines.iter().filter_map(|line| line.strip_prefix("tls/http "));
    http.map(|line| line.split(" HTTP").next().unwrap()).collect::<Vec<_>>().join("; ")
}

/// A connection with two requests, and what is opened of it with its key log.
fn opens(name: &str) -> Seen {
    let (capture, keys) = (data(&format!("{name}.pcap")), data(&format!("{name}.keys")));
    let sealed = dissect(&capture, None);
    assert!(!sealed.lines.iter().any(|line| line.contains("http")), "{name}: {:?}", sealed.lines);
    let seen = dissect(&capture, Some(&keys));
    let found = requests(&seen);
    for part in ["GET /first", "GET /second", "200"] {
        assert!(found.contains(part), "{name}: {found}\n{:#?}\n{:?}", seen.lines, seen.remarks);
    }
    seen
}

#[test]
fn tls_1_3_of_openssl_opens_with_its_key_log() {
    for name in ["tls13-aes128", "tls13-aes256", "tls13-chacha"] {
        let seen = opens(name);
        assert_eq!(without_end(&seen), [""; 0], "{name}");
        let has = |text: &str| seen.lines.iter().any(|line| line.contains(text));
        assert!(has("client_hello: shop.test, up to TLS 1.3"), "{:#?}", seen.lines);
        assert!(has("certificate: CN=shop.test,O=Acme, 2 in the chain"), "{:#?}", seen.lines);
        assert!(has("new_session_ticket"), "{:#?}", seen.lines);
    }
}

#[test]
fn a_key_update_is_followed() {
    let seen = opens("tls13-update");
    assert!(seen.lines.iter().any(|line| line == "tls key_update"), "{:#?}", seen.lines);
}

#[test]
fn tls_1_2_of_openssl_opens_with_each_kind_of_suite() {
    let aead = ["tls12-gcm", "tls12-gcm384", "tls12-chacha"];
    let cbc = ["tls12-cbc-etm", "tls12-cbc-mte", "tls12-cbc256"];
    for name in aead.iter().chain(&cbc) {
        assert_eq!(without_end(&opens(name)), [""; 0], "{name}");
    }
    assert_eq!(without_end(&opens("tls12-rsa")), ["tls-suite-weak"]);
}

#[test]
fn what_is_not_opened_is_counted() {
    let seen = dissect(&data("tls13-aes128.pcap"), None);
    let counted = seen.lines.iter().filter(|line| line.contains("records encrypted")).count();
    assert_eq!(counted, 2, "{:#?}", seen.lines);
}

#[test]
fn a_missing_segment_does_not_end_decryption() {
    let keys = data("tls13-aes128.keys");
    let capture = data("tls13-aes128.pcap");
    let packets = packets(&capture);
    let request = packets.iter().position(|packet| packet.len() > 150 && is_from_client(packet));
    // The second segment of the client with a payload: Finished and the first request follow.
    let first = request.unwrap();
    for lost in first + 1..packets.len() {
        let mut less = capture[..24].to_vec();
        for (number, packet) in packets.iter().enumerate() {
            if number != lost {
                less.extend_from_slice(packet);
            }
        }
        // Whatever is lost, nothing panics, and what can be read is.
        let seen = dissect(&less, Some(&keys));
        assert!(seen.lines.iter().any(|line| line.contains("client_hello")));
    }
}

/// The records of a pcap file, headers included.
fn packets(capture: &[u8]) -> Vec<&[u8]> {
    let mut rest = &capture[24..];
    let mut found = Vec::new();
    while rest.len() >= 16 {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (packet, after) = rest.split_at(16 + length);
        found.push(packet);
        rest = after;
    }
    found
}

/// By the destination port, behind headers of pcap, Ethernet and IPv4.
fn is_from_client(packet: &[u8]) -> bool {
    packet[16 + 14 + 20 + 2..][..2] == 18443_u16.to_be_bytes()
}

#[test]
fn changed_captures_are_read_without_panic() {
    let mut dice = crate::sample::Dice::new(5);
    for name in ["tls13-update", "tls12-cbc-mte"] {
        let (capture, keys) = (data(&format!("{name}.pcap")), data(&format!("{name}.keys")));
        for _ in 0..60 {
            let mut other = capture.clone();
            for _ in 0..8 {
                let at = 24 + dice.below(other.len() - 24);
                other[at] = dice.below(256) as u8;
            }
            dissect(&other, Some(&keys));
        }
    }
}
