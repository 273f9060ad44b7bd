//! Has the gateway work from a copy of its records that is some purchases old.

use std::time::Duration;

use rustix::process::Signal;

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "older-records", fault: "books-disagree", run };

const FILE: &str = "gateway/state.sqlite";
/// Files beside the records that belong to one moment of them.
const BESIDE: [&str; 2] = ["gateway/state.sqlite-wal", "gateway/state.sqlite-shm"];
/// Time after which books no longer settle.
const SETTLED_MS: u64 = 31_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    bench.end("gateway", Signal::TERM)?;
    let older = bench.read(FILE)?;
    bench.start("gateway")?;
    let purchases = bench.chance.between(1, 3);
    for _ in 0..purchases {
        bench.buy("2.00 USD")?;
    }
    std::thread::sleep(Duration::from_millis(SETTLED_MS));
    bench.end("gateway", Signal::TERM)?;
    bench.write(FILE, &older, 0o600)?;
    for file in BESIDE {
        // A process that ended in order has left none.
        std::fs::remove_file(bench.path(file)).ok();
    }
    bench.start("gateway")?;
    let what = format!("the gateway has its records from before the last {purchases} purchases");
    Ok(bench.injected(INJECTOR.fault, "gateway", what))
}
