//! Servers to probe, and probing them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use counterfoil_ops::probe::{Options, ProbeError, ProbeReport, Target, probe};

/// Probes a port on loopback.
pub fn try_probe(port: u16, options: &Options) -> Result<ProbeReport, ProbeError> {
    let target = Target { host: "127.0.0.1".into(), port };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(probe(&target, options))
}

/// Probes a port on loopback that is a TLS server.
pub fn look(port: u16) -> ProbeReport {
    try_probe(port, &named()).unwrap()
}

/// The options of most tests.
pub fn named() -> Options {
    Options { name: Some("shop.example".into()), ..Options::default() }
}

/// The ids of the remarks.
pub fn ids(report: &ProbeReport) -> Vec<&'static str> {
    report.remarks.iter().map(|remark| remark.id).collect()
}

/// The names of the versions that are accepted, the newest first.
pub fn versions(report: &ProbeReport) -> Vec<String> {
    let accepted = report.versions.iter().filter(|version| version.accepted == "yes");
    accepted.map(|version| version.version.to_string()).collect()
}

/// The OpenSSL names of the suites of one version.
pub fn suites(report: &ProbeReport, version: &str) -> Vec<String> {
    let found = report.versions.iter().find(|known| known.version.to_string() == version).unwrap();
    let name = |suite: &counterfoil_ops::probe::report::SuiteReport| {
        suite.openssl.map_or(suite.name.clone(), str::to_owned)
    };
    found.suites.iter().map(name).collect()
}

/// The verdict on an attack.
pub fn verdict(report: &ProbeReport, name: &str) -> &'static str {
    report.attacks.iter().find(|attack| attack.name == name).unwrap().verdict
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program that serves until it is dropped.
pub struct Running {
    child: Child,
    pub port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts `command` and waits until its port accepts.
    pub fn start(mut command: Command, port: u16) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let running = Self { child: command.spawn().unwrap(), port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "{command:?} does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }
}

/// Is this program installed? Says loudly when it is not.
pub fn has(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    let command = command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null());
    let found = command.stderr(Stdio::null()).status().is_ok();
    if !found {
        skip(&format!("the program {program} is not installed"));
    }
    found
}

/// Says that a test did not run: straight to the terminal, as what a passing test prints is hidden.
pub fn skip(why: &str) {
    drop(writeln!(std::io::stderr(), "SKIPPED: {why}"));
}

/// Runs `openssl` in `folder`.
pub fn openssl(folder: &Path, arguments: &str) {
    let run = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(run.status.success(), "openssl {arguments}: {run:?}");
}

/// A folder with `rsa.pem`, `rsa.key`, `ec.pem`, `ec.key` for `shop.example`, each signed by
/// itself.
pub fn self_signed() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let base = "req -x509 -nodes -days 30 -subj /CN=shop.example \
                    -addext subjectAltName=DNS:shop.example";
        openssl(folder.path(), &format!("{base} -newkey rsa:2048 -keyout rsa.key -out rsa.pem"));
        let curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
        openssl(folder.path(), &format!("{base} {curve} -keyout ec.key -out ec.pem"));
        folder
    });
    folder.path()
}

/// `openssl s_server` with its certificate and these arguments.
pub fn s_server(arguments: &str) -> Option<Running> {
    serve(self_signed_if_openssl()?, &format!("-cert rsa.pem -key rsa.key {arguments}"))
}

fn self_signed_if_openssl() -> Option<&'static Path> {
    has("openssl", "version").then(self_signed)
}

/// `openssl s_server` in `folder` with these arguments.
pub fn serve(folder: &Path, arguments: &str) -> Option<Running> {
    serve_by(Command::new("openssl"), folder, arguments)
}

/// As [`serve`], with a library that allows everything from the start.
pub fn serve_weak(folder: &Path, arguments: &str) -> Option<Running> {
    let settings = folder.join("weak.cnf");
    let text = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n\
                CipherString = ALL:@SECLEVEL=0\nMinProtocol = None\n";
    std::fs::write(&settings, text).unwrap();
    let mut command = Command::new("openssl");
    command.env("OPENSSL_CONF", settings);
    serve_by(command, folder, arguments)
}

fn serve_by(mut command: Command, folder: &Path, arguments: &str) -> Option<Running> {
    let port = free_port();
    command.args(["s_server", "-www", "-accept", &format!("127.0.0.1:{port}")]);
    command.args(arguments.split_whitespace()).current_dir(folder);
    Some(Running::start(command, port))
}

/// A server in this process: each connection is given to `serve` on a thread of its own.
pub fn scripted(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = std::sync::Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = std::sync::Arc::clone(&serve);
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

/// Reads what a client says first; empty when it says nothing.
pub fn first_words(stream: &mut TcpStream) -> Vec<u8> {
    let mut buffer = vec![0; 16 * 1024];
    let count = stream.read(&mut buffer).unwrap_or(0);
    buffer.truncate(count);
    buffer
}

/// Sends and forgets whether it arrived.
pub fn say(stream: &mut TcpStream, octets: &[u8]) {
    let _ = stream.write_all(octets);
}
