//! A party as a process of its own, from its folder: signals, reload, supervision.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde::Deserialize;

use counterfoil_node::config::PartyConfig;
use counterfoil_node::files::{Folder, PartyFolder};
use counterfoil_node::runner::{Service, serve};
use counterfoil_node::server::NoRoutes;
use counterfoil_node::supervise::{self, News, Plan, Program, Ready, supervise};
use counterfoil_node::telemetry::{self, Telemetry};
use counterfoil_secret::SecretBytes;
use counterfoil_store::Inspector;

use crate::echo::Echo;
use crate::fixture::{certificates, connect, post, run};

/// Data folder of a child of this test binary.
const DATA_VARIABLE: &str = "COUNTERFOIL_NODE_TEST_DATA";
/// Which party a child runs; `-` supervises all of them.
const PARTY_VARIABLE: &str = "COUNTERFOIL_NODE_TEST_PARTY";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EchoSettings {
    /// A reload is refused while this is set.
    #[serde(default)]
    refuse: bool,
}

/// Not a test of its own: runs a party when this binary runs itself.
#[test]
fn child_serves() {
    let (Ok(data), Ok(name)) = (std::env::var(DATA_VARIABLE), std::env::var(PARTY_VARIABLE)) else {
        return;
    };
    let code = if name == "-" { supervise_all(&data) } else { serve_party(&data, &name) };
    std::process::exit(code);
}

fn serve_party(data: &str, name: &str) -> i32 {
    let folder = PartyFolder::new(Path::new(data), name).unwrap();
    let read = PartyConfig::<EchoSettings>::read(&folder);
    let config = match read {
        Ok(config) => config,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "{error}"));
            return 2;
        }
    };
    let reread = folder.clone();
    let service = Service {
        folder,
        node: config.node,
        build: Box::new(move || {
            let config = PartyConfig::<EchoSettings>::read(&reread)
                .map_err(|error| Box::new(error) as counterfoil_node::actor::AnyReport)?;
            assert!(!config.party.refuse, "told to refuse");
            Ok(Echo::default())
        }),
        routes: Arc::new(NoRoutes),
        dialect: None,
        read_once: Vec::new(),
        for_people: false,
    };
    let served = serve(service, |ready| {
        // The test harness has begun a line.
        drop(writeln!(std::io::stdout()));
        ready.print();
    });
    i32::from(served.is_err()) * 3
}

fn supervise_all(data: &str) -> i32 {
    let names = std::fs::read_to_string(Path::new(data).join("names")).unwrap();
    // Each child learns its name from a script, as its arguments are the test harness's.
    let program = |name: &str| Program { name: name.into(), arguments: vec![name.into()] };
    let log = telemetry::Settings::in_folder(&Path::new(data).join("log"));
    let plan = Plan {
        executable: Path::new(data).join("run"),
        programs: names.lines().map(program).collect(),
        limits: supervise::Limits { restart_ms_min: 1, ..supervise::Limits::default() },
        telemetry: Telemetry::new("up", log),
    };
    let supervised = supervise(plan, |news| {
        let line = match news {
            News::AllReady(all) => serde_json::json!({ "all": all }),
            News::ReadyAgain(again) => serde_json::json!({ "again": again }),
        };
        drop(writeln!(std::io::stdout(), "\n{line}"));
    });
    match supervised {
        Ok(()) => 0,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "{error}"));
            1
        }
    }
}

/// A data folder with echo parties of these names.
fn data_folder(certificates: &Path, names: &[&str]) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    for name in names {
        let folder = PartyFolder::new(data.path(), name).unwrap();
        folder.create().unwrap();
        let chain = std::fs::read(certificates.join("server.pem")).unwrap();
        folder.write(Folder::Certs, "tls", &chain).unwrap();
        let key = std::fs::read(certificates.join("server.key")).unwrap();
        folder.write_key("tls", &SecretBytes::new(key)).unwrap();
        std::fs::write(folder.config(), CONFIG).unwrap();
    }
    std::fs::write(data.path().join("names"), names.join("\n")).unwrap();
    let script = format!(
        "#!/bin/sh\nexport {PARTY_VARIABLE}=$1\nexec {} serve::child_serves --exact --nocapture\n",
        std::env::current_exe().unwrap().display()
    );
    let path = data.path().join("run");
    counterfoil_node::files::write(
        &path,
        script.as_bytes(),
        counterfoil_node::files::Access::Public,
    )
    .unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    data
}

const CONFIG: &str = r#"
[node]
operations = "127.0.0.1:0"

[node.set]
listen = "127.0.0.1:0"
certificate = "certs/tls.pem"
key = "keys/tls.pem"

[party]
"#;

