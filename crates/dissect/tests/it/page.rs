//! The examples of docs/dissect.md, as the command prints them.

use std::net::SocketAddr;
use std::path::Path;

use counterfoil_dissect::capture::write::{PCAP_HEADER, Talk, record};
use counterfoil_dissect::layer::Context;
use counterfoil_dissect::message::Direction::{ToClient, ToServer};
use counterfoil_dissect::message::{Event, Moment};
use counterfoil_dissect::render;
use counterfoil_dissect::tcp::segment::{ACK, RST, SYN};

use crate::scene::dissect;

/// A capture that is being written, a packet every two milliseconds.
struct Scene {
    file: Vec<u8>,
    time: i64,
}

impl Scene {
    fn new() -> Self {
        Self { file: PCAP_HEADER.to_vec(), time: 1_795_780_800_000_000_000 }
    }

    fn add(&mut self, frames: impl IntoIterator<Item = Vec<u8>>) -> &mut Self {
        for frame in frames {
            record(Moment(self.time), &frame, &mut self.file);
            self.time += 2_000_000;
        }
        self
    }

    fn wait(&mut self, ms: i64) -> &mut Self {
        self.time += ms * 1_000_000;
        self
    }

    fn exchange(&mut self, talk: &mut Talk, request: &str, answer: &str) -> &mut Self {
        let request = talk.send(ToServer, request.as_bytes());
        self.add(request).add([talk.acknowledge(ToClient)]);
        let answer = talk.send(ToClient, answer.as_bytes());
        self.add(answer).add([talk.acknowledge(ToServer)])
    }
}

fn talk(client: [u8; 4], port: u16) -> Talk {
    let ends = [SocketAddr::from((client, port)), SocketAddr::from(([192, 0, 2, 80], 80))];
    Talk::new(ends[0], ends[1], [1_000, 2_000])
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n\
                  {\"order\": \"1234\"}";

/// A payment that works, one whose request has to be sent again and gets no answer, and a gateway
/// that is down.
fn shop() -> Vec<u8> {
    let mut scene = Scene::new();
    let mut good = talk([192, 0, 2, 10], 50_001);
    scene.add(good.open());
    scene.exchange(&mut good, "GET /orders/17 HTTP/1.1\r\nHost: shop.example\r\n\r\n", OK);
    scene.add(good.close());
    let mut bad = talk([192, 0, 2, 11], 50_002);
    scene.add(bad.open());
    let seq = bad.next[0];
    let request = "POST /orders HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n";
    scene.add(bad.send(ToServer, request.as_bytes())).wait(250);
    scene.add([bad.packet_at(ToServer, seq, ACK, request.as_bytes())]);
    scene.add([bad.acknowledge(ToClient)]).wait(60_000);
    scene.add([bad.packet(ToClient, RST | ACK, &[])]);
    let mut down = talk([192, 0, 2, 12], 50_003);
    scene.add([down.packet(ToServer, SYN, &[]), down.packet(ToClient, RST | ACK, &[])]);
    scene.file
}

/// A proxy that answers in the place of the gateway.
fn refused() -> Vec<u8> {
    let mut scene = Scene::new();
    let mut talk = talk([192, 0, 2, 13], 50_004);
    let body = r#"{"amount": "49.99 USD", "card": "4111111111111111"}"#;
    let request = format!(
        "POST /pay?token=abc HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer xyz\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\n\
                  Content-Length: 18\r\n\r\n<html>later</html>";
    scene.add(talk.open());
    scene.exchange(&mut talk, &request, answer).add(talk.close());
    scene.file
}

/// The page with the output of each of its examples as it is today.
fn with_outputs(page: &str, run: impl Fn(&[&str]) -> String) -> String {
    let mut made = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        made.push_str(line);
        made.push('\n');
        if let Some(command) = line.strip_prefix("$ counterfoil dissect ") {
            made.push_str(&run(&command.split(' ').collect::<Vec<_>>()));
            lines.by_ref().find(|line| *line == "```");
            made.push_str("```\n");
        }
    }
    made
}

/// What the command prints of a capture with these arguments.
fn printed(arguments: &[&str]) -> String {
    let file = if arguments.contains(&"shop.pcap") { shop() } else { refused() };
    let json = arguments.contains(&"--json");
    let trees = arguments.contains(&"-v");
    let context = Context { trees, await_answers: json, ..Context::default() };
    let (events, summary) = dissect(&file, context, usize::MAX);
    let mut lines = Vec::new();
    for event in events {
        match event {
            Event::Message(message) if json => {
                lines.push(render::message_json(&message).to_string());
            }
            Event::Message(message) => {
                lines.push(render::line(&message));
                lines.extend(render::details(&message));
            }
            Event::Remark(placed) if json => lines.push(render::remark_json(&placed).to_string()),
            Event::Remark(placed) => lines.push(render::remark(&placed)),
        }
    }
    if json {
        lines.push(render::summary_json(&summary).to_string());
    } else {
        lines.extend(render::summary(&summary));
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_examples_of_the_page_are_what_is_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dissect.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let made = with_outputs(&page, printed);
    assert!(made.matches("$ counterfoil").count() >= 3);
    for secret in ["4111111111111111", "Bearer"] {
        assert!(!made.contains(secret), "{secret}");
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &made).unwrap();
    } else {
        assert!(page == made, "docs/dissect.md is stale: run with UPDATE_EXPECT=1\n{made}");
    }
}
