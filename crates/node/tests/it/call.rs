//! Calls to peers that answer, refuse, break off or are not there.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use counterfoil_node::client::Limits;
use counterfoil_node::tls;
use counterfoil_party::machine::{CallFailure, Channel, Destination};

use crate::fixture::{Node, Setup, certificates, client, identity, post, run};

/// Long enough for everything that is meant to happen.
const LONG: Duration = Duration::from_secs(30);
/// Short, for what is meant not to happen.
const SHORT: Duration = Duration::from_millis(300);

/// A TLS server that treats each connection as `script` says, by its number.
async fn scripted<F, T>(certificates: &Path, certificate: &str, script: F) -> SocketAddr
where
    F: Fn(usize, TlsStream<TcpStream>) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let config = tls::server(&identity(certificates, certificate), None).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(script(number, stream));
            }
        }
    });
    address
}

async fn read_request(stream: &mut TlsStream<TcpStream>) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"!") {
        let mut octets = [0; 1_024];
        let count = stream.read(&mut octets).await.unwrap_or(0);
        if count == 0 {
            break;
        }
        request.extend_from_slice(&octets[..count]);
    }
    String::from_utf8(request).unwrap()
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/set-payment\r\nContent-Length: {}\r\n\r\n\
         {body}",
        body.len()
    )
    .into_bytes()
}

async fn call(
    certificates: &Path,
    address: SocketAddr,
    timeout: Duration,
) -> Result<Vec<u8>, CallFailure> {
    let to = Destination::Endpoint("peer".into());
    client(certificates, address, Limits::default())
        .call(&to, Channel::Payment, b"question!".to_vec(), timeout)
        .await
}

/// A peer that reads the request, writes `octets`, and closes.
fn check(octets: Vec<u8>, expect: Result<&str, CallFailure>) {
    let Some(certificates) = certificates() else { return };
    run(async {
        let address = scripted(certificates, "server", move |_, mut stream| {
            let octets = octets.clone();
            async move {
                let request = read_request(&mut stream).await;
                assert!(request.starts_with("POST /set HTTP/1.1\r\n"), "{request}");
                stream.write_all(&octets).await.unwrap();
                drop(stream.shutdown().await);
            }
        })
        .await;
        let got = call(certificates, address, LONG).await;
        assert_eq!(got, expect.map(|text| text.as_bytes().to_vec()));
    });
}

#[test]
fn answer_is_returned() {
    check(answer("200 OK", "yes"), Ok("yes"));
}

#[test]
fn unavailable_peer_is_busy() {
    check(answer("503 Service Unavailable", "later"), Err(CallFailure::Busy));
    check(answer("429 Too Many Requests", "later"), Err(CallFailure::Busy));
}

#[test]
fn anything_else_is_no_answer() {
    check(answer("500 Internal Server Error", "x"), Err(CallFailure::NoAnswer));
    check(answer("404 Not Found", "x"), Err(CallFailure::NoAnswer));
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno".to_vec(), Err(CallFailure::NoAnswer));
    check(b"220 smtp.example ESMTP\r\n".to_vec(), Err(CallFailure::NoAnswer));
    check(Vec::new(), Err(CallFailure::NoAnswer));
    let mut cut = answer("200 OK", "half");
    cut.truncate(cut.len() - 2);
    check(cut, Err(CallFailure::NoAnswer));
    let length = Limits::default().answer_bytes_max + 1;
    check(answer("200 OK", &"x".repeat(length)), Err(CallFailure::NoAnswer));
}

#[test]
fn silent_peer_is_no_answer() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let address = scripted(certificates, "server", |_, mut stream| async move {
            read_request(&mut stream).await;
            std::future::pending::<()>().await;
        })
        .await;
        let got = call(certificates, address, SHORT).await;
        assert_eq!(got, Err(CallFailure::NoAnswer));
    });
}

#[test]
fn absent_peer_is_not_sent() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert_eq!(call(certificates, address, LONG).await, Err(CallFailure::NotSent));
    });
}

#[test]
fn peer_that_never_finishes_the_handshake_is_not_sent() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(call(certificates, address, SHORT).await, Err(CallFailure::NotSent));
    });
}

#[test]
fn untrusted_or_wrong_certificate_is_not_sent() {
    let Some(certificates) = certificates() else { return };
    run(async {
        for certificate in ["stranger", "elsewhere"] {
            let address = scripted(certificates, certificate, |_, _| async {}).await;
            let got = call(certificates, address, LONG).await;
            assert_eq!(got, Err(CallFailure::NotSent), "{certificate}");
        }
    });
}

#[test]
fn unknown_endpoint_and_bad_url_are_not_sent() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let client = client(certificates, "127.0.0.1:9".parse().unwrap(), Limits::default());
        for to in [
            Destination::Endpoint("nobody".into()),
            Destination::Url("http://127.0.0.1/set".into()),
        ] {
            let got = client.call(&to, Channel::Payment, Vec::new(), LONG).await;
            assert_eq!(got, Err(CallFailure::NotSent));
        }
    });
}

#[test]
fn connection_closed_while_idle_is_replaced_without_harm() {
    let Some(certificates) = certificates() else { return };
    run(async {
        // Each connection serves one request and closes a moment later without saying so.
        let address = scripted(certificates, "server", |number, mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(&answer("200 OK", &number.to_string())).await.unwrap();
            drop(stream.shutdown().await);
        })
        .await;
        let client = client(certificates, address, Limits::default());
        let to = Destination::Endpoint("peer".into());
        for number in 0..5 {
            let got = client.call(&to, Channel::Payment, b"question!".to_vec(), LONG).await;
            assert_eq!(got, Ok(number.to_string().into_bytes()));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}

#[test]
fn party_calls_another_party() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let bank = Node::start(certificates, Setup::default()).await;
        let client = client(certificates, bank.set, Limits::default());
        let setup = Setup { client: Some(client), ..Setup::default() };
        let gateway = Node::start(certificates, setup).await;
        let url = format!("call https://{}/set echo by-url", bank.set);
        for (question, expect) in
            [("call peer echo hello", "\r\n\r\nanswer hello"), (&url, "\r\n\r\nanswer by-url")]
        {
            let got = gateway.exchange(certificates, &post(question)).await;
            assert!(got.ends_with(expect), "{got}");
        }
        gateway.stop().await;
        bank.stop().await;
    });
}

#[test]
fn calls_above_the_limit_wait_for_a_connection() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let node = Node::start(certificates, Setup::default()).await;
        let limits = Limits { connections_per_endpoint_max: 2, ..Limits::default() };
        let client = client(certificates, node.set, limits);
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..40 {
            let client = client.clone();
            calls.spawn(async move {
                let to = Destination::Endpoint("peer".into());
                let body = format!("echo {n}").into_bytes();
                client.call(&to, Channel::Payment, body, LONG).await.unwrap();
            });
        }
        while let Some(done) = calls.join_next().await {
            done.unwrap();
        }
        let open = "counterfoil_connections_open{party=\"echo\",listener=\"set\"}";
        assert!(node.metric(open).await <= 2.0);
        node.stop().await;
    });
}