/// A running child; killed with the test.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Running {
    fn start(data: &Path, party: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["serve::child_serves", "--exact", "--nocapture"])
            .env(DATA_VARIABLE, data)
            .env(PARTY_VARIABLE, party)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line that is JSON of this type.
    fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Option<T> {
        self.lines.find_map(|line| serde_json::from_str(&line.unwrap()).ok())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end: exit status and standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code(), errors)
    }
}

fn address(ready: &Ready, listener: &str) -> SocketAddr {
    let url = &ready.addresses[listener];
    let bare = url.trim_start_matches("https://").trim_start_matches("http://");
    bare.trim_end_matches("/set").parse().unwrap()
}

/// What a party at this address answers to `message`.
fn ask(certificates: &Path, address: SocketAddr, message: &str) -> String {
    let mut answer = Vec::new();
    run(async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = connect(address, certificates).await;
        stream.write_all(&post(message)).await.unwrap();
        drop(stream.read_to_end(&mut answer).await);
    });
    String::from_utf8(answer).unwrap()
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Waits until a log has a line with this text.
fn wait_for_log(path: PathBuf, text: &str) {
    while !std::fs::read_to_string(&path).unwrap_or_default().contains(text) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn party_serves_from_its_folder_and_stops_in_order() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["echo"]);
    let mut child = Running::start(data.path(), "echo");
    let ready: Ready = child.next().unwrap();
    assert_eq!((ready.ready.as_str(), ready.pid), ("echo", child.child.id()));
    assert!(ask(certificates, address(&ready, "set"), "echo hello").ends_with("\r\n\r\nhello"));
    assert!(get(address(&ready, "operations"), "/readyz").ends_with("ready\n"));
    child.signal(Signal::TERM);
    let (code, errors) = child.end();
    assert_eq!(code, Some(0), "{errors}");
    let inspector = Inspector::open(&data.path().join("echo/state.sqlite")).unwrap();
    assert!(inspector.record("echoed", b"hello").unwrap().is_some());
    let log = std::fs::read_to_string(data.path().join("echo/log/echo.jsonl")).unwrap();
    for event in ["party.ready", "text.echoed", "party.stopping", "party.stopped"] {
        assert!(log.contains(&format!("\"event\":\"{event}\"")), "{event} not in\n{log}");
    }
}

#[test]
fn answered_request_survives_sigkill() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["echo"]);
    for round in 0..3 {
        let mut child = Running::start(data.path(), "echo");
        let ready: Ready = child.next().unwrap();
        let message = format!("echo {round}");
        ask(certificates, address(&ready, "set"), &message);
        child.signal(Signal::KILL);
        child.end();
    }
    let inspector = Inspector::open(&data.path().join("echo/state.sqlite")).unwrap();
    assert_eq!(inspector.tables().unwrap(), [("echoed".into(), 3)]);
}

#[test]
fn hangup_takes_new_certificates_and_refuses_broken_ones() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["echo"]);
    let folder = PartyFolder::new(data.path(), "echo").unwrap();
    let mut child = Running::start(data.path(), "echo");
    let ready: Ready = child.next().unwrap();
    let set = address(&ready, "set");
    let log = folder.log().join("echo.jsonl");

    folder.write(Folder::Certs, "tls", b"not a certificate").unwrap();
    child.signal(Signal::HUP);
    wait_for_log(log.clone(), "\"event\":\"files.reload_refused\"");
    assert!(ask(certificates, set, "echo still").ends_with("still"));

    let install = |name: &str| {
        let read = |kind| std::fs::read(certificates.join(format!("{name}.{kind}"))).unwrap();
        folder.write(Folder::Certs, "tls", &read("pem")).unwrap();
        folder.write_key("tls", &SecretBytes::new(read("key"))).unwrap();
    };
    install("client");
    child.signal(Signal::HUP);
    wait_for_log(log.clone(), "\"event\":\"files.reloaded\"");
    wait_for_log(log, "\"event\":\"party.reloaded\"");
    run(async {
        let stream = connect(set, certificates).await;
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        let subject = b"client";
        assert!(shown.windows(subject.len()).any(|window| window == subject));
    });
    child.signal(Signal::INT);
    assert_eq!(child.end().0, Some(0));
}

#[test]
fn hangup_names_the_settings_that_only_a_start_can_change() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["echo"]);
    let folder = PartyFolder::new(data.path(), "echo").unwrap();
    let mut child = Running::start(data.path(), "echo");
    let ready: Ready = child.next().unwrap();
    let text = std::fs::read_to_string(folder.config()).unwrap();
    let limits = "\n[node.runtime]\nworkers_max = 2\n";
    std::fs::write(folder.config(), format!("{text}{limits}")).unwrap();
    child.signal(Signal::HUP);
    let log = folder.log().join("echo.jsonl");
    wait_for_log(log.clone(), "\"event\":\"files.restart_needed\"");
    wait_for_log(log, "\"settings\":\"node.runtime\"");
    assert!(ask(certificates, address(&ready, "set"), "echo still").ends_with("still"));
    child.signal(Signal::INT);
    assert_eq!(child.end().0, Some(0));
}

