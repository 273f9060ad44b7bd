//! Takes a protection away in a party's settings.

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "setting-weakened", fault: "files-changed-behind", run };

const CHANGES: [(&str, &str, &str); 4] = [
    ("gateway", "node.tls_key_log", "\"tls.keys\""),
    ("merchant", "node.tls_key_log", "\"tls.keys\""),
    ("gateway", "party.message_age_ms_max", "864000000"),
    ("merchant", "party.message_age_ms_max", "90000000"),
];

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, key, value) = *bench.pick(&CHANGES);
    bench.set(party, key, value)?;
    Ok(bench.injected(INJECTOR.fault, party, format!("{key} of {party} is {value}")))
}
