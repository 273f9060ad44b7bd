//! Has what stands in front of a party swallow what passes.

use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "firewall-drops", fault: "packets-dropped", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank"]);
    let (act, what) = match bench.chance.below(3) {
        0 => (Act { swallow_requests: true, ..Act::default() }, "what is said to it"),
        1 => (Act { swallow_answers: true, ..Act::default() }, "what it says"),
        _ => (Act { swallow: true, ..Act::default() }, "everything"),
    };
    bench.relay(party, act)?;
    Ok(bench.injected(INJECTOR.fault, party, format!("in front of {party}, {what} is swallowed")))
}
