//! Keeps the parties of a deployment running, each as a process of its own.
//!
//! They are started in order, each when the one before is ready; one that ends is started again
//! after a pause that grows; on SIGINT or SIGTERM they are stopped in the opposite order, and
//! SIGHUP is passed on. When the supervisor dies, however, the kernel tells its children to stop.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use counterfoil_party::event::Event;
use counterfoil_secret::{Fault, Report};

use crate::limit::limits;
use crate::server::{Stop, stop_signal};
use crate::telemetry::Telemetry;

/// Default of [`Limits::ready_ms_max`].
pub const READY_MS_MAX: u64 = 60_000;
/// Default of [`Limits::restart_ms_min`].
pub const RESTART_MS_MIN: u64 = 200;
/// Default of [`Limits::restart_ms_max`].
pub const RESTART_MS_MAX: u64 = 30_000;
/// Default of [`Limits::steady_ms_min`].
pub const STEADY_MS_MIN: u64 = 60_000;
/// Default of [`Limits::stop_ms_max`].
pub const STOP_MS_MAX: u64 = 15_000;
/// Octets of the line by which a party says that it is ready.
const READY_BYTES_MAX: u64 = 64 * 1024;
/// Environment variable by which a party knows its supervisor's process number.
pub const SUPERVISOR_VARIABLE: &str = "COUNTERFOIL_SUPERVISOR";
/// Exit status of wrong settings.
const STATUS_MISUSE: i32 = 2;

limits! {
    /// Limits of supervision.
    pub struct Limits {
        /// Time for a party to become ready.
        ready_ms_max: u64 = READY_MS_MAX in 1..=3_600_000,
        /// Pause before a party that ended is started again; doubled each time.
        restart_ms_min: u64 = RESTART_MS_MIN in 1..=600_000,
        /// Longest such pause.
        restart_ms_max: u64 = RESTART_MS_MAX in 1..=3_600_000,
        /// Time after which a party counts as running well, and the pause starts over.
        steady_ms_min: u64 = STEADY_MS_MIN in 1..=86_400_000,
        /// Time for a party to stop by itself before it is killed.
        stop_ms_max: u64 = STOP_MS_MAX in 1..=600_000,
    }
}

/// A party that is ready, as its line on the standard output says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The party's name.
    pub ready: String,
    /// Its process number.
    pub pid: u32,
    /// Where it listens, by the listener's name: `set`, `operations`, `bank`.
    pub addresses: BTreeMap<String, String>,
}

impl Ready {
    /// Writes the line. A reader that is gone is not this party's trouble.
    pub fn print(&self) {
        let line = serde_json::to_string(self).expect("invariant: text can be written as JSON");
        let mut stdout = std::io::stdout().lock();
        drop(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
    }
}

/// A process to be kept running.
#[derive(Debug, Clone)]
pub struct Program {
    /// The party's name.
    pub name: String,
    /// Arguments, for example `serve gateway --data DIR`.
    pub arguments: Vec<OsString>,
}

/// What is to be kept running.
#[derive(Debug)]
pub struct Plan {
    /// The executable, usually `std::env::current_exe()`.
    pub executable: PathBuf,
    /// The processes, in the order of starting.
    pub programs: Vec<Program>,
    /// Limits.
    pub limits: Limits,
    /// Hears what happens.
    pub telemetry: Telemetry,
}

/// What happened, for whoever started the supervision.
#[derive(Debug, PartialEq, Eq)]
pub enum News<'a> {
    /// Every party is ready, in the order of starting.
    AllReady(&'a [Ready]),
    /// One that had ended is ready again.
    ReadyAgain(&'a Ready),
}

/// The deployment could not be started.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SuperviseError {
    /// A process could not be started.
    #[error("{party} could not be started: {cause}")]
    NotStarted {
        /// The party.
        party: String,
        /// What the system said.
        cause: String,
    },
    /// A party ended instead of becoming ready.
    #[error("{party} ended before it was ready: {status}")]
    Ended {
        /// The party.
        party: String,
        /// How it ended.
        status: String,
        /// Its exit status, if it had one.
        code: Option<i32>,
    },
    /// A party did not become ready in time.
    #[error("{party} did not become ready in {ms} ms")]
    Slow {
        /// The party.
        party: String,
        /// The limit.
        ms: u64,
    },
    /// Supervision itself failed.
    #[error("supervision failed: {cause}")]
    System {
        /// What the system said.
        cause: String,
    },
}

impl Report for SuperviseError {
    fn id(&self) -> &'static str {
        match self {
            Self::NotStarted { .. } => "party-not-started",
            Self::Ended { .. } => "party-ended",
            Self::Slow { .. } => "party-slow",
            Self::System { .. } => "supervision-failed",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotStarted { .. } | Self::System { .. } => {
                "check the limits of processes and memory of this user (`ulimit -a`)".into()
            }
            Self::Ended { party, .. } | Self::Slow { party, .. } => {
                format!("its own message stands above; `counterfoil serve {party}` shows it again")
            }
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Ended { code: Some(STATUS_MISUSE), .. } => Fault::OurMisuse,
            _ => Fault::Environment,
        }
    }
}

