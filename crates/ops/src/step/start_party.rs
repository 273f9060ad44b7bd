//! `start-party`: sees that a party runs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;

use counterfoil_doctor::Step;
use counterfoil_node::deployment::fetch::Fetch;
use counterfoil_node::deployment::{Material, running};

use super::{Hands, StepError, Work, failed, touches_nothing};

pub(super) static WORK: Work = Work {
    verb: "start-party",
    undo: "none is needed: a party that runs may be stopped",
    touches: touches_nothing,
    run,
};

/// Time for whoever keeps parties up to start one again by itself.
const SUPERVISED_MS: u64 = 3_000;
/// Time for a party to be ready.
const READY_MS_MAX: u64 = 20_000;
const LOOK_MS: u64 = 20;

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    start(hands, step)?;
    Ok(format!("{} is ready", step.party))
}

/// Waits for the supervisor to start the party, else starts it, and waits until it is ready.
pub(super) fn start(hands: &Hands, step: &Step) -> Result<(), StepError> {
    let material = hands.party(step)?;
    let supervised = step.arguments.get("supervised").is_none_or(|said| said == "yes");
    let patience = if supervised { SUPERVISED_MS } else { 0 };
    if !wait(patience, || running::process_of(material.folder()).is_some()) {
        spawn(hands, step)?;
    }
    if wait(READY_MS_MAX, || is_ready(&material)) {
        return Ok(());
    }
    Err(failed(step, &format!("it is not ready after {READY_MS_MAX} ms; its log says why")))
}

/// Starts the party as a process of its own, which stays when this one ends.
fn spawn(hands: &Hands, step: &Step) -> Result<(), StepError> {
    let mut command = Command::new(&hands.executable);
    command.args(["serve", &step.party, "--data"]).arg(&hands.data);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map(drop).map_err(|error| failed(step, &error))
}

fn is_ready(material: &Material) -> bool {
    let operations = material.config::<IgnoredAny>().ok().and_then(|config| config.node.operations);
    let Some(operations) = operations else { return false };
    let url = format!("http://{operations}/readyz");
    let answer = Fetch { url: &url, authorization: None, post: None, trust: None }.run();
    running::process_of(material.folder()).is_some()
        && answer.is_ok_and(|answer| answer.status < 300)
}

fn wait(millis: u64, is_so: impl Fn() -> bool) -> bool {
    let until = Instant::now() + Duration::from_millis(millis);
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(LOOK_MS));
    }
}
