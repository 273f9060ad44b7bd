//! Peers that are slow, silent, too large, too many or no peers at all. Outcomes are asserted,
//! never durations: each test says what is closed, counted or refused, and that others are
//! served meanwhile.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use counterfoil_node::actor;
use counterfoil_node::server::Limits;
use counterfoil_node::tls;

use crate::fixture::{Node, Setup, certificates, connect, identity, pem, post, run};

/// A limit that is to be reached.
const SHORT_MS: u64 = 80;
const PAUSE: Duration = Duration::from_millis(10);

const TIMED_OUT: &str = "counterfoil_connections_timed_out_total";
const OPEN: &str = "counterfoil_connections_open{party=\"echo\",listener=\"set\"}";
const HANDSHAKES_FAILED: &str =
    "counterfoil_tls_handshakes_failed_total{party=\"echo\",listener=\"set\"}";

fn timed_out(step: &str) -> String {
    format!("{TIMED_OUT}{{party=\"echo\",listener=\"set\",step=\"{step}\"}}")
}

fn check(setup: Setup, test: impl AsyncFnOnce(&Node, &Path)) {
    let Some(certificates) = certificates() else { return };
    run(async {
        let node = Node::start(certificates, setup).await;
        test(&node, certificates).await;
        let answer = node.exchange(certificates, &post("echo afterwards")).await;
        assert!(answer.ends_with("\r\n\r\nafterwards"), "{answer}");
        node.stop().await;
    });
}

fn with_limits(change: impl FnOnce(&mut Limits)) -> Setup {
    let mut setup = Setup::default();
    change(&mut setup.limits);
    setup
}

/// Writes one octet after the other until the other side closes.
async fn trickle(stream: &mut (impl AsyncWrite + Unpin), octets: &[u8]) {
    for octet in octets.iter().cycle() {
        let written = stream.write_all(std::slice::from_ref(octet)).await;
        if written.is_err() || stream.flush().await.is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[test]
fn trickled_head_is_cut_off() {
    check(with_limits(|limits| limits.head_ms_max = SHORT_MS), async |node, certificates| {
        let mut stream = connect(node.set, certificates).await;
        stream.write_all(b"POST /set HTTP/1.1\r\n").await.unwrap();
        trickle(&mut stream, b"X-Slow: 1\r\n").await;
        node.wait_for(&timed_out("head"), 1.0).await;
        assert_eq!(node.metric(OPEN).await, 0.0);
    });
}

#[test]
fn trickled_body_is_cut_off() {
    check(with_limits(|limits| limits.body_ms_max = SHORT_MS), async |node, certificates| {
        let mut stream = connect(node.set, certificates).await;
        let request = String::from_utf8(post("")).unwrap();
        let request = request.replace("Content-Length: 0", "Content-Length: 100000");
        stream.write_all(request.as_bytes()).await.unwrap();
        trickle(&mut stream, b"echo ").await;
        node.wait_for(&timed_out("body"), 1.0).await;
        assert_eq!(node.metric(OPEN).await, 0.0);
    });
}

#[test]
fn silent_connection_is_closed_at_any_step() {
    let all = |limits: &mut Limits| {
        limits.handshake_ms_max = SHORT_MS;
        limits.idle_ms_max = SHORT_MS;
        limits.head_ms_max = SHORT_MS;
        limits.body_ms_max = SHORT_MS;
    };
    let half = String::from_utf8(post("echo x")).unwrap().replace("echo x", "");
    let cases = [("idle", ""), ("head", "POST /set HTTP/1.1\r\nHo"), ("body", half.as_str())];
    for (step, sent) in cases {
        check(with_limits(all), async |node, certificates| {
            let mut stream = connect(node.set, certificates).await;
            stream.write_all(sent.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer).await);
            assert_eq!(answer, b"", "{step}");
            node.wait_for(&timed_out(step), 1.0).await;
        });
    }
    check(with_limits(all), async |node, _| {
        let mut stream = TcpStream::connect(node.set).await.unwrap();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0);
        node.wait_for(HANDSHAKES_FAILED, 1.0).await;
    });
}

