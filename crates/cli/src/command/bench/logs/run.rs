//! Runs a program, and tells how long it took and how much memory it had at most.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// Seconds of a tick of the kernel's accounts (proc(5), `USER_HZ`).
const TICK_SECONDS: f64 = 0.01;
/// Pause between two looks at the memory of the program.
const LOOK: Duration = Duration::from_millis(10);

/// What a run took and printed.
pub struct Ran {
    /// Wall-clock time.
    pub seconds: f64,
    /// Processor time of all threads, user's and system's.
    pub processor_seconds: f64,
    /// Greatest resident memory, in octets (`VmHWM` of the kernel).
    pub peak_bytes: u64,
    /// Its standard output.
    pub said: String,
    /// Its exit status.
    pub status: i32,
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Result<Ran, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| {
        Failure::unseen(
            "program-not-run",
            format!("{name} cannot be run: {error}"),
            "is it installed?",
        )
    };
    let before = children_seconds();
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut output = child.stdout.take();
    let mut errors = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        output.as_mut().map(|output| output.read_to_end(&mut said));
        said
    });
    let error_reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        errors.as_mut().map(|errors| errors.read_to_end(&mut said));
        said
    });
    let mut peak_bytes = 0;
    let status = loop {
        peak_bytes = peak_bytes.max(high_water(child.id()));
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    let seconds = begun.elapsed().as_secs_f64();
    let processor_seconds = children_seconds() - before;
    let said = String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned();
    let complaint = String::from_utf8_lossy(&error_reader.join().unwrap_or_default()).into_owned();
    match status.code() {
        Some(status @ (0 | 1)) => Ok(Ran { seconds, processor_seconds, peak_bytes, said, status }),
        _ => {
            let last = complaint.lines().last().unwrap_or("no message").to_owned();
            Err(Failure::failed(
                "program-failed",
                format!("{name} failed: {last}"),
                "run it by hand",
            ))
        }
    }
}

/// The greatest resident memory of a process until now.
fn high_water(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Processor time of all children that have ended (proc(5), cutime and cstime).
fn children_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may hold spaces.
    let rest = text.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks = rest.split(' ').skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() * TICK_SECONDS
}
