//! HTTP: where messages end, which answer belongs to which request, what is remarked.

use counterfoil_dissect::layer::Context;
use counterfoil_dissect::render;
use counterfoil_dissect::tcp::segment::{ACK, RST};
use expect_test::{Expect, expect};

use crate::scene::{Scene, ToClient, ToServer, dissect, exchange, ids, lines, talk, whole};

fn check(request: &str, answer: &str, expected: &Expect) {
    expected.assert_eq(&whole(request, answer).text());
}

#[test]
fn an_exchange_is_a_line_each_way() {
    check(
        "POST /set/purchase HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n\
         3\r\nabc\r\n0\r\n\r\n",
        &expect![[r#"
            4  10.0.0.1:40000 > 10.0.0.2:80  http  POST /set/purchase, shop.example, 5 octets
            6  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK, after 2 ms, text/plain, 3 octets"#]],
    );
}

#[test]
fn a_body_without_length_ends_with_the_connection() {
    check(
        "GET / HTTP/1.0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nall of this",
        &expect![[r#"
        4  10.0.0.1:40000 > 10.0.0.2:80  http  GET /
        9  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK, after 2 ms, 11 octets"#]],
    );
}

#[test]
fn requests_that_are_pipelined_have_their_own_answers() {
    check(
        "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nHEAD /c HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nAHTTP/1.1 404 Not Found\r\n\
         Content-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        &expect![[r#"
            4  10.0.0.1:40000 > 10.0.0.2:80  http  GET /a
            4  10.0.0.1:40000 > 10.0.0.2:80  http  GET /b
            4  10.0.0.1:40000 > 10.0.0.2:80  http  HEAD /c
            6  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK, after 2 ms, 1 octets
            6  10.0.0.2:80 > 10.0.0.1:40000  http  404 Not Found, after 2 ms
            6  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK, after 2 ms"#]],
    );
}

#[test]
fn an_interim_answer_does_not_use_up_the_request() {
    check(
        "POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        &expect![[r#"
            4  10.0.0.1:40000 > 10.0.0.2:80  http  POST /a, 2 octets
            6  10.0.0.2:80 > 10.0.0.1:40000  http  100 Continue
            6  10.0.0.2:80 > 10.0.0.1:40000  http  204 No Content, after 2 ms"#]],
    );
}

#[test]
fn after_connect_another_stream_is_inside() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open());
    scene.add(exchange(&mut talk, "CONNECT a:80 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"));
    let inner = "GET /inner HTTP/1.1\r\n\r\n";
    scene.add(exchange(&mut talk, inner, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    expect![[r#"
        4  10.0.0.1:40000 > 10.0.0.2:80  http  CONNECT a:80
        6  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK, after 2 ms
        8  10.0.0.1:40000 > 10.0.0.2:80  http/http  GET /inner
        10  10.0.0.2:80 > 10.0.0.1:40000  http/http  200 OK, after 2 ms"#]]
    .assert_eq(&scene.text());
}

#[test]
fn json_tells_a_request_with_the_status_of_its_answer() {
    let scene =
        whole("GET /a?token=x HTTP/1.1\r\n\r\n", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    let context = Context { await_answers: true, ..Context::default() };
    let (events, _) = dissect(&scene.file, context, scene.file.len());
    let objects = events.iter().filter_map(|event| match event {
        counterfoil_dissect::message::Event::Message(message) => {
            Some(render::message_json(message).to_string())
        }
        counterfoil_dissect::message::Event::Remark(_) => None,
    });
    expect![[r#"
        {"answer_frame":6,"answer_ms":2.0,"body_octets":0,"connection":0,"direction":"to_server","frame":4,"from":"10.0.0.1:40000","host":null,"ids":{},"is_whole":true,"layer":"http","layers":["http"],"method":"GET","remarks":[],"status":503,"summary":"GET /a?token=[redacted]","target":"/a?token=[redacted]","time":"2026-11-27T12:00:00.003000Z","to":"10.0.0.2:80","type":"message"}
        {"answer_ms":2.0,"body_octets":0,"connection":0,"direction":"to_client","frame":6,"from":"10.0.0.2:80","ids":{},"is_whole":true,"layer":"http","layers":["http"],"method":"GET","remarks":[{"evidence":[],"group":"http","id":"http-server-failed","reference":"RFC 9110 section 15.6","severity":"warning","span":{"buffer":"stream","end":40,"start":0},"subject":"connection 0, 10.0.0.1:40000 > 10.0.0.2:80","summary":"the server answered 503"}],"request_frame":4,"status":503,"summary":"503 Busy, after 2 ms","target":"/a?token=[redacted]","time":"2026-11-27T12:00:00.005000Z","to":"10.0.0.1:40000","type":"message"}"#]].assert_eq(&objects.collect::<Vec<_>>().join("\n"));
}

#[test]
fn trees_show_headers_and_bodies_without_secrets() {
    let body = r#"{"description": "one book", "pan": "4111111111111111", "amount": 1}"#;
    let request = format!(
        "POST /orders HTTP/1.1\r\nAuthorization: Bearer abc\r\nContent-Length: {}\r\n\
         Content-Type: application/json\r\n\r\n{body}",
        body.len()
    );
    let answer = "HTTP/1.1 200 OK\r\nSet-Cookie: id=7\r\nContent-Length: 24\r\n\r\n\
                  card 4111 1111 1111 1111";
    let scene = whole(&request, answer);
    let context = Context { trees: true, ..Context::default() };
    let (events, _) = dissect(&scene.file, context, scene.file.len());
    let text = lines(&events).join("\n");
    assert!(!text.contains("4111111111111111") && !text.contains("one book"), "{text}");
    expect![[r#"
        4  10.0.0.1:40000 > 10.0.0.2:80  http  POST /orders, application/json, 67 octets
            HTTP
              Method: POST
              Target: /orders
              Version: HTTP/1.1
              Authorization: [redacted, 10 octets]
              Content-Length: 67
              Content-Type: application/json
              Body: {
                  "amount": 1,
                  "description": "[redacted]",
                  "pan": "[redacted]"
                }
        6  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK, after 2 ms, 24 octets
            HTTP
              Status: 200
              Reason: OK
              Version: HTTP/1.1
              Set-Cookie: [redacted, 4 octets]
              Content-Length: 24
              Body: card 411111******1111"#]]
    .assert_eq(&text);
}

#[test]
fn each_kind_is_remarked_where_it_is_broken_and_nowhere_else() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let get = "GET / HTTP/1.1\r\n\r\n";
    let cases: [(&str, &str, &[&str]); 14] = [
        (get, ok, &[]),
        (get, "", &["http-answer-missing"]),
        (get, &format!("{ok}{ok}"), &["http-answer-without-question"]),
        (
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ok,
            &["http-length-and-coding"],
        ),
        ("POST / HTTP/1.1\r\nContent-Length: 3, 4\r\n\r\nabc", ok, &["http-length-bad"]),
        (get, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", &["http-body-short"]),
        (
            get,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
            &["http-body-short"],
        ),
        (get, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay", &["http-body-long"]),
        (get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", &["http-chunk-bad"]),
        ("GET / HTTP/1.1\r\nA B: c\r\n\r\n", "", &["http-head-bad"]),
        (
            get,
            "HTTP/1.1 200 OK\r\nContent-Type: application/set-payment\r\nContent-Length: 6\r\n\r\n<html>",
            &["http-body-other"],
        ),
        (get, "HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", &["http-server-failed"]),
        (get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", &[]),
        (get, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", &[]),
    ];
    for (request, answer, expected) in cases {
        assert_eq!(ids(&whole(request, answer).file), expected, "{request:?} {answer:?}");
    }
}

#[test]
fn a_request_on_a_connection_that_is_reset_has_no_answer() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(talk.send(ToServer, b"GET /a HTTP/1.1\r\n\r\n"));
    scene.add([talk.packet(ToClient, RST | ACK, &[])]);
    expect![[r#"
        4  10.0.0.1:40000 > 10.0.0.2:80  http  GET /a
        error    http-answer-missing  connection 0, 10.0.0.1:40000 > 10.0.0.2:80: GET /a has no answer [request /a (frame 4)]"#]].assert_eq(&scene.text());
}

#[test]
fn what_is_missing_from_a_body_does_not_lose_the_next_message() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(talk.send(ToServer, b"GET /a HTTP/1.1\r\n\r\n"));
    let body = "x".repeat(4000);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{body}");
    let mut frames = talk.send(ToClient, answer.as_bytes());
    frames.remove(1);
    scene.add(frames).add([talk.acknowledge(ToServer)]);
    scene.wait(1500).add(exchange(&mut talk, "GET /b HTTP/1.1\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n"));
    scene.add(talk.close());
    expect![[r#"
        4  10.0.0.1:40000 > 10.0.0.2:80  http  GET /a
        8  10.0.0.1:40000 > 10.0.0.2:80  http  GET /b
        6  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK, after 1 ms, 4000 octets, incomplete
        10  10.0.0.2:80 > 10.0.0.1:40000  http  204 No, after 6 ms
        warning  stream-gap  connection 0, 10.0.0.1:40000 > 10.0.0.2:80: 1460 octets that the server sent are missing: acknowledged, so only the capture lacks them"#]].assert_eq(&scene.text());
}

#[test]
fn a_capture_that_begins_in_the_middle_is_read_from_the_next_message_on() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.send(ToClient, b"the end of a body"));
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    scene.add(exchange(&mut talk, "GET /next HTTP/1.1\r\n\r\n", answer));
    expect![[r#"
        2  10.0.0.1:40000 > 10.0.0.2:80  http  GET /next
        4  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK, after 2 ms"#]]
    .assert_eq(&scene.text());
}
