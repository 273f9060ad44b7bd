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
        &expect![[r#""#]],
    );
}

#[test]
fn a_body_without_length_ends_with_the_connection() {
    check("GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nall of this", &expect![[r#""#]]);
}

#[test]
fn requests_that_are_pipelined_have_their_own_answers() {
    check(
        "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nHEAD /c HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nAHTTP/1.1 404 Not Found\r\n\
         Content-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        &expect![[r#""#]],
    );
}

#[test]
fn an_interim_answer_does_not_use_up_the_request() {
    check(
        "POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        &expect![[r#""#]],
    );
}

#[test]
fn after_connect_another_stream_is_inside() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open());
    scene.add(exchange(&mut talk, "CONNECT a:80 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"));
    let inner = "GET /inner HTTP/1.1\r\n\r\n";
    scene.add(exchange(&mut talk, inner, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    expect![[r#""#]].assert_eq(&scene.text());
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
    expect![[r#""#]].assert_eq(&objects.collect::<Vec<_>>().join("\n"));
}

#[test]
fn trees_show_headers_and_bodies_without_secrets() {
    let scene = whole(
        "POST /orders HTTP/1.1\r\nAuthorization: Bearer abc\r\nContent-Type: application/json\r\n\
         Content-Length: 58\r\n\r\n\
         {\"description\": \"one book\", \"pan\": \"4111111111111111\",\"a\":1}",
        "HTTP/1.1 200 OK\r\nSet-Cookie: id=7\r\nContent-Length: 23\r\n\r\ncard 4111 1111 1111 1111",
    );
    let context = Context { trees: true, ..Context::default() };
    let (events, _) = dissect(&scene.file, context, scene.file.len());
    let text = lines(&events).join("\n");
    assert!(!text.contains("4111111111111111") && !text.contains("Bearer"), "{text}");
    expect![[r#""#]].assert_eq(&text);
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
    expect![[r#""#]].assert_eq(&scene.text());
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
    expect![[r#""#]].assert_eq(&scene.text());
}

#[test]
fn a_capture_that_begins_in_the_middle_is_read_from_the_next_message_on() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.send(ToClient, b"the end of a body"));
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    scene.add(exchange(&mut talk, "GET /next HTTP/1.1\r\n\r\n", answer));
    expect![[r#""#]].assert_eq(&scene.text());
}
