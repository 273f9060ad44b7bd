//! `restart-party`: ends a party that does not end by itself, and starts it again.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use counterfoil_doctor::Step;
use counterfoil_node::deployment::{Material, running};

use super::{Hands, StepError, Work, failed, start_party, touches_nothing};

pub(super) static WORK: Work = Work {
    verb: "restart-party",
    undo: "none is needed: what the party acknowledged is on disk before it says so",
    touches: touches_nothing,
    run,
};

/// Time for a process to end what it has begun.
const END_MS_MAX: u64 = 5_000;
/// Time for the kernel to end it.
const KILL_MS_MAX: u64 = 5_000;
const LOOK_MS: u64 = 20;

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let material = hands.party(step)?;
    let how = match running::process_of(material.folder()) {
        None => "it did not run",
        Some(process) => end(step, &material, process)?,
    };
    start_party::start(hands, step)?;
    Ok(format!("{} was started again ({how})", step.party))
}

fn end(step: &Step, material: &Material, process: Pid) -> Result<&'static str, StepError> {
    // A process that has just ended needs no signal; one that is stopped takes this one only when
    // it is killed or goes on.
    kill_process(process, Signal::TERM).ok();
    if gone(material, process, END_MS_MAX) {
        return Ok("it ended when it was told to");
    }
    kill_process(process, Signal::KILL).map_err(|error| failed(step, &error))?;
    if gone(material, process, KILL_MS_MAX) {
        return Ok("it had to be killed");
    }
    Err(failed(step, &"it does not end, not even when killed"))
}

fn gone(material: &Material, process: Pid, millis: u64) -> bool {
    let until = Instant::now() + Duration::from_millis(millis);
    while running::process_of(material.folder()) == Some(process) {
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(LOOK_MS));
    }
    true
}
