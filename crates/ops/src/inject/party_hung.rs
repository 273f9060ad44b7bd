//! Stops a party's process where it stands: it keeps its records and answers nobody.

use rustix::process::{Signal, kill_process};

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector = Injector { name: "party-hung", fault: "party-hung", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank", "cca"]);
    let process = bench.process(party)?;
    kill_process(process, Signal::STOP).map_err(|error| bench.failed(error))?;
    let what = format!("{party}'s process {} got SIGSTOP", process.as_raw_nonzero());
    Ok(bench.injected(INJECTOR.fault, party, what))
}
