//! Sends requests that are refused, one after the other.

use super::press::Way;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "flood-requests", fault: "flood-of-requests", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "cca"]);
    let way = *bench.pick(&[Way::Refused, Way::Garbage]);
    let from = format!("127.0.0.{}", bench.chance.between(2, 250));
    let count = bench.chance.between(8, 16);
    let process = bench.press(party, way, &from, count)?;
    let what = format!(
        "{from} keeps {count} connections that send refused requests without pause at {party}"
    );
    Ok(Injected { processes: vec![process], ..bench.injected(INJECTOR.fault, party, what) })
}