#[test]
fn peer_that_takes_no_answers_is_cut_off() {
    check(with_limits(|limits| limits.write_ms_max = SHORT_MS), async |node, certificates| {
        let mut stream = connect(node.set, certificates).await;
        let request = String::from_utf8(post(&format!("echo {}", "x".repeat(500_000)))).unwrap();
        let request = request.replace("Connection: close\r\n", "");
        // More than the buffers of the system hold: the server stops reading, then gives up.
        for _ in 0..200 {
            if stream.write_all(request.as_bytes()).await.is_err() {
                break;
            }
        }
        node.wait_for(&timed_out("write"), 1.0).await;
        assert_eq!(node.metric(OPEN).await, 0.0);
    });
}

#[test]
fn party_that_does_not_answer_in_time_is_504() {
    check(with_limits(|limits| limits.answer_ms_max = SHORT_MS), async |node, certificates| {
        let answer = node.exchange(certificates, &post("hold")).await;
        assert!(answer.contains("504 Gateway Timeout"), "{answer}");
        assert!(answer.contains("\"id\":\"answer-late\""), "{answer}");
    });
}

#[test]
fn body_above_the_limit_is_413_and_never_held() {
    let request = |body: &str, length: &str| {
        let request = String::from_utf8(post("")).unwrap();
        request.replace("Content-Length: 0", length) + body
    };
    let long = "x".repeat(300_000);
    let chunked = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let cases = [
        request("", "Expect: 100-continue\r\nContent-Length: 300000"),
        request(&long, "Content-Length: 300000"),
        request(&chunked, "Transfer-Encoding: chunked"),
    ];
    for request in cases {
        let setup = with_limits(|limits| limits.message_bytes_max = 100_000);
        check(setup, async |node, certificates| {
            let answer = node.exchange(certificates, request.as_bytes()).await;
            assert!(answer.contains("413 Payload Too Large"), "{answer}");
            assert!(answer.contains("\"id\":\"body-too-large\""), "{answer}");
        });
    }
}

#[test]
fn bodies_together_are_bounded() {
    let setup = with_limits(|limits| limits.bodies_bytes_max = 64 * 1024);
    check(setup, async |node, certificates| {
        let request = String::from_utf8(post("")).unwrap();
        let begun = request.replace("Content-Length: 0", "Content-Length: 200000");
        let mut first = connect(node.set, certificates).await;
        first.write_all(begun.as_bytes()).await.unwrap();
        first.write_all(&[b'x'; 60_000]).await.unwrap();
        first.flush().await.unwrap();
        // The second is refused as soon as the first has arrived.
        let second = format!("{begun}{}", "x".repeat(60_000));
        loop {
            let mut stream = connect(node.set, certificates).await;
            stream.write_all(second.as_bytes()).await.unwrap();
            let mut answer = vec![0; 4_096];
            let read = tokio::time::timeout(PAUSE, stream.read(&mut answer));
            if let Ok(Ok(count)) = read.await {
                let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
                assert!(answer.contains("503 Service Unavailable"), "{answer}");
                assert!(answer.contains("\"id\":\"bodies-too-large\""), "{answer}");
                break;
            }
        }
    });
}

