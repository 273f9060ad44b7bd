//! `raise-open-files`: lets the process of a party have more files open.

use rustix::process::{Resource, Rlimit, prlimit};

use counterfoil_doctor::Step;
use counterfoil_node::deployment::running;

use super::{Hands, StepError, Work, argument, failed, touches_nothing, wrong};

pub(super) static WORK: Work = Work {
    verb: "raise-open-files",
    undo: "none is needed: a higher limit changes nothing else",
    touches: touches_nothing,
    run,
};

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let wanted = argument(step, "limit")?.parse::<u64>();
    let wanted = wanted.map_err(|_| wrong(step, "limit", "it is not a number"))?;
    let material = hands.party(step)?;
    let process = running::process_of(material.folder());
    let process = process.ok_or_else(|| failed(step, &"it does not run"))?;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.as_raw_nonzero()));
    let limits = limits.map_err(|error| failed(step, &error))?;
    let (_, hard) = crate::survey::open_file_limits(&limits)
        .ok_or_else(|| failed(step, &"the kernel does not say its limits"))?;
    let maximum = (hard != u64::MAX).then_some(hard);
    let new = Rlimit { current: Some(wanted), maximum };
    prlimit(Some(process), Resource::Nofile, new).map_err(|error| failed(step, &error))?;
    Ok(format!("{} may have {wanted} files open", step.party))
}
