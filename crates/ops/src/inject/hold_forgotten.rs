//! Makes a purchase that is not captured, and sets the bank's record of the hold back by most of
//! its
//! time: as if days had passed.

use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;
use serde_json::{Value, json};

use counterfoil_party::records::Records as _;
use counterfoil_store::{Storage as _, Store};

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "hold-forgotten", fault: "authorization-never-captured", run };

const FILE: &str = "bank/state.sqlite";
const TABLE: &str = "bank_transaction";
/// Holds that are looked through.
const HOLDS_MAX: usize = 1_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let paid = bench.buy("2.00 USD")?;
    let xid = paid["xid"].as_str().ok_or_else(|| bench.failed("the purchase was refused"))?;
    let hours = i64::try_from(bench.chance.between(132, 160)).unwrap_or(150);
    bench.end("bank", Signal::TERM)?;
    let path = bench.path(FILE);
    let kept = bench.kept.keep(&path);
    kept.map_err(|error| bench.failed(error))?;
    let set_back = set_back(&path, xid, hours);
    let started = bench.start("bank");
    set_back.map_err(|cause| bench.failed(cause))?;
    started?;
    let what = format!("the hold of purchase {xid} is {hours} hours old and not captured");
    Ok(bench.injected(INJECTOR.fault, "merchant", what))
}

/// Makes the hold of a purchase older.
fn set_back(path: &std::path::Path, xid: &str, hours: i64) -> Result<(), String> {
    let mut store = Store::open(path).map_err(|error| error.to_string())?;
    let by = SignedDuration::from_hours(hours);
    store.begin_input();
    let holds = store.scan(TABLE, b"", None, HOLDS_MAX).map_err(|error| error.to_string())?;
    let mut found = 0;
    for (key, value) in holds {
        let mut hold: Value = serde_json::from_slice(&value).map_err(|error| error.to_string())?;
        if hold["xid"] != xid || hold["state"] != "held" {
            continue;
        }
        for field in ["at", "hold_until"] {
            let at = hold[field].as_str().and_then(|at| at.parse::<Timestamp>().ok());
            let at = at.ok_or_else(|| format!("the hold has no `{field}`"))?;
            hold[field] = json!(at - by);
            if field == "hold_until" {
                store.set_alarm(TABLE, &key, Some(at - by));
            }
        }
        store.put(TABLE, &key, hold.to_string().into_bytes());
        found += 1;
    }
    store.finish_input(true).map_err(|error| error.to_string())?;
    store.commit().map_err(|error| error.to_string())?;
    if found == 1 { Ok(()) } else { Err(format!("the bank has {found} such holds")) }
}