#[test]
fn head_that_is_too_large_or_malformed_is_refused() {
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let cases = [
        (format!("POST /set HTTP/1.1\r\nHost: x\r\n{many}\r\n"), "431 "),
        (format!("POST /set HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000)), "431 "),
        (format!("POST /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000)), "4"),
        ("POST /set HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n".into(), "400 "),
        ("POST /set HTTP/1.1\r\nContent-Length: -1\r\n\r\n".into(), "400 "),
        ("BREW /set\r\n\r\n".into(), "400 "),
        ("\0\0\0\0\r\n\r\n".into(), "400 "),
    ];
    check(Setup::default(), async |node, certificates| {
        for (request, expect) in &cases {
            let answer = node.exchange(certificates, request.as_bytes()).await;
            // A peer that goes on writing may meet the end before it has read the answer.
            let is_lost = answer.is_empty() && request.len() > 50_000;
            let status = answer.strip_prefix("HTTP/1.1 ").unwrap_or(&answer);
            assert!(is_lost || status.starts_with(expect), "{expect}: {answer}");
        }
    });
}

#[test]
fn what_is_not_tls_fails_the_handshake() {
    let cases: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        &[0x80, 0x2e, 0x01, 0x00, 0x02, 0x00, 0x15, 0x00, 0x00],
        &[0x16, 0x03, 0x01, 0xff, 0xff, 0x01],
        &[0xff; 600],
    ];
    let setup = with_limits(|limits| limits.handshake_ms_max = SHORT_MS);
    check(setup, async |node, _| {
        for (count, octets) in (1..).zip(cases) {
            let mut stream = TcpStream::connect(node.set).await.unwrap();
            stream.write_all(octets).await.unwrap();
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer).await);
            node.wait_for(HANDSHAKES_FAILED, f64::from(count)).await;
        }
    });
}

#[test]
fn older_tls_is_refused_and_the_key_exchange_is_hybrid() {
    check(Setup::default(), async |node, certificates| {
        let speak = |version: &'static str| {
            let address = node.set.to_string();
            let trust = certificates.join("ca.pem");
            let run = move || {
                Command::new("openssl")
                    .args(["s_client", "-connect", &address, "-CAfile"])
                    .arg(trust)
                    .args([version, "-verify_return_error"])
                    .stdin(Stdio::null())
                    .output()
                    .unwrap()
            };
            tokio::task::spawn_blocking(run)
        };
        let old = speak("-tls1_2").await.unwrap();
        assert!(!old.status.success(), "{}", String::from_utf8_lossy(&old.stdout));
        let new = speak("-tls1_3").await.unwrap();
        assert!(new.status.success(), "{}", String::from_utf8_lossy(&new.stderr));
        let stream = connect(node.set, certificates).await;
        let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap().name();
        assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
    });
}

#[test]
fn client_certificate_is_demanded_where_it_is_set() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let setup = Setup { client_issuers: Some("ca"), ..Setup::default() };
        let node = Node::start(certificates, setup).await;
        for (name, is_served) in [(None, false), (Some("stranger"), false), (Some("client"), true)]
        {
            let identity = name.map(|name| identity(certificates, name));
            let config = tls::client(&pem(certificates, "ca"), identity.as_ref()).unwrap();
            let stream = TcpStream::connect(node.set).await.unwrap();
            let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
            let server = tls::server_name("localhost").unwrap();
            let mut answer = Vec::new();
            if let Ok(mut stream) = connector.connect(server, stream).await {
                drop(stream.write_all(&post("echo hello")).await);
                drop(stream.read_to_end(&mut answer).await);
            }
            assert_eq!(answer.ends_with(b"hello"), is_served, "{name:?}");
        }
        node.wait_for(HANDSHAKES_FAILED, 2.0).await;
        node.stop().await;
    });
}

/// Opens connections from this address until `refused` of them were closed at once.
async fn flood(node: &Node, from: &str, refused: usize) -> Vec<TcpStream> {
    let mut open = Vec::new();
    let mut closed = 0;
    while closed < refused {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        let stream = socket.connect(node.set).await.unwrap();
        let mut octet = [0];
        match tokio::time::timeout(PAUSE, stream.peek(&mut octet)).await {
            Err(_) => open.push(stream),
            Ok(_) => closed += 1,
        }
    }
    open
}

#[test]
fn flood_from_one_address_leaves_others_served() {
    let setup = with_limits(|limits| limits.connections_per_address_max = 8);
    check(setup, async |node, certificates| {
        let open = flood(node, "127.0.0.2", 20).await;
        assert!(open.len() <= 8, "{}", open.len());
        let refused = "counterfoil_connections_refused_total{party=\"echo\",listener=\"set\",\
                       limit=\"connections_per_address_max\"}";
        assert!(node.metric(refused).await >= 20.0);
        let answer = node.exchange(certificates, &post("echo meanwhile")).await;
        assert!(answer.ends_with("meanwhile"), "{answer}");
    });
}

