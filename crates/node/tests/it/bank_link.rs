//! The bank link: many calls on one connection, and what is told when it breaks.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use counterfoil_node::bank_link::{BankLink, BankService, Correlate, Limits};
use counterfoil_node::server::{self, Server, stop_signal};
use counterfoil_node::telemetry::{self, Telemetry};
use counterfoil_node::tls;
use counterfoil_party::machine::CallFailure;

use crate::fixture::{Setup, certificates, identity, pem, run, start_actor};

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(200);

/// The echo party's answers end as its questions do: `echo 7` is answered by `7`.
fn correlate() -> Correlate {
    Arc::new(|message| message.rsplit(|octet| *octet == b' ').next().map(<[u8]>::to_vec))
}

fn link(address: SocketAddr, limits: Limits) -> BankLink {
    let telemetry = Telemetry::new("gateway", telemetry::Settings::nowhere());
    let host = address.ip().to_string();
    BankLink::start(&host, address.port(), None, correlate(), limits, telemetry)
}

/// Framed, as on the wire.
fn framed(text: &str) -> Vec<u8> {
    let mut octets = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    octets.extend_from_slice(text.as_bytes());
    octets
}

async fn read_message(stream: &mut TcpStream) -> Option<String> {
    let length = stream.read_u16().await.ok()?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await.ok()?;
    Some(String::from_utf8(message).unwrap())
}

/// Runs an echo party behind a bank listener.
async fn with_bank(limits: server::Limits, tls: Option<&Path>, test: impl AsyncFnOnce(SocketAddr)) {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = Telemetry::new("bank", telemetry::Settings::nowhere());
    let actor = start_actor(&mut Setup::default(), folder.path(), &telemetry);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = BankService::new(actor.handle(), limits, telemetry.clone());
    let tls = tls.map(|certificates| {
        let client_issuers = pem(certificates, "ca");
        let config = tls::server(&identity(certificates, "server"), Some(&client_issuers));
        tls::ServerTls::new(config.unwrap())
    });
    let server = Server::new("bank", service, tls, &limits, telemetry);
    let (stop, stopped) = stop_signal();
    let serving = tokio::spawn(server.run(listener, stopped, LONG));
    test(address).await;
    stop.send(true).unwrap();
    serving.await.unwrap();
    actor.stop().await;
}

#[test]
fn many_calls_share_one_connection() {
    run(with_bank(server::Limits::default(), None, async |address| {
        let link = link(address, Limits::default());
        let mut calls = JoinSet::new();
        for n in 0..300 {
            let link = link.clone();
            calls.spawn(async move {
                let answer = link.call(format!("echo {n}").as_bytes(), LONG).await;
                assert_eq!(answer, Ok(n.to_string().into_bytes()));
            });
        }
        while let Some(done) = calls.join_next().await {
            done.unwrap();
        }
        assert!(link.is_up());
    }));
}

#[test]
fn link_runs_inside_tls_with_both_certificates() {
    let Some(certificates) = certificates() else { return };
    run(with_bank(server::Limits::default(), Some(certificates), async |address| {
        for (name, expect) in
            [("client", Ok(b"7".to_vec())), ("stranger", Err(CallFailure::NoAnswer))]
        {
            let trust = pem(certificates, "ca");
            let config = tls::client(&trust, Some(&identity(certificates, name))).unwrap();
            let telemetry = Telemetry::new("gateway", telemetry::Settings::nowhere());
            let (host, port) = ("127.0.0.1", address.port());
            let limits = Limits::default();
            let link = BankLink::start(host, port, Some(config), correlate(), limits, telemetry);
            let answer = link.call(b"echo 7", LONG).await;
            // With TLS 1.3 a client learns that it was refused only after it has sent.
            match (&answer, &expect) {
                (Err(_), Err(_)) => {}
                _ => assert_eq!(answer, expect, "{name}"),
            }
        }
    }));
}

#[test]
fn answers_may_come_in_any_order_and_late_ones_are_ignored() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let link = link(listener.local_addr().unwrap(), Limits::default());
        let (mut stream, _) = listener.accept().await.unwrap();
        let late = link.call(b"question 0", SHORT).await;
        assert_eq!(late, Err(CallFailure::NoAnswer));
        let calls: Vec<_> = (1..4)
            .map(|n| {
                let link = link.clone();
                tokio::spawn(async move { link.call(format!("q {n}").as_bytes(), LONG).await })
            })
            .collect();
        let mut numbers = Vec::new();
        for _ in 0..4 {
            let message = read_message(&mut stream).await.unwrap();
            numbers.push(message.rsplit(' ').next().unwrap().to_owned());
        }
        // The late one first, then the others backwards, in pieces.
        let mut octets = framed("answer 0");
        for number in numbers[1..].iter().rev() {
            octets.extend(framed(&format!("answer {number}")));
        }
        for piece in octets.chunks(3) {
            stream.write_all(piece).await.unwrap();
            stream.flush().await.unwrap();
        }
        for (n, call) in (1..4).zip(calls) {
            assert_eq!(call.await.unwrap(), Ok(format!("answer {n}").into_bytes()));
        }
    });
}