#[test]
fn files_around_a_party_that_cannot_be_used_leave_its_folder_untouched() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["echo"]);
    let folder = PartyFolder::new(data.path(), "echo").unwrap();
    folder.write(Folder::Certs, "tls", b"not a certificate").unwrap();
    let (code, errors) = Running::start(data.path(), "echo").end();
    assert_eq!(code, Some(3), "{errors}");
    assert!(!folder.state().exists());
    assert_eq!(std::fs::read_dir(folder.log()).unwrap().count(), 0);
}

#[test]
fn second_process_of_one_folder_is_refused() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["echo"]);
    let mut first = Running::start(data.path(), "echo");
    let _: Ready = first.next().unwrap();
    let second = Running::start(data.path(), "echo");
    assert_eq!(second.end().0, Some(3));
    let log = std::fs::read_to_string(data.path().join("echo/log/echo.jsonl")).unwrap();
    assert!(log.contains("\"id\":\"store-locked\""), "{log}");
}

#[test]
fn panic_of_the_party_ends_the_process() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["echo"]);
    let mut child = Running::start(data.path(), "echo");
    let ready: Ready = child.next().unwrap();
    ask(certificates, address(&ready, "set"), "panic");
    let (code, errors) = child.end();
    assert_eq!(code, Some(3));
    assert!(errors.contains("as told"), "{errors}");
}

#[derive(Debug, Deserialize)]
struct AllReady {
    all: Vec<Ready>,
}

#[derive(Debug, Deserialize)]
struct ReadyAgain {
    again: Ready,
}

fn is_alive(ready: &Ready) -> bool {
    let pid = Pid::from_raw(i32::try_from(ready.pid).unwrap()).unwrap();
    test_kill_process(pid).is_ok()
}

fn wait_for_end(ready: &Ready) {
    while is_alive(ready) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn supervisor_starts_in_order_restarts_and_stops_all() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["one", "two", "three"]);
    let mut up = Running::start(data.path(), "-");
    let AllReady { all } = up.next().unwrap();
    let names: Vec<_> = all.iter().map(|ready| ready.ready.as_str()).collect();
    assert_eq!(names, ["one", "two", "three"]);
    for ready in &all {
        assert!(ask(certificates, address(ready, "set"), "echo x").ends_with("x"));
    }

    let killed = Pid::from_raw(i32::try_from(all[1].pid).unwrap()).unwrap();
    kill_process(killed, Signal::KILL).unwrap();
    let ReadyAgain { again } = up.next().unwrap();
    assert_eq!(again.ready, "two");
    assert_ne!(again.pid, all[1].pid);
    assert!(ask(certificates, address(&again, "set"), "echo y").ends_with("y"));

    up.signal(Signal::HUP);
    wait_for_log(data.path().join("three/log/three.jsonl"), "\"event\":\"files.reloaded\"");
    up.signal(Signal::TERM);
    assert_eq!(up.end().0, Some(0));
    for ready in [&all[0], &again, &all[2]] {
        assert!(!is_alive(ready), "{} still runs", ready.ready);
    }
    let log = std::fs::read_to_string(data.path().join("log/up.jsonl")).unwrap();
    assert!(
        log.contains("\"event\":\"party.ended\",\"name\":\"two\"")
            || log.contains("\"name\":\"two\""),
        "{log}"
    );
}

#[test]
fn children_do_not_outlive_a_supervisor_that_is_killed() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["one", "two"]);
    let mut up = Running::start(data.path(), "-");
    let AllReady { all } = up.next().unwrap();
    up.signal(Signal::KILL);
    up.end();
    for ready in &all {
        wait_for_end(ready);
    }
}

#[test]
fn party_that_cannot_start_stops_the_whole_start() {
    let Some(certificates) = certificates() else { return };
    let data = data_folder(certificates, &["one", "two"]);
    let broken = PartyFolder::new(data.path(), "two").unwrap();
    std::fs::write(broken.config(), CONFIG.replace("listen", "lisden")).unwrap();
    let up = Running::start(data.path(), "-");
    let (code, errors) = up.end();
    assert_eq!(code, Some(1));
    assert!(errors.contains("two ended before it was ready: exit status: 2"), "{errors}");
    assert!(errors.contains("config.toml line 6: `node.set.lisden`: unknown field"), "{errors}");
    let log = std::fs::read_to_string(data.path().join("one/log/one.jsonl")).unwrap();
    assert!(log.contains("\"event\":\"party.stopped\""), "{log}");
}
