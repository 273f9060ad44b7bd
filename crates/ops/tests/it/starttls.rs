//! Dialogues before TLS, with the servers that `openssl s_client` is tested with and scripted ones.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use counterfoil_ops::probe::{Options, starttls};
use counterfoil_secret::Report as _;

use crate::peer::{first_words, has, named, s_server, say, scripted, try_probe, versions};

fn options(protocol: &str) -> Options {
    Options { starttls: starttls::find(protocol), ..named() }
}

/// Passes octets on in both directions until both have ended.
fn relay(stream: &TcpStream, port: u16) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let pass = |mut from: TcpStream, mut to: TcpStream| {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    };
    let (from, to) = (stream.try_clone().unwrap(), server.try_clone().unwrap());
    let back = std::thread::spawn(move || pass(from, to));
    pass(server, stream.try_clone().unwrap());
    let _ = stream.shutdown(Shutdown::Both);
    let _ = back.join();
}

/// A server that holds a dialogue of these turns and then speaks TLS.
fn server(turns: &'static [&'static [u8]], tls: u16, speaks_first: bool) -> u16 {
    scripted(move |mut stream| {
        for (index, turn) in turns.iter().enumerate() {
            if index > 0 || !speaks_first {
                first_words(&mut stream);
            }
            say(&mut stream, turn);
        }
        relay(&stream, tls);
    })
}

const LDAP_SUCCESS: &[u8] = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";

const XMPP_FEATURES: &[u8] =
    b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";

/// Protocol, what its server says, and whether the server says the first of it unasked.
static CASES: [(&str, &[&[u8]], bool); 7] = [
    ("smtp", &[b"220 mx\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n"], true),
    ("imap", &[b"* OK ready\r\n", b"a1 OK go\r\n"], true),
    ("pop3", &[b"+OK ready\r\n", b"+OK go\r\n"], true),
    ("ftp", &[b"220 ready\r\n", b"234 go\r\n"], true),
    ("postgres", &[b"S"], false),
    ("ldap", &[LDAP_SUCCESS], false),
    ("xmpp", &[XMPP_FEATURES, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"], false),
];

#[test]
fn tls_is_found_inside_each_protocol() {
    if !has("openssl", "version") {
        return;
    }
    let tls = s_server("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256").unwrap();
    for (protocol, turns, speaks_first) in CASES {
        let port = server(turns, tls.port, speaks_first);
        let found = try_probe(port, &options(protocol));
        let report = found.unwrap_or_else(|error| panic!("{protocol}: {error}"));
        assert_eq!(versions(&report), ["TLS 1.2"], "{protocol}");
        assert_eq!(report.starttls, Some(protocol));
    }
}

#[test]
fn tls_is_found_behind_the_request_of_mysql() {
    if !has("openssl", "version") {
        return;
    }
    let tls = s_server("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256").unwrap();
    let port = tls.port;
    let port = scripted(move |mut stream| {
        say(&mut stream, b"\x1a\0\0\0\x0a8.0.36\0\x01\0\0\0scramble\0\xff\xff\x21\x02\0");
        let mut request = [0; 36];
        if stream.read_exact(&mut request).is_ok() && request[4..6] == [1, 0x8a] {
            relay(&stream, port);
        }
    });
    assert_eq!(versions(&try_probe(port, &options("mysql")).unwrap()), ["TLS 1.2"]);
}

#[test]
fn a_server_that_refuses_to_begin_is_told_in_its_own_words() {
    let port = scripted(|mut stream| {
        say(&mut stream, b"220 mx\r\n");
        first_words(&mut stream);
        say(&mut stream, b"250 mx\r\n");
        first_words(&mut stream);
        say(&mut stream, b"454 TLS not available\r\n");
    });
    let error = try_probe(port, &options("smtp")).unwrap_err();
    assert_eq!(error.id(), "target-starttls-refused");
    assert!(error.to_string().contains("454 TLS not available"), "{error}");
}
