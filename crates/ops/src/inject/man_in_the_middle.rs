//! Puts somebody between a party and whoever calls it, with a certificate for the right name.

use super::forgery::By;
use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "man-in-the-middle", fault: "certificate-forged", run };

const PARTIES: [&str; 3] = ["gateway", "merchant", "bank"];

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&PARTIES);
    let (by, who) =
        *bench.pick(&[(By::Stranger, "a CA of its own"), (By::RealCa, "the stolen TLS CA")]);
    let shown = bench.forge(party, by)?;
    bench.relay(party, Act { tls: Some(shown), ..Act::default() })?;
    let what = format!("somebody in front of {party} ends TLS with a certificate of {who}");
    Ok(bench.injected(INJECTOR.fault, party, what))
}
