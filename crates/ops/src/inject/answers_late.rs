//! Makes some purchases, has the relay in front of a party delay what passes, and makes some more.

use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "answers-late", fault: "latency-risen", run };

/// Purchases before and after.
const PURCHASES: usize = 8;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["bank", "gateway"]);
    let delay_ms = bench.chance.between(500, 1_200);
    for _ in 0..PURCHASES {
        bench.buy("0.10 USD")?;
    }
    bench.relay(party, Act { delay_ms, ..Act::default() })?;
    for _ in 0..PURCHASES {
        bench.buy("0.10 USD")?;
    }
    let what = format!("what passes to and from {party} comes {delay_ms} ms later");
    Ok(bench.injected(INJECTOR.fault, party, what))
}
