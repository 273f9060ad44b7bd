//! Has what stands in front of a party lose long pieces, as a path whose MTU nobody is told.

use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "path-mtu", fault: "large-messages-lost", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank"]);
    // With a bank only the handshake can be compared, whose longest piece is the first.
    let most = if party == "bank" { 1_450 } else { 8_000 };
    let longest = bench.chance.between(1_300, most);
    let octets = usize::try_from(longest).unwrap_or(usize::MAX);
    bench.relay(party, Act { longest_piece: Some(octets), ..Act::default() })?;
    let what = format!("in front of {party}, pieces of more than {longest} octets are lost");
    Ok(bench.injected(INJECTOR.fault, party, what))
}
