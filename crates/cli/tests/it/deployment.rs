//! A real deployment for tests: made by `init` in a folder of its own, run by `up` as processes of
//! the built binary, and stopped in any case. When a test fails, its folder stays and is named.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on panics, and says what it leaves behind"
)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// Bounds of waiting. A test that reaches one fails; none says how long anything takes.
const WAIT_MAX: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(50);
/// Ports that one deployment takes, with some to spare.
const PORTS: u16 = 24;
/// Ports below those that commands choose by themselves, and those of outgoing connections.
const PORT_RANGE: std::ops::Range<u16> = 12_000..24_000;
/// How often a deployment is made anew because somebody else took one of its ports.
const FOUNDINGS_MAX: usize = 4;
/// Opens the wallet.
const PASSPHRASE: &str = "correct horse battery staple";

/// What a finished command left.
#[derive(Debug, Clone)]
pub struct Ran {
    pub arguments: String,
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The document that the command wrote, after it succeeded.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.fine();
        self.document().unwrap_or_else(|| panic!("no JSON document: {self:#?}"))
    }

    /// The document that the command wrote, whatever its exit status.
    pub fn document(&self) -> Option<Value> {
        serde_json::from_str(&self.stdout).ok()
    }

    /// Fails the test unless the command succeeded.
    #[track_caller]
    pub fn fine(&self) {
        assert!(self.status.success(), "{self:#?}");
    }
}

/// An order at the shop.
pub struct Order {
    pub number: String,
    /// Where the wallet finds what to pay.
    pub url: String,
}

impl From<Value> for Order {
    fn from(said: Value) -> Self {
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Self { number: text("order"), url: text("initiation_url") }
    }
}

/// A deployment that runs.
pub struct Deployment {
    folder: Option<TempDir>,
    root: PathBuf,
    up: Option<Child>,
    ran: Mutex<Vec<Ran>>,
}

impl Deployment {
    /// Makes a deployment, lets `prepare` change its settings, starts it and registers its
    /// merchant and these cards.
    pub fn start(prepare: impl Fn(&Self), cards: &[&str]) -> Self {
        for _ in 0..FOUNDINGS_MAX {
            let mut deployment = Self::found();
            prepare(&deployment);
            if deployment.bring_up() {
                deployment.run(&["register", "merchant"]).fine();
                for card in cards {
                    deployment.run(&["register", "cardholder", "--card", card]).fine();
                }
                deployment.wait_until_ready("merchant");
                return deployment;
            }
        }
        panic!("another process takes the ports of every deployment that is made");
    }

    fn found() -> Self {
        let folder = tempfile::Builder::new().prefix("counterfoil-").tempdir().unwrap();
        let root = folder.path().to_owned();
        let deployment = Self { folder: Some(folder), root, up: None, ran: Mutex::new(Vec::new()) };
        let port = free_ports().to_string();
        deployment.run(&["init", "--with-test-cards", "--base-port", &port]).fine();
        deployment
    }

    /// Starts all parties and waits until they are ready; false when a port was taken.
    fn bring_up(&mut self) -> bool {
        let mut command = self.command(&["up"]);
        let file = |name| std::fs::File::create(self.root.join(name)).unwrap();
        self.up = Some(command.stdout(file("up.out")).stderr(file("up.err")).spawn().unwrap());
        let up = self.up.as_mut().unwrap();
        let mut ended = None;
        wait_for("all parties to be ready", || {
            ended = up.try_wait().unwrap();
            let said = std::fs::read_to_string(self.root.join("up.out")).unwrap();
            ended.is_some() || said.contains('\n')
        });
        let Some(ended) = ended else { return true };
        let complaint = std::fs::read_to_string(self.root.join("up.err")).unwrap();
        assert!(complaint.contains("listen-failed"), "up: {ended}\n{complaint}");
        self.up = None;
        false
    }

