//! Takes a root out of a party's trust, or puts a foreign one into it.

use jiff::{SignedDuration, Timestamp};

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider;
use counterfoil_crypto::suite::P256;
use counterfoil_pki::issue::{Template, profile, self_sign};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};

use super::{Bench, InjectError, Injected, Injector};

pub(super) static MISSING: Injector =
    Injector { name: "root-removed", fault: "trust-root-missing", run: remove };
pub(super) static FOREIGN: Injector =
    Injector { name: "root-added", fault: "trust-root-foreign", run: add };

const FILES: [(&str, &str); 5] = [
    ("gateway", "gateway/trust/root.pem"),
    ("merchant", "merchant/trust/root.pem"),
    ("merchant", "merchant/trust/tls-ca.pem"),
    ("gateway", "gateway/trust/tls-ca.pem"),
    ("mca", "mca/trust/root.pem"),
];
/// Days that a root of the laboratory is valid.
const DAYS: i64 = 3_650;

fn remove(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, file) = *bench.pick(&FILES);
    let what = if bench.chance.below(2) == 0 {
        let path = bench.path(file);
        let removed = bench.kept.keep(&path).and_then(|()| std::fs::remove_file(&path));
        removed.map_err(|error| bench.failed(error))?;
        "is gone"
    } else {
        bench.write(file, b"", 0o644)?;
        "is empty"
    };
    bench.reload(party);
    Ok(bench.injected(MISSING.fault, party, format!("{file} {what}")))
}

fn add(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, file) = *bench.pick(&FILES);
    let is_tls = file.ends_with("tls-ca.pem");
    let root = foreign(bench, is_tls)?;
    let before = bench.read(file)?;
    let (what, text) = match bench.chance.below(2) {
        0 => ("holds a foreign root too", [before, root.into_bytes()].concat()),
        _ => ("holds a foreign root instead", root.into_bytes()),
    };
    bench.write(file, &text, 0o644)?;
    bench.reload(party);
    Ok(bench.injected(FOREIGN.fault, party, format!("{file} {what}")))
}

fn foreign(bench: &mut Bench, is_tls: bool) -> Result<String, InjectError> {
    let rng = bench.chance.generator();
    let pair = KeyPair::generate(&provider::AWS_LC, &P256, KeyUse::Sign, rng);
    let key = pair.and_then(|pair| pair.signing_key()).map_err(|error| bench.failed(error))?;
    let parts = [
        (AttributeKind::Organization, "SET Root"),
        (AttributeKind::CommonName, if is_tls { "Deployment TLS CA" } else { "Root CA 1" }),
    ];
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
    let template = Template {
        subject: DistinguishedName::of(&parts).map_err(|error| bench.failed(error))?,
        profile: if is_tls { profile::tls_ca() } else { profile::root(None) },
        not_before: now - SignedDuration::from_hours(1),
        not_after: now + SignedDuration::from_hours(24 * DAYS),
        signing_until: None,
    };
    let made = self_sign(&template, &*key, bench.chance.generator());
    Ok(made.map_err(|error| bench.failed(error))?.to_pem())
}
