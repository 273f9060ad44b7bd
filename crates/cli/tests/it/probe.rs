//! `probe` and what else looks at a server, as a person runs it: exit statuses, JSON, STARTTLS.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn run(arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// `openssl s_server` with a certificate of its own, until it is dropped.
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn openssl(folder: &Path, arguments: &str) -> Option<Output> {
    let run = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    if run.is_err() {
        drop(writeln!(std::io::stderr(), "SKIPPED: the program openssl is not installed"));
    }
    run.ok()
}

/// A server whose certificate is of `CN=pay.example.com`; none, said loudly, without openssl.
fn server(settings: &str) -> Option<Server> {
    let folder = tempfile::tempdir().unwrap();
    let make = "req -x509 -nodes -days 90 -newkey rsa:2048 -keyout k.pem -out c.pem \
                -subj /CN=pay.example.com -addext subjectAltName=DNS:pay.example.com,IP:127.0.0.1";
    openssl(folder.path(), make)?;
    let port = free_port();
    let child = Command::new("openssl")
        .args(["s_server", "-www", "-cert", "c.pem", "-key", "k.pem"])
        .args(["-accept", &format!("127.0.0.1:{port}")])
        .args(settings.split_whitespace())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { child, port, folder };
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(server)
}

/// A server in this process that says one thing to everybody.
fn says(words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(words);
            let mut line = String::new();
            let _ = BufReader::new(&stream).read_line(&mut line);
        }
    });
    port
}

#[test]
fn a_finding_is_exit_status_1_with_the_same_remarks_for_people_and_programs() {
    let settings = "-tls1_2 -cipher AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256";
    let Some(server) = server(settings) else { return };
    let target = format!("127.0.0.1:{} --name pay.example.com", server.port);
    let output = run(&format!("probe {target}"));
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}{}", text(&output.stderr));
    let document = run(&format!("probe {target} --json"));
    assert_eq!(document.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&document.stdout).unwrap();
    let remarks = document["remarks"].as_array().unwrap();
    let ids: Vec<&str> = remarks.iter().map(|remark| remark["id"].as_str().unwrap()).collect();
    for id in ["suite-rsa-key-exchange", "tls13-missing", "certificate-self-signed"] {
        assert!(ids.contains(&id) && said.contains(id), "{id}: {ids:?}\n{said}");
    }
    assert_eq!(document["versions"][1]["suites"].as_array().unwrap().len(), 2);
    assert_eq!(document["target"], format!("127.0.0.1:{}", server.port));
}

#[test]
fn a_server_that_is_well_is_exit_status_0() {
    let settings = "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384";
    let Some(server) = server(settings) else { return };
    let root = server.folder.path().join("c.pem");
    let target = format!("127.0.0.1:{} --trust {}", server.port, root.display());
    let output = run(&format!("probe {target} --name pay.example.com"));
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    // Under another name it is not.
    let output = run(&format!("probe {target} --name shop.example.com"));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("certificate-name"));
}

#[test]
fn what_cannot_be_looked_at_is_exit_status_3_and_wrong_usage_2() {
    let check = |arguments: &str, status: i32, id: &str| {
        let output = run(&format!("probe {arguments}"));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments}: {said}");
        assert!(said.starts_with(&format!("error[{id}]: ")), "{arguments}: {said}");
        assert!(said.contains("\n hint: "), "{said}");
    };
    check(&format!("127.0.0.1:{}", free_port()), 3, "target-not-connected");
    check(&format!("127.0.0.1:{}", says(b"HTTP/1.1 400 Bad Request\r\n\r\n")), 3, "target-not-tls");
    check("nobody.invalid:443", 3, "target-unresolved");
    check("https://shop.example", 2, "target-malformed");
    check("127.0.0.1:1 --starttls gopher", 2, "usage");
    check("127.0.0.1:1 --trust /nowhere.pem", 2, "file-missing");
    let refusing = says(b"554 5.7.1 no service\r\n");
    check(&format!("127.0.0.1:{refusing} --starttls smtp"), 3, "target-starttls-refused");
    let output = run(&format!("probe 127.0.0.1:{} --json", free_port()));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["error"]["id"], "target-not-connected");
}

#[test]
fn watch_reads_what_an_old_server_shows() {
    let settings = "-cipher ALL:@SECLEVEL=0 -tls1_1";
    let Some(server) = server(settings) else { return };
    let root = server.folder.path().join("c.pem");
    let target = format!("127.0.0.1:{} --trust {}", server.port, root.display());
    let output = run(&format!("cert watch --offline --json {target}"));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["unseen"], serde_json::json!([]), "{said}");
    assert!(said["remarks"].to_string().contains("watch-tls-old"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
}

#[test]
fn watch_calls_a_server_that_does_not_answer_unseen() {
    let output = run(&format!("cert watch --offline 127.0.0.1:{}", free_port()));
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("unseen"), "{}", text(&output.stdout));
}
