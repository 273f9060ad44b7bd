//! Starts a party from a changed copy of the program.

use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "program-replaced", fault: "program-changed", run };

/// Time for the copy to hold the party's records.
const START_MS_MAX: u64 = 20_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank", "cca"]);
    let copy = bench.path("lab/changed-program");
    let mut octets = std::fs::read(&bench.hands.executable).map_err(|error| bench.failed(error))?;
    octets.push(0);
    bench.write("lab/changed-program", &octets, 0o755)?;
    bench.end(party, Signal::TERM)?;
    let mut command = Command::new(copy);
    command.args(["serve", party, "--data"]).arg(&bench.hands.data);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|error| bench.failed(error))?;
    bench.wait(START_MS_MAX, || bench.process(party).is_ok(), "the copy does not start")?;
    bench.start(party)?;
    Ok(bench.injected(INJECTOR.fault, party, format!("{party} runs a changed copy of the program")))
}
