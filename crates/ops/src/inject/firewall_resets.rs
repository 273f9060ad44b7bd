//! Has what stands in front of a party break connections after so many octets.

use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "firewall-resets", fault: "connection-reset", run };

/// Less than a handshake has, both ways.
const HANDSHAKE_BYTES: u64 = 1_200;
/// Less than a payment's messages have.
const MESSAGES_BYTES: u64 = 9_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank"]);
    let most = if party == "bank" { HANDSHAKE_BYTES } else { MESSAGES_BYTES };
    let after = bench.chance.between(0, most);
    bench.relay(party, Act { reset_after: Some(after), ..Act::default() })?;
    let what = format!("in front of {party}, connections are broken after {after} octets");
    Ok(bench.injected(INJECTOR.fault, party, what))
}