#[test]
fn denied_address_is_cut_off_and_others_are_served() {
    let setup = with_limits(|limits| limits.connections_per_address_max = 4);
    check(setup, async |node, certificates| {
        let mut open = flood(node, "127.0.0.2", 1).await;
        assert!(!open.is_empty());
        node.telemetry.visitors().deny(&["127.0.0.2".parse().unwrap()]);
        for stream in &mut open {
            assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
        }
        assert!(flood(node, "127.0.0.2", 3).await.is_empty());
        let refused = "counterfoil_connections_refused_total{party=\"echo\",listener=\"set\",\
                       limit=\"deny\"}";
        assert!(node.metric(refused).await >= 3.0);
        let visitors = node.operations("/visitors").await;
        let denied = "\"listener\":\"set\",\"address\":\"127.0.0.2\",\"open\":0,\"unused\":0";
        assert!(visitors.contains(denied), "{visitors}");
        assert!(visitors.contains("\"turned_away\":1"), "{visitors}");
        node.telemetry.visitors().deny(&["127.0.0.1".parse().unwrap()]);
        // Operators are not locked out.
        assert!(node.operations("/readyz").await.ends_with("ready\n"));
        node.telemetry.visitors().deny(&[]);
        let answer = node.exchange(certificates, &post("echo again")).await;
        assert!(answer.ends_with("again"), "{answer}");
    });
}

#[test]
fn flood_from_many_addresses_ends_at_the_limit_and_passes() {
    let setup = with_limits(|limits| {
        limits.connections_max = 16;
        limits.connections_per_address_max = 8;
        limits.handshake_ms_max = 1_000;
    });
    check(setup, async |node, certificates| {
        let mut open = Vec::new();
        for from in ["127.0.0.2", "127.0.0.3", "127.0.0.4"] {
            open.extend(flood(node, from, 4).await);
        }
        let refused = "counterfoil_connections_refused_total{party=\"echo\",listener=\"set\",\
                       limit=\"connections_max\"}";
        assert!(node.metric(refused).await >= 1.0);
        // The operators' listener has places of its own.
        assert!(node.operations("/readyz").await.ends_with("ready\n"));
        // Those that do not get on with their handshake lose their places.
        while node.metric(OPEN).await > 0.0 {
            tokio::time::sleep(PAUSE).await;
        }
        let answer = node.exchange(certificates, &post("echo again")).await;
        assert!(answer.ends_with("again"), "{answer}");
    });
}

#[test]
fn peer_that_vanishes_gives_its_place_back() {
    check(Setup::default(), async |node, certificates| {
        let mut stream = connect(node.set, certificates).await;
        stream.write_all(&post("hold")).await.unwrap();
        stream.flush().await.unwrap();
        node.wait_for("counterfoil_answers_waiting{party=\"echo\"}", 1.0).await;
        drop(stream);
        while node.metric(OPEN).await > 0.0 {
            tokio::time::sleep(PAUSE).await;
        }
    });
}

#[test]
fn too_many_waiting_requests_are_503_with_retry_after() {
    let limits = actor::Settings { waiting_max: 1, ..actor::Settings::default() };
    let setup = Setup { actor: limits, ..Setup::default() };
    let Some(certificates) = certificates() else { return };
    run(async {
        let node = Node::start(certificates, setup).await;
        let mut held = connect(node.set, certificates).await;
        held.write_all(&post("hold")).await.unwrap();
        held.flush().await.unwrap();
        node.wait_for("counterfoil_answers_waiting{party=\"echo\"}", 1.0).await;
        let answer = node.exchange(certificates, &post("echo x")).await;
        for part in ["503 Service Unavailable", "retry-after: 1", "\"id\":\"party-busy\""] {
            assert!(answer.contains(part), "{part} not in\n{answer}");
        }
        drop(held);
        node.stop().await;
    });
}
