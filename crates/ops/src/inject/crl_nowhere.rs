//! Has a CA issue a certificate again with a distribution point where nobody listens.

use counterfoil_pki::extension::Extension;
use counterfoil_pki::oid::Oid;

use super::reissue::{TLS_FILES, hours, now, pick};
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "crl-nowhere", fault: "crl-unreachable", run };

/// cRLDistributionPoints (RFC 5280 4.2.1.13).
const DISTRIBUTION_POINTS: Oid = Oid::from_arcs(&[2, 5, 29, 31]);
/// From the name of a URI outwards: fullName, distributionPoint, the point, the list.
const TAGS: [u8; 5] = [0x86, 0xa0, 0xa0, 0x30, 0x30];
/// Hours that the certificate is valid.
const VALID_HOURS: u64 = 300 * 24;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let file = pick(bench, &TLS_FILES)?;
    // Ports below 20 belong to services that are no longer run.
    let uri = format!("http://127.0.0.1:{}/tls-ca.crl", bench.chance.between(1, 19));
    let mut value = uri.clone().into_bytes();
    for tag in TAGS {
        let length = u8::try_from(value.len()).map_err(|error| bench.failed(error))?;
        value.splice(..0, [tag, length]);
    }
    let points = Extension { oid: DISTRIBUTION_POINTS, critical: false, value };
    bench.reissue(file, (now() - hours(1), now() + hours(VALID_HOURS)), vec![points])?;
    let owner = "root-ca";
    Ok(bench.injected(INJECTOR.fault, owner, format!("{file} names {uri}, where nobody listens")))
}