/// Starts everything and keeps it up until SIGINT or SIGTERM.
///
/// Blocks. Call it on a thread that lives as long as the process: a child is tied to the thread
/// that started it.
///
/// # Errors
/// [`SuperviseError`] when a party does not become ready at first; the others are stopped then.
pub fn supervise(plan: Plan, mut news: impl FnMut(News<'_>)) -> Result<(), SuperviseError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, run(plan, &mut news))
}

/// Ties this process to its supervisor, if it has one: when the supervisor is gone, the kernel
/// sends SIGTERM to this process. False when it is gone already.
pub fn follow_supervisor() -> bool {
    let number = std::env::var(SUPERVISOR_VARIABLE).ok().and_then(|number| number.parse().ok());
    let Some(supervisor) = number.and_then(Pid::from_raw) else { return true };
    #[cfg(target_os = "linux")]
    if rustix::process::set_parent_process_death_signal(Some(Signal::TERM)).is_err() {
        return true;
    }
    rustix::process::getppid() == Some(supervisor)
}

/// A process that is kept running.
struct Keeper {
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
    /// Process number; 0 while there is none.
    pid: Arc<AtomicI32>,
}

type FromKeeper = (usize, Result<Ready, SuperviseError>);

async fn run(plan: Plan, news: &mut dyn FnMut(News<'_>)) -> Result<(), SuperviseError> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(system)?;
    let (to_main, mut from_keepers) = mpsc::channel(plan.programs.len().max(1));
    let mut keepers: Vec<Keeper> = Vec::new();
    let mut ready: Vec<Ready> = Vec::new();
    let plan = Arc::new(plan);
    if plan.programs.is_empty() {
        news(News::AllReady(&[]));
    } else {
        keepers.push(keep(&plan, 0, to_main.clone()));
    }
    let ended = loop {
        tokio::select! {
            biased;
            _ = interrupt.recv() => break Ok(()),
            _ = terminate.recv() => break Ok(()),
            _ = hangup.recv() => {
                for keeper in &keepers {
                    send(keeper.pid.load(Ordering::Acquire), Signal::HUP);
                }
            }
            Some((index, said)) = from_keepers.recv() => match said {
                Err(error) => break Err(error),
                Ok(again) if index < ready.len() => {
                    news(News::ReadyAgain(&again));
                    ready[index] = again;
                }
                Ok(first) => {
                    ready.push(first);
                    if ready.len() < plan.programs.len() {
                        keepers.push(keep(&plan, ready.len(), to_main.clone()));
                    } else {
                        news(News::AllReady(&ready));
                    }
                }
            },
        }
    };
    while let Some(keeper) = keepers.pop() {
        keeper.stop.send_replace(true);
        // A keeper that panicked has dropped its process, which kills it.
        drop(keeper.task.await);
    }
    ended
}

fn keep(plan: &Arc<Plan>, index: usize, to_main: mpsc::Sender<FromKeeper>) -> Keeper {
    let (stop, stopped) = stop_signal();
    let pid = Arc::new(AtomicI32::new(0));
    let work = keep_running(Arc::clone(plan), index, to_main, stopped, Arc::clone(&pid));
    Keeper { task: tokio::task::spawn_local(work), stop, pid }
}

/// Starts one process again and again until told to stop.
async fn keep_running(
    plan: Arc<Plan>,
    index: usize,
    to_main: mpsc::Sender<FromKeeper>,
    mut stop: Stop,
    pid: Arc<AtomicI32>,
) {
    let limits = plan.limits;
    let pause_min = Duration::from_millis(limits.restart_ms_min);
    let pause_max = Duration::from_millis(limits.restart_ms_max).max(pause_min);
    let mut pause = pause_min;
    let mut was_ready = false;
    loop {
        let began = Instant::now();
        let cause = match start(&plan, index, &pid, &mut stop).await {
            Started::Stopped => return,
            Started::Failed(error) if !was_ready => {
                drop(to_main.send((index, Err(error))).await);
                return;
            }
            Started::Failed(error) => error.to_string(),
            Started::Ready(mut process, ready) => {
                was_ready = true;
                drop(to_main.send((index, Ok(ready))).await);
                let status = tokio::select! {
                    status = process.wait() => status,
                    () = stop.told() => return end(&mut process, &pid, limits.stop_ms_max).await,
                };
                pid.store(0, Ordering::Release);
                status.map_or_else(|error| error.to_string(), |status| status.to_string())
            }
        };
        if began.elapsed() >= Duration::from_millis(limits.steady_ms_min) {
            pause = pause_min;
        }
        let event = Event::error("party.ended")
            .with("name", plan.programs[index].name.as_str())
            .with("cause", cause)
            .with("restart_ms", u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
        plan.telemetry.tell(&event);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.told() => return,
        }
        pause = (pause * 2).min(pause_max);
    }
}

/// What came of starting a process.
enum Started {
    Ready(Child, Ready),
    Failed(SuperviseError),
    Stopped,
}

async fn start(plan: &Plan, index: usize, pid: &AtomicI32, stop: &mut Stop) -> Started {
    let program = &plan.programs[index];
    let party = program.name.clone();
    let spawned = Command::new(&plan.executable)
        .args(&program.arguments)
        .env(SUPERVISOR_VARIABLE, std::process::id().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // Interrupts at the terminal are for the supervisor, which stops its children in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn();
    let mut process = match spawned {
        Ok(process) => process,
        Err(error) => {
            let cause = error.to_string();
            return Started::Failed(SuperviseError::NotStarted { party, cause });
        }
    };
    let number = process.id().and_then(|id| i32::try_from(id).ok()).unwrap_or(0);
    pid.store(number, Ordering::Release);
    let limits = plan.limits;
    let waiting = timeout(Duration::from_millis(limits.ready_ms_max), ready_line(&mut process));
    let said = tokio::select! {
        said = waiting => said,
        () = stop.told() => {
            end(&mut process, pid, limits.stop_ms_max).await;
            return Started::Stopped;
        }
    };
    match said {
        Ok(Some(ready)) => Started::Ready(process, ready),
        Ok(None) => {
            let status = process.wait().await;
            pid.store(0, Ordering::Release);
            Started::Failed(ended(party, status))
        }
        Err(_) => {
            end(&mut process, pid, limits.stop_ms_max).await;
            Started::Failed(SuperviseError::Slow { party, ms: limits.ready_ms_max })
        }
    }
}

fn ended(party: String, status: std::io::Result<ExitStatus>) -> SuperviseError {
    match status {
        Ok(status) => {
            SuperviseError::Ended { party, status: status.to_string(), code: status.code() }
        }
        Err(error) => SuperviseError::Ended { party, status: error.to_string(), code: None },
    }
}

/// The first line by which the process says that it is ready; `None` when it ends before.
async fn ready_line(process: &mut Child) -> Option<Ready> {
    let mut stdout = BufReader::new(process.stdout.take()?);
    let mut line = Vec::new();
    loop {
        line.clear();
        let count = (&mut stdout).take(READY_BYTES_MAX).read_until(b'\n', &mut line).await;
        if !count.is_ok_and(|count| count > 0) {
            return None;
        }
        if let Ok(ready) = serde_json::from_slice(&line) {
            tokio::task::spawn_local(discard(stdout));
            return Some(ready);
        }
    }
}

/// Reads on, so that a process that goes on writing is not stopped by a full pipe.
async fn discard(mut stdout: BufReader<ChildStdout>) {
    drop(tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await);
}

/// Asks a process to stop, and kills it when it does not.
async fn end(process: &mut Child, pid: &AtomicI32, stop_ms_max: u64) {
    send(pid.load(Ordering::Acquire), Signal::TERM);
    let waited = timeout(Duration::from_millis(stop_ms_max), process.wait()).await;
    if waited.is_err() {
        // It is being dropped next, which would kill it too.
        drop(process.kill().await);
    }
    pid.store(0, Ordering::Release);
}

fn send(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        // A process that has just ended needs no signal.
        kill_process(pid, signal).ok();
    }
}

fn system(error: std::io::Error) -> SuperviseError {
    SuperviseError::System { cause: error.to_string() }
}
