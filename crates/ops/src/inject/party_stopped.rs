//! Stops a party, with nobody to start it again.

use std::time::{Duration, Instant};

use counterfoil_node::deployment::{Material, running};
use rustix::process::{Signal, kill_process};

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector = Injector { name: "party-stopped", fault: "party-down", run };

/// Time for a process to end.
const END_MS_MAX: u64 = 20_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank", "cca", "pca"]);
    let signal = *bench.pick(&[("SIGTERM", Signal::TERM), ("SIGKILL", Signal::KILL)]);
    let material = Material::at(&bench.hands.data, party).map_err(|error| bench.failed(error))?;
    let process = running::process_of(material.folder());
    let process = process.ok_or_else(|| bench.failed(format!("{party} does not run")))?;
    kill_process(process, signal.1).map_err(|error| bench.failed(error))?;
    let until = Instant::now() + Duration::from_millis(END_MS_MAX);
    while running::process_of(material.folder()).is_some() {
        if Instant::now() > until {
            return Err(bench.failed(format!("{party} does not end")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(bench.injected(INJECTOR.fault, party, format!("{party} ended by {}", signal.0)))
}
