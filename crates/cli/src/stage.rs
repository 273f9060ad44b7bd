//! A stage for `demo` and `bench`: commands run as a person would type them, and `up` behind them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use counterfoil_node::deployment::ports::Ports;
use counterfoil_node::supervise::SUPERVISOR_VARIABLE;
use counterfoil_secret::Secret;

use crate::failure::Failure;
use crate::passphrase;

/// Ports that are tried, below those that the system gives to outgoing connections.
const PORTS_TRIED: Range<u16> = 24_000..32_000;
/// Ports of a row, some to spare.
const ROW: u16 = 20;
/// Time for all parties to be ready.
const READY_MS_MAX: u64 = 120_000;
/// Time for all parties to stop.
const STOP_MS_MAX: u64 = 60_000;
/// Pause between two looks at whether they have.
const LOOK_MS: u64 = 20;

/// Runs this program's own commands on one deployment.
pub struct Stage<'a> {
    /// The deployment.
    pub data: &'a Path,
    /// The wallet's passphrase.
    pub passphrase: Secret<String>,
}

impl Stage<'_> {
    /// Runs a command and returns the JSON document that it prints.
    pub fn run(&self, arguments: &[&str]) -> Result<Value, Failure> {
        let mut command = self.command(arguments)?;
        command.arg("--data").arg(self.data).arg("--json");
        let output = finished(command)?;
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if output.status.success() {
            return Ok(said);
        }
        let error = &said["error"];
        let text = |name: &str| error[name].as_str().map(str::to_owned);
        let shown = arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        let sentence = text("message").unwrap_or_else(|| {
            let lines = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            if lines.is_empty() { said.to_string() } else { lines }
        });
        let id = text("id").unwrap_or_else(|| "step-failed".into());
        let hint =
            text("hint").unwrap_or_else(|| "run it again with --keep and look at the logs".into());
        Err(Failure::failed(&id, format!("`{shown}` failed: {sentence}"), hint))
    }

    /// Runs a command that needs no deployment and returns what it prints.
    pub fn run_alone(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = finished(self.command(arguments)?)?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let sentence = format!("`{}` failed: {}{}", arguments[0], said.trim(), errors.trim());
        Err(Failure::failed("step-failed", sentence, "run it again with --keep"))
    }

    /// Starts `up` and waits until its parties are ready.
    pub fn up(&self) -> Result<Up, Failure> {
        let child = self
            .command(&["up"])?
            .arg("--data")
            .arg(self.data)
            .env(SUPERVISOR_VARIABLE, std::process::id().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| not_started(&error))?;
        Up::watch(child)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, Failure> {
        let executable = std::env::current_exe().map_err(|error| not_started(&error))?;
        let mut command = Command::new(executable);
        command.args(arguments);
        command.env(passphrase::VARIABLE, self.passphrase.expose());
        Ok(command)
    }
}

fn finished(mut command: Command) -> Result<Output, Failure> {
    command.stdin(Stdio::null()).output().map_err(|error| not_started(&error))
}

fn not_started(error: &std::io::Error) -> Failure {
    Failure::unseen("process-not-started", error, "check the limits of this user (`ulimit -a`)")
}

/// The parties that run. Stopped when dropped.
pub struct Up {
    child: Child,
    lines: Receiver<Value>,
}

impl Up {
    fn watch(mut child: Child) -> Result<Self, Failure> {
        let (sender, lines) = channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let Ok(line) = serde_json::from_str(&line) else { continue };
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self { child, lines })
    }

    /// Waits for the line that says that `name` is ready.
    pub fn ready(&mut self, name: &str) -> Result<Value, Failure> {
        let deadline = Instant::now() + Duration::from_millis(READY_MS_MAX);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line["ready"] == name => return Ok(line),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    let sentence = format!("{name} was not ready in {READY_MS_MAX} ms");
                    let hint = "run it again with --keep and look at the logs";
                    return Err(Failure::failed("parties-not-ready", sentence, hint));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
            }
        }
    }

    /// What `up` said before it ended by itself.
    fn ended(&mut self) -> Failure {
        let mut said = String::new();
        if let Some(stderr) = self.child.stderr.as_mut() {
            drop(stderr.read_to_string(&mut said));
        }
        let first = said.lines().find(|line| line.contains("error[")).unwrap_or(said.trim());
        Failure::failed(
            "parties-ended",
            format!("`up` ended before all parties were ready: {first}"),
            "run it again with --keep and look at the logs",
        )
    }

    /// Stops every party and waits until all have ended.
    pub fn stop(mut self) -> Result<(), Failure> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Failure> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let (Some(pid), Ok(None)) = (pid, self.child.try_wait()) {
            // One that has just ended needs no signal.
            kill_process(pid, Signal::TERM).ok();
        }
        let deadline = Instant::now() + Duration::from_millis(STOP_MS_MAX);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                if status.success() {
                    return Ok(());
                }
                let sentence = format!("`up` ended with {status}");
                return Err(Failure::failed("parties-failed", sentence, "look at its logs"));
            }
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
        drop(self.child.kill());
        let sentence = format!("the parties did not stop in {STOP_MS_MAX} ms");
        Err(Failure::failed("parties-not-stopped", sentence, "look at the parties' logs"))
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.end());
        }
    }
}

/// The first of a row of ports for one deployment that are free now.
pub fn free_ports() -> Result<u16, Failure> {
    free_row(Ports::COUNT)
}

/// The first of a row of `count` ports that are free now. Processes begin at rows of their own, so
/// that two that are started together do not take the same one.
pub fn free_row(count: u16) -> Result<u16, Failure> {
    let free = |base: &u16| {
        let row = *base..*base + count;
        let listeners: Vec<_> =
            row.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port))).collect();
        listeners.iter().all(Result::is_ok)
    };
    let rows = (PORTS_TRIED.end - PORTS_TRIED.start) / ROW;
    let first = u16::try_from(std::process::id() % u32::from(rows)).unwrap_or_default();
    let mut bases = (0..rows).map(|row| PORTS_TRIED.start + (first + row) % rows * ROW);
    bases.find(free).ok_or_else(|| {
        let sentence = "there is no row of free ports on 127.0.0.1";
        Failure::unseen("ports-taken", sentence, "name the first of 16 ports with --base-port")
    })
}