    /// The folder of the deployment.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// A file or folder beside that of the deployment.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Runs a command of the binary on this deployment, to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_at(&self.data(), arguments)
    }

    /// Runs a command of the binary on another data folder.
    pub fn run_at(&self, data: &Path, arguments: &[&str]) -> Ran {
        let ran = Running::start(self.command_at(data, arguments), arguments).finish();
        self.ran.lock().unwrap().push(ran.clone());
        ran
    }

    /// Starts a command on another data folder and does not wait for it.
    pub fn spawn_at(&self, data: &Path, arguments: &[&str]) -> Running {
        Running::start(self.command_at(data, arguments), arguments)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.command_at(&self.data(), arguments)
    }

    fn command_at(&self, data: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command.args(arguments).arg("--data").arg(data);
        command.env("COUNTERFOIL_PASSPHRASE", PASSPHRASE).stdin(Stdio::null());
        command
    }

    /// What commands were given and wrote.
    pub fn commands_said(&self) -> String {
        let mut said = String::new();
        for ran in self.ran.lock().unwrap().iter() {
            said.extend([&ran.arguments, "\n", &ran.stdout, "\n", &ran.stderr, "\n"]);
        }
        said
    }

    /// What the parties and their supervisor wrote to the terminal.
    pub fn parties_said(&self) -> String {
        let read = |name| std::fs::read_to_string(self.root.join(name)).unwrap_or_default();
        ["up.out", "up.err"].map(read).concat()
    }

    /// Makes an order.
    pub fn order(&self, description: &str, amount: &str) -> Order {
        let arguments = ["order", "create", "--description", description, "--amount", amount];
        self.run(&[&arguments[..], &["--json"]].concat()).json().into()
    }

    /// Has the wallet of the deployment pay an order.
    pub fn pay(&self, order: &Order, card: &str) -> Ran {
        self.run(&["pay", "--url", &order.url, "--card", card, "--json"])
    }

    /// Changes one setting of a party, for example `party.capture`. The party reads it when it
    /// starts or is told to.
    pub fn set(&self, party: &str, key: &str, value: impl Into<toml::Value>) {
        let file = self.data().join(party).join("config.toml");
        let mut settings: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        set(&mut settings, key, value.into());
        std::fs::write(&file, settings.to_string()).unwrap();
    }

    /// Changes one setting of the supervision.
    pub fn set_supervision(&self, key: &str, value: impl Into<toml::Value>) {
        let file = self.data().join("counterfoil.toml");
        let mut settings: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        set(&mut settings, &format!("supervise.{key}"), value.into());
        std::fs::write(&file, settings.to_string()).unwrap();
    }

    /// A setting of a party, as text.
    pub fn setting(&self, party: &str, key: &str) -> String {
        let file = self.data().join(party).join("config.toml");
        let settings: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        let mut value = &toml::Value::Table(settings);
        for part in key.split('.') {
            value = &value[part];
        }
        value.as_str().unwrap().to_owned()
    }

    /// The process that runs a party at the moment.
    pub fn process_of(&self, party: &str) -> Option<Pid> {
        let supervisor = self.up.as_ref()?.id().to_string();
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers.filter_map(Pid::from_raw).find(|pid| {
            let of = |name: &str| {
                let file = format!("/proc/{}/{name}", pid.as_raw_nonzero());
                std::fs::read(file).unwrap_or_default()
            };
            let status = String::from_utf8_lossy(&of("status")).into_owned();
            let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
            let arguments = of("cmdline");
            let mut words = arguments.split(|octet| *octet == 0);
            parent.map(str::trim) == Some(&supervisor)
                && words.any(|word| word == b"serve")
                && words.any(|word| word == party.as_bytes())
        })
    }

    /// Kills a party where it stands; false when it does not run. It is started again by itself.
    pub fn kill(&self, party: &str) -> bool {
        let process = self.process_of(party);
        process.is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
    }

    /// What a page of a party's operations listener says.
    pub fn page(&self, party: &str, path: &str) -> String {
        let address = self.setting(party, "node.operations");
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(&address)?;
            stream.set_read_timeout(Some(WAIT_MAX))?;
            write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().unwrap_or_default()
    }

    /// Waits until a party says that it is ready.
    pub fn wait_until_ready(&self, party: &str) {
        wait_for(party, || self.page(party, "/readyz").starts_with("HTTP/1.1 200"));
    }

    /// Stops every party in order.
    pub fn stop(&mut self) {
        let Some(mut up) = self.up.take() else { return };
        terminate(&up);
        if !poll(|| up.try_wait().unwrap().is_some()) {
            up.kill().unwrap();
        }
        up.wait().unwrap();
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking()
            && let Some(folder) = self.folder.take()
        {
            eprintln!("the deployment of the failed test is in {}", folder.keep().display());
        }
    }
}

/// A command that runs. It is killed when this is dropped.
pub struct Running {
    arguments: String,
    process: Child,
    stdout: std::fs::File,
    stderr: std::fs::File,
}

impl Running {
    fn start(mut command: Command, arguments: &[&str]) -> Self {
        // Files hold any amount of output without anybody reading meanwhile.
        let (stdout, stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        command.stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap());
        let arguments = arguments.join(" ");
        Self { arguments, process: command.spawn().unwrap(), stdout, stderr }
    }

    /// Kills it where it stands; false when it has ended by itself.
    pub fn kill(&mut self) -> bool {
        let runs = self.process.try_wait().unwrap().is_none();
        self.process.kill().unwrap();
        runs
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Ran {
        wait_for(&self.arguments.clone(), || self.has_ended());
        let status = self.process.wait().unwrap();
        let (stdout, stderr) = (whole(&mut self.stdout), whole(&mut self.stderr));
        Ran { arguments: self.arguments.clone(), status, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn whole(file: &mut std::fs::File) -> String {
    use std::io::{Seek as _, SeekFrom};
    let mut octets = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut octets).unwrap();
    String::from_utf8_lossy(&octets).into_owned()
}

/// Waits until something is so, and fails the test when it never is.
#[track_caller]
pub fn wait_for(what: &str, is_so: impl FnMut() -> bool) {
    assert!(poll(is_so), "waited in vain for {what}");
}

/// Whether something becomes so within [`WAIT_MAX`].
pub fn poll(mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if start.elapsed() > WAIT_MAX {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
}

fn terminate(process: &Child) {
    let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // One that has ended is not there any more.
        kill_process(pid, Signal::TERM).ok();
    }
}

fn set(settings: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once('.') {
        None => {
            settings.insert(key.to_owned(), value);
        }
        Some((table, rest)) => {
            let inner = settings.entry(table).or_insert_with(|| toml::Table::new().into());
            set(inner.as_table_mut().unwrap(), rest, value);
        }
    }
}

/// The first of [`PORTS`] ports in a row that nobody listens at. Somebody may take one before
/// they are used.
fn free_ports() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let blocks = (PORT_RANGE.end - PORT_RANGE.start) / PORTS;
    let first = u16::try_from(std::process::id() % u32::from(blocks)).unwrap();
    for _ in 0..blocks {
        let block = (first + TAKEN.fetch_add(1, Ordering::Relaxed)) % blocks;
        let base = PORT_RANGE.start + block * PORTS;
        let held: Result<Vec<_>, _> =
            (base..base + PORTS).map(|port| TcpListener::bind(("127.0.0.1", port))).collect();
        if held.is_ok() {
            return base;
        }
    }
    panic!("no {PORTS} free ports in a row");
}
