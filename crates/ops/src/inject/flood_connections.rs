//! Opens many connections and says nothing on them.

use super::press::Way;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "flood-connections", fault: "flood-of-connections", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "cca"]);
    let from = format!("127.0.0.{}", bench.chance.between(2, 250));
    let count = bench.chance.between(120, 240);
    let process = bench.press(party, Way::Connections, &from, count)?;
    let what = format!("{from} keeps {count} connections on which nothing is said at {party}");
    Ok(Injected { processes: vec![process], ..bench.injected(INJECTOR.fault, party, what) })
}
