//! `/set` over TLS, as a peer sees it.

use crate::fixture::{Node, Setup, certificates, client, post, run};

use counterfoil_node::client::Limits;
use counterfoil_party::machine::{Channel, Destination};

/// Sends one raw request and compares the status line and, where given, a part of the answer.
fn check(request: &[u8], expect: &[&str]) {
    let Some(certificates) = certificates() else { return };
    run(async {
        let node = Node::start(certificates, Setup::default()).await;
        let answer = node.exchange(certificates, request).await;
        for part in expect {
            assert!(answer.contains(part), "{part} not in\n{answer}");
        }
        if expect.is_empty() {
            assert_eq!(answer, "");
        }
        node.stop().await;
    });
}

#[test]
fn message_is_answered_with_its_media_type() {
    check(
        &post("echo hello"),
        &["200 OK", "content-type: application/set-payment", "\r\n\r\nhello"],
    );
}

#[test]
fn other_path_is_404() {
    let request = String::from_utf8(post("echo x")).unwrap().replace("/set HTTP", "/other HTTP");
    check(request.as_bytes(), &["404 Not Found", "\"id\":\"path-unknown\""]);
}

#[test]
fn other_method_is_405() {
    check(b"GET /set HTTP/1.1\r\nHost: x\r\n\r\n", &["405 Method Not Allowed", "allow: POST"]);
}

#[test]
fn other_media_type_is_415() {
    for media_type in ["application/json", "application/set-payment-initiation"] {
        let request = String::from_utf8(post("echo x"))
            .unwrap()
            .replace("application/set-payment", media_type);
        check(request.as_bytes(), &["415 Unsupported Media Type", "\"id\":\"media-type-refused\""]);
    }
}

#[test]
fn unanswerable_message_closes_the_connection() {
    check(&post("garbage"), &[]);
}

#[test]
fn connection_is_reused() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let node = Node::start(certificates, Setup::default()).await;
        let client = client(certificates, node.set, Limits::default());
        let to = Destination::Endpoint("peer".into());
        for n in 0..20 {
            let body = format!("echo {n}").into_bytes();
            let timeout = std::time::Duration::from_secs(10);
            let answer = client.call(&to, Channel::Payment, body, timeout).await;
            assert_eq!(answer, Ok(n.to_string().into_bytes()));
        }
        let open = "counterfoil_connections_open{party=\"echo\",listener=\"set\"}";
        assert_eq!(node.metric(open).await, 1.0);
        node.stop().await;
    });
}

#[test]
fn operator_sees_life_readiness_and_metrics() {
    let Some(certificates) = certificates() else { return };
    run(async {
        let node = Node::start(certificates, Setup::default()).await;
        assert!(node.operations("/livez").await.contains("200 OK"));
        assert!(node.operations("/readyz").await.ends_with("ready\n"));
        node.exchange(certificates, &post("echo x")).await;
        let text = node.operations("/metrics").await;
        for part in [
            "content-type: text/plain; version=0.0.4",
            "counterfoil_ready{party=\"echo\"} 1",
            "counterfoil_events_total{party=\"echo\",event=\"text.echoed\",level=\"info\"} 1",
            "counterfoil_commit_seconds_count{party=\"echo\"}",
            "counterfoil_set_requests_total{party=\"echo\",outcome=\"answered\"} 1",
            "counterfoil_process_cpu_seconds_total{party=\"echo\"} ",
        ] {
            assert!(text.contains(part), "{part} not in\n{text}");
        }
        assert!(node.operations("/else").await.contains("404 Not Found"));
        node.stop().await;
    });
}
