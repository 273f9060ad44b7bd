//! Ends a party again and again, and starts it each time.

use rustix::process::Signal;

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "restart-loop", fault: "restart-loop", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank", "pca"]);
    let times = bench.chance.between(4, 5);
    for _ in 0..times {
        bench.end(party, Signal::KILL)?;
        bench.start(party)?;
    }
    let what = format!("{party} was killed and started {times} times");
    Ok(bench.injected(INJECTOR.fault, party, what))
}