#[test]
fn broken_connection_is_no_answer_and_is_made_anew() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let limits = Limits { reconnect_ms_min: 1, ..Limits::default() };
        let link = link(listener.local_addr().unwrap(), limits);
        let (mut stream, _) = listener.accept().await.unwrap();
        let call = tokio::spawn({
            let link = link.clone();
            async move { link.call(b"q 1", LONG).await }
        });
        assert_eq!(read_message(&mut stream).await.as_deref(), Some("q 1"));
        drop(stream);
        assert_eq!(call.await.unwrap(), Err(CallFailure::NoAnswer));
        let (mut stream, _) = listener.accept().await.unwrap();
        let call = tokio::spawn(async move { link.call(b"q 2", LONG).await });
        assert_eq!(read_message(&mut stream).await.as_deref(), Some("q 2"));
        stream.write_all(&framed("a 2")).await.unwrap();
        assert_eq!(call.await.unwrap(), Ok(b"a 2".to_vec()));
    });
}

#[test]
fn absent_bank_is_not_sent() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let limits = Limits { wait_connected_ms_max: 50, ..Limits::default() };
        let link = link(address, limits);
        assert_eq!(link.call(b"q 1", LONG).await, Err(CallFailure::NotSent));
    });
}

#[test]
fn silent_bank_is_given_up_and_connected_anew() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let limits = Limits { reconnect_ms_min: 1, silent_calls_max: 2, ..Limits::default() };
        let link = link(listener.local_addr().unwrap(), limits);
        let (_half_open, _) = listener.accept().await.unwrap();
        for n in 0..2 {
            let message = format!("q {n}");
            assert_eq!(link.call(message.as_bytes(), SHORT).await, Err(CallFailure::NoAnswer));
        }
        listener.accept().await.unwrap();
    });
}

#[test]
fn message_that_cannot_be_recognised_or_framed_is_not_sent() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let telemetry = Telemetry::new("gateway", telemetry::Settings::nowhere());
        let never: Correlate = Arc::new(|_| None);
        let (host, port) = ("127.0.0.1", address.port());
        let nameless = BankLink::start(host, port, None, never, Limits::default(), telemetry);
        assert_eq!(nameless.call(b"q 1", LONG).await, Err(CallFailure::NotSent));
        let link = link(address, Limits::default());
        assert_eq!(link.call(&[b'x'; 9_000], LONG).await, Err(CallFailure::NotSent));
    });
}

#[test]
fn same_number_twice_at_once_is_not_sent() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let link = link(listener.local_addr().unwrap(), Limits::default());
        let (mut stream, _) = listener.accept().await.unwrap();
        let first = tokio::spawn({
            let link = link.clone();
            async move { link.call(b"q 1", LONG).await }
        });
        read_message(&mut stream).await.unwrap();
        assert_eq!(link.call(b"again 1", LONG).await, Err(CallFailure::NotSent));
        stream.write_all(&framed("a 1")).await.unwrap();
        assert_eq!(first.await.unwrap(), Ok(b"a 1".to_vec()));
    });
}

/// Writes octets to a bank's listener; the bank must close the connection.
fn check_closed(limits: server::Limits, octets: &[u8]) {
    run(with_bank(limits, None, async |address| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(octets).await.unwrap();
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest).await);
        assert_eq!(rest, b"");
    }));
}

#[test]
fn garbage_closes_the_connection() {
    check_closed(server::Limits::default(), &[0, 0]);
    check_closed(server::Limits::default(), &[0xff, 0xff, 1, 2, 3]);
    check_closed(server::Limits::default(), &framed("garbage"));
    check_closed(server::Limits::default(), b"GET / HTTP/1.1\r\n\r\n");
}

#[test]
fn half_a_message_and_silence_close_the_connection() {
    let limits = server::Limits { head_ms_max: 50, idle_ms_max: 60_000, ..Default::default() };
    check_closed(limits, &framed("echo 1")[..4]);
    let limits = server::Limits { idle_ms_max: 50, ..Default::default() };
    check_closed(limits, b"");
}

#[test]
fn peer_that_goes_on_after_a_message_is_answered_until_it_errs() {
    run(with_bank(server::Limits::default(), None, async |address| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut octets = framed("echo 1");
        octets.extend(framed("echo 2"));
        stream.write_all(&octets).await.unwrap();
        let mut got = [read_message(&mut stream).await, read_message(&mut stream).await];
        got.sort();
        assert_eq!(got, [Some("1".into()), Some("2".into())]);
        stream.write_all(&[0, 0]).await.unwrap();
        assert_eq!(read_message(&mut stream).await, None);
    }));
}
