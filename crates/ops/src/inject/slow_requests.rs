//! Sends requests that never end.

use super::press::Way;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "slow-requests", fault: "slow-requests", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "cca"]);
    let from = format!("127.0.0.{}", bench.chance.between(2, 250));
    let count = bench.chance.between(40, 120);
    let process = bench.press(party, Way::Slow, &from, count)?;
    let what = format!("{from} keeps {count} requests that never end at {party}");
    Ok(Injected { processes: vec![process], ..bench.injected(INJECTOR.fault, party, what) })
}
