//! Servers that are no TLS servers, or bad ones: each is told as such, in bounded time.

use std::time::Duration;

use counterfoil_ops::probe::{Options, ProbeError};
use counterfoil_secret::{Fault, Report as _};

use crate::peer::{first_words, free_port, has, named, say, scripted, try_probe};

fn quick() -> Options {
    let short = Duration::from_millis(300);
    Options { answer_time_max: short, connect_time_max: Duration::from_secs(2), ..named() }
}

fn error(port: u16) -> ProbeError {
    let error = try_probe(port, &quick()).unwrap_err();
    assert_eq!(error.fault(), Fault::Environment, "it is no fault of whoever asks");
    error
}

#[test]
fn a_closed_port_is_told() {
    assert_eq!(error(free_port()).id(), "target-not-connected");
}

#[test]
fn a_name_without_an_address_is_told() {
    let target = counterfoil_ops::probe::Target { host: "nobody.invalid".into(), port: 443 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(counterfoil_ops::probe::probe(&target, &quick())).unwrap_err();
    assert_eq!(error.id(), "target-unresolved");
}

#[test]
fn a_web_server_without_tls_is_told_with_what_it_says() {
    let port = scripted(|mut stream| {
        first_words(&mut stream);
        say(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let error = error(port);
    assert_eq!(error.id(), "target-not-tls");
    assert!(error.to_string().contains("HTTP/1.1 400 Bad Request"), "{error}");
}

#[test]
fn a_server_that_speaks_first_is_told_with_what_it_says() {
    let port = scripted(|mut stream| {
        say(&mut stream, b"220 mx.example ESMTP\r\n");
        first_words(&mut stream);
    });
    assert!(error(port).to_string().contains("220 mx.example ESMTP"));
}

#[test]
fn silence_is_told() {
    let port = scripted(|stream| {
        std::thread::sleep(Duration::from_secs(5));
        drop(stream);
    });
    assert_eq!(error(port).id(), "target-silent");
}

#[test]
fn a_server_that_hangs_up_is_told() {
    let port = scripted(|mut stream| {
        first_words(&mut stream);
    });
    assert_eq!(error(port).id(), "target-hangs-up");
    // Closing with octets unread resets the connection.
    let port = scripted(drop);
    assert_eq!(error(port).id(), "target-hangs-up");
}

#[test]
fn garbage_and_huge_records_are_no_tls() {
    let garbage: [&[u8]; 4] = [
        &[0xff; 70_000],
        &[22, 3, 3, 0xff, 0xff, 2, 0, 0, 0],
        // A handshake message of 16 MB.
        &[22, 3, 3, 0, 8, 2, 0xff, 0xff, 0xff, 3, 3, 0, 0],
        // A ServerHello that ends too early.
        &[22, 3, 3, 0, 6, 2, 0, 0, 2, 3, 3],
    ];
    for octets in garbage {
        let port = scripted(move |mut stream| {
            first_words(&mut stream);
            say(&mut stream, octets);
        });
        assert_eq!(error(port).id(), "target-not-tls", "{:?}", &octets[..8]);
    }
}

#[test]
fn endless_records_are_not_read_for_ever() {
    let port = scripted(|mut stream| {
        first_words(&mut stream);
        // Alerts that only warn, without end.
        while std::io::Write::write_all(&mut stream, &[21, 3, 3, 0, 2, 1, 90].repeat(500)).is_ok() {
        }
    });
    let report = try_probe(port, &quick()).unwrap();
    assert!(report.versions.iter().all(|version| version.accepted != "yes"));
}

#[test]
fn a_slow_drip_ends_with_the_time_for_an_answer() {
    let port = scripted(|mut stream| {
        first_words(&mut stream);
        for octet in [22, 3, 3, 0, 90].iter().chain(&[0; 90]) {
            say(&mut stream, &[*octet]);
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let error = error(port);
    assert!(["target-silent", "target-hangs-up"].contains(&error.id()), "{error}");
}

#[test]
fn what_was_not_asked_for_want_of_connections_is_told_and_not_called_fine() {
    if !has("openssl", "version") {
        return;
    }
    let server = crate::peer::s_server("").unwrap();
    let report = try_probe(server.port, &Options { connections_max: 3, ..named() }).unwrap();
    assert!(report.is_incomplete() && report.connections <= 3 + 2, "{}", report.connections);
    assert!(crate::peer::ids(&report).contains(&"question-unanswered"));
    let unknown = report.attacks.iter().filter(|attack| attack.verdict == "unknown");
    assert!(unknown.count() > 3, "{:?}", report.attacks);
}
