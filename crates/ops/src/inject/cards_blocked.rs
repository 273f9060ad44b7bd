//! Makes some purchases, has the bank block every card, and tries some more.

use rustix::process::Signal;
use serde_json::{Value, json};

use counterfoil_party::records::Records as _;
use counterfoil_store::{Storage as _, Store};

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "cards-blocked", fault: "success-rate-fallen", run };

const TABLE: &str = "bank_card";
/// Purchases before and after.
const PURCHASES: usize = 12;
/// Cards that are blocked.
const CARDS_MAX: usize = 1_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    for _ in 0..PURCHASES {
        bench.buy("0.10 USD")?;
    }
    let reason = *bench.pick(&["restricted", "lost", "stolen"]);
    bench.end("bank", Signal::TERM)?;
    let path = bench.path("bank/state.sqlite");
    let kept = bench.kept.keep(&path);
    kept.map_err(|error| bench.failed(error))?;
    let blocked = block(&path, reason);
    let started = bench.start("bank");
    let cards = blocked.map_err(|cause| bench.failed(cause))?;
    started?;
    for _ in 0..PURCHASES {
        bench.buy("0.10 USD")?;
    }
    let what = format!("the bank blocked {cards} cards as {reason}");
    Ok(bench.injected(INJECTOR.fault, "bank", what))
}

fn block(path: &std::path::Path, reason: &str) -> Result<usize, String> {
    let mut store = Store::open(path).map_err(|error| error.to_string())?;
    store.begin_input();
    let cards = store.scan(TABLE, b"", None, CARDS_MAX).map_err(|error| error.to_string())?;
    let count = cards.len();
    for (key, value) in cards {
        let mut card: Value = serde_json::from_slice(&value).map_err(|error| error.to_string())?;
        card["status"] = json!({ "blocked": reason });
        store.put(TABLE, &key, card.to_string().into_bytes());
    }
    store.finish_input(true).map_err(|error| error.to_string())?;
    store.commit().map_err(|error| error.to_string())?;
    Ok(count)
}
