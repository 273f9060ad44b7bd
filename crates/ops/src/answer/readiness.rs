//! `readiness`: a party that was silent or not ready is given more time, and its process is watched
//! meanwhile.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::IgnoredAny;

use counterfoil_doctor::fact::{Fact, Readiness};
use counterfoil_node::deployment::fetch::Fetch;
use counterfoil_node::deployment::{Material, running};

use super::Answerer;
use crate::survey::Place;

pub(super) static ANSWERER: Answerer = Answerer { ask: "readiness", run };

/// Time for a party to answer.
const ANSWER_MS_MAX: u64 = 5_000;
/// Time for a party that is not ready to become so.
const STARTING_MS: u64 = 2_000;
/// Time for TCP to stand.
const CONNECT_MS_MAX: u64 = 1_000;
/// Ticks of the processor's clock in a second, as `/proc` counts them on Linux.
const TICKS: u64 = 100;

#[derive(Deserialize)]
struct Refused {
    id: String,
    error: String,
}

/// What the kernel says of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    state: String,
    /// Processor time, in ticks.
    used: u64,
    /// When it began, in ticks since the machine did.
    began: u64,
}

fn run(place: &Place, party: &str) -> Vec<Fact> {
    let Ok(material) = Material::at(&place.data, party) else { return Vec::new() };
    let process = running::process_of(material.folder()).map(|pid| pid.as_raw_nonzero().get());
    let before = process.and_then(process_now);
    let mut seen = Readiness {
        waited_ms: 0,
        answered: false,
        ready: false,
        reason: None,
        sentence: None,
        connects: false,
        process,
        process_state: None,
        worked: false,
        age_seconds: 0,
    };
    let started = Instant::now();
    if before.as_ref().is_none_or(|process| process.state != "T") {
        ask(&material, &mut seen, started);
    }
    seen.waited_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let after = process.and_then(process_now);
    if let (Some(before), Some(after)) = (&before, &after) {
        seen.worked = after.used > before.used;
        seen.age_seconds = since_boot().saturating_sub(after.began / TICKS);
    }
    seen.process_state = after.map(|process| process.state);
    vec![Fact::of(party, format!("{party} /readyz"), place.now, &seen)]
}

fn ask(material: &Material, seen: &mut Readiness, started: Instant) {
    let Some(operations) =
        material.config::<IgnoredAny>().ok().and_then(|config| config.node.operations)
    else {
        return;
    };
    let limit = Duration::from_millis(CONNECT_MS_MAX);
    seen.connects = TcpStream::connect_timeout(&operations, limit).is_ok();
    loop {
        let url = format!("http://{operations}/readyz");
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let answer = Fetch { url: &url, authorization: None, post: None, trust: None }.run();
            // Nobody may be waiting any more.
            sender.send(answer.ok()).ok();
        });
        let left = Duration::from_millis(ANSWER_MS_MAX).saturating_sub(started.elapsed());
        let Ok(Some(answer)) = receiver.recv_timeout(left) else { return };
        (seen.answered, seen.ready) = (true, answer.status < 300);
        if let Ok(refused) = serde_json::from_slice::<Refused>(&answer.body) {
            (seen.reason, seen.sentence) = (Some(refused.id), Some(refused.error));
        }
        if seen.ready || started.elapsed() > Duration::from_millis(STARTING_MS) {
            return;
        }
        std::thread::sleep(Duration::from_millis(STARTING_MS / 4));
    }
}

fn process_now(process: i32) -> Option<Process> {
    parse(&std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// Fields of `/proc/PID/stat`, after the name in brackets, which may hold anything.
fn parse(stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok());
    Some(Process {
        state: (*fields.first()?).to_owned(),
        used: number(11)? + number(12)?,
        began: number(19)?,
    })
}

fn since_boot() -> u64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split('.').next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let stat = "7 (a) T 1) S 1 7 7 0 -1 4194560 1 2 3 4 50 6 0 0 20 0 9 0 1234 5 6";
        let process = parse(stat).unwrap();
        assert_eq!(process, Process { state: "S".into(), used: 56, began: 1_234 });
        assert_eq!(parse("7 (a"), None);
        assert_eq!(parse("7 (a) S 1"), None);
        let own = process_now(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(own.began / TICKS <= since_boot() + 1);
    }
}
