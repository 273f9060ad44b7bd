//! Renews the TLS certificate of a party and tells the party nothing.

use super::forgery::By;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "certificate-replaced", fault: "certificate-not-reloaded", run };

const PARTIES: [&str; 5] = ["gateway", "merchant", "bank", "cca", "pca"];

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&PARTIES);
    let (leaf, key) = bench.imitate(party, By::RealCa)?;
    bench.write(&format!("{party}/keys/tls.pem"), key.to_pkcs8_pem().expose().as_bytes(), 0o600)?;
    bench.write(&format!("{party}/certs/tls.pem"), leaf.to_pem().as_bytes(), 0o644)?;
    Ok(bench.injected(
        INJECTOR.fault,
        party,
        format!("{party} was not told of its new certificate"),
    ))
}
