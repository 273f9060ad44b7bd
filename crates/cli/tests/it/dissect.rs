//! `counterfoil dissect` as a person uses it, and the examples of its page.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use counterfoil_dissect::capture::write::{PCAP_HEADER, Talk, record};
use counterfoil_dissect::message::Direction::{ToClient, ToServer};
use counterfoil_dissect::message::Moment;
use counterfoil_dissect::tcp::segment::{ACK, RST, SYN};
use serde_json::Value;

const PAGE: &str = "../../docs/dissect.md";

fn dissect(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .arg("dissect")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

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

#[test]
fn the_examples_of_the_page_are_what_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.pcap"), shop()).unwrap();
    std::fs::write(folder.path().join("refused.pcap"), refused()).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let made = with_outputs(&page, |arguments| {
        let output = dissect(folder.path(), arguments);
        assert_eq!(text(&output.stderr), "");
        text(&output.stdout)
    });
    assert!(made.matches("$ counterfoil").count() >= 3);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(page == made || std::env::var_os("UPDATE_EXPECT").is_some(), "stale:\n{made}");
    for secret in ["4111111111111111", "Bearer", "abc "] {
        assert!(!made.contains(secret), "{secret}");
    }
}

#[test]
fn exit_statuses_tell_fine_found_bad_input_and_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let put =
        |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
    let mut fine = Scene::new();
    let mut talk = talk([192, 0, 2, 10], 50_001);
    fine.add(talk.open());
    fine.exchange(&mut talk, "GET / HTTP/1.1\r\n\r\n", OK).add(talk.close());
    put("fine.pcap", &fine.file);
    put("shop.pcap", &shop());
    put("empty", b"");
    put("log.txt", b"2026-11-27 nothing to capture here\n");
    put("short", &PCAP_HEADER[..10]);
    let cases: [(&[&str], i32, &str); 9] = [
        (&["fine.pcap"], 0, ""),
        (&["shop.pcap"], 1, ""),
        (&["empty"], 2, "error[capture-empty]"),
        (&["log.txt"], 2, "error[capture-unknown]"),
        (&["short"], 2, "error[capture-short]"),
        (&["."], 2, "error[file-is-folder]"),
        (&["missing.pcap"], 3, "error[file-unreadable]"),
        (&["fine.pcap", "--key", "log.txt"], 2, "error[key-file-unknown]"),
        (&["fine.pcap", "--follow", "abc"], 2, "error[follow-too-short]"),
    ];
    for (arguments, status, error) in cases {
        let output = dissect(folder.path(), arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?} {stderr}");
        assert!(stderr.starts_with(error), "{arguments:?} {stderr}");
    }
    let output = dissect(folder.path(), &["fine.pcap", "--follow", "0123456789"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_pipe_is_read_as_it_comes() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(["dissect", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut talk = talk([192, 0, 2, 10], 50_001);
    let mut scene = Scene::new();
    scene.add(talk.open()).add(talk.send(ToServer, b"GET /live HTTP/1.1\r\n\r\n"));
    stdin.write_all(&scene.file).unwrap();
    stdin.flush().unwrap();
    // The pipe is still open: what is read here was printed while the capture went on.
    let line = lines.next().unwrap().unwrap();
    assert!(line.ends_with("GET /live"), "{line}");
    drop(stdin);
    assert!(lines.map_while(Result::ok).any(|line| line.contains("4 packets")));
    assert!(child.wait().unwrap().success());
}

#[test]
fn devices_pipes_and_sparse_files_are_read_or_told() {
    let folder = tempfile::tempdir().unwrap();
    let sparse = |name: &str, beginning: &[u8], len: u64| {
        let path = folder.path().join(name);
        std::fs::write(&path, beginning).unwrap();
        std::fs::File::options().write(true).open(path).unwrap().set_len(len).unwrap();
    };
    sparse("sparse", b"", 10 << 30);
    for (file, error) in [
        ("/dev/null", "error[capture-empty]"),
        ("/dev/zero", "error[capture-unknown]"),
        ("sparse", "error[capture-unknown]"),
    ] {
        let output = dissect(folder.path(), &[file]);
        assert!(text(&output.stderr).starts_with(error), "{file}: {}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "{file}");
    }

    let made = Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let pipe = folder.path().join("pipe");
    let writer = std::thread::spawn(move || std::fs::write(pipe, shop()).unwrap());
    assert!(text(&dissect(folder.path(), &["pipe"]).stdout).contains("19 packets"));
    writer.join().unwrap();

    // What a capture leaves whose machine lost its power: a hole of empty records.
    sparse("torn.pcap", &shop(), 64 << 20);
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 400000 && exec \"$0\" dissect torn.pcap"])
        .arg(env!("CARGO_BIN_EXE_counterfoil"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = text(&output.stdout);
    assert!(said.contains("GET /orders/17") && said.contains("malformed"), "{said}");
}

#[test]
fn gzip_is_read_whole_and_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("shop.pcap");
    std::fs::write(&plain, shop()).unwrap();
    let expected = text(&dissect(folder.path(), &["shop.pcap"]).stdout);
    let zipped = Command::new("gzip").arg("-c").arg(&plain).output();
    let Ok(zipped) = zipped else {
        writeln!(std::io::stderr(), "SKIPPED: gzip is not installed").unwrap();
        return;
    };
    std::fs::write(folder.path().join("shop.gz"), &zipped.stdout).unwrap();
    assert_eq!(text(&dissect(folder.path(), &["shop.gz"]).stdout), expected);
    let cut = &zipped.stdout[..zipped.stdout.len() - 20];
    std::fs::write(folder.path().join("cut.gz"), cut).unwrap();
    let output = text(&dissect(folder.path(), &["cut.gz"]).stdout);
    assert!(output.contains("capture-cut") && output.contains("GET /orders/17"), "{output}");
}

#[test]
fn counts_agree_with_tshark_on_a_made_up_bad_day() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(["bench", "dissect", "--size-mib", "4", "--json"])
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = text(&output.stdout);
    let figures: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(figures["counterfoil"]["counts"], figures["written"], "{said}");
    if figures["tshark"].is_null() {
        writeln!(std::io::stderr(), "SKIPPED: {}", text(&output.stderr)).unwrap();
        return;
    }
    for name in ["packets", "connections", "http_requests", "retransmitted"] {
        assert_eq!(figures["tshark"]["counts"][name], figures["written"][name], "{name} {said}");
    }
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "left behind");
}
