//! `reload`: has a party read its files, and start again where that is what it takes.

use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};
use serde::de::IgnoredAny;

use counterfoil_doctor::Step;
use counterfoil_node::deployment::{Material, running};

use super::{Hands, StepError, Work, failed, start_party, touches_nothing};

pub(super) static WORK: Work = Work {
    verb: "reload",
    undo: "the party reads the files that were put back",
    touches: touches_nothing,
    run,
};

/// Longest wait for a party that is ending what it has begun, when its settings cannot be read.
const DRAIN_MS: u64 = 5_000;
/// Time for a party to end.
const END_MS_MAX: u64 = 20_000;
const LOOK_MS: u64 = 20;

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let material = hands.party(step)?;
    let Some(process) = running::process_of(material.folder()) else {
        // It reads them when it is started.
        return Ok(format!("{} does not run", step.party));
    };
    let config = material.config::<IgnoredAny>();
    let drain = config.map_or(DRAIN_MS, |config| config.node.queue.drain_ms_max);
    let heard = running::reload_and_hear(material.folder(), process, Duration::from_millis(drain));
    let heard = heard.ok_or_else(|| failed(step, &"it cannot be told"))?;
    if let Some(refused) = heard.refused.first() {
        return Err(failed(step, &format!("it refuses its files: {}", refused.reason)));
    }
    if !heard.restart_needed.is_empty() {
        restart(hands, step, &material)?;
        return Ok(format!("{} was started again", step.party));
    }
    if heard.is_done {
        return Ok(format!("{} uses what its files say", step.party));
    }
    Err(failed(step, &"it does not say what came of it"))
}

/// Ends a party and sees that it runs again.
fn restart(hands: &Hands, step: &Step, material: &Material) -> Result<(), StepError> {
    let Some(process) = running::process_of(material.folder()) else {
        return start_party::start(hands, step);
    };
    // One that has just ended needs no signal.
    kill_process(process, Signal::TERM).ok();
    let until = Instant::now() + Duration::from_millis(END_MS_MAX);
    while running::process_of(material.folder()) == Some(process) {
        if Instant::now() > until {
            return Err(failed(step, &"it does not end"));
        }
        std::thread::sleep(Duration::from_millis(LOOK_MS));
    }
    start_party::start(hands, step)
}
