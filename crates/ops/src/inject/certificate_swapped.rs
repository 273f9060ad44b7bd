//! Puts certificates where they do not belong: of another role, another key, another name.

use jiff::{SignedDuration, Timestamp};

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider;
use counterfoil_crypto::suite::P256;
use counterfoil_node::deployment::layout;
use counterfoil_pki::general_name::GeneralName;
use counterfoil_pki::issue::{Issuer, Template, issue, profile};

use super::{Bench, InjectError, Injected, Injector};

pub(super) static ROLE: Injector =
    Injector { name: "certificate-of-another", fault: "certificate-wrong-role", run: role };
pub(super) static KEY: Injector =
    Injector { name: "pair-broken", fault: "key-mismatch", run: another_key };
pub(super) static NAME: Injector =
    Injector { name: "certificate-for-another-name", fault: "certificate-wrong-name", run: name };

pub(super) static OLD: Injector =
    Injector { name: "key-kept", fault: "key-rotation-overdue", run: old };

/// Days that a certificate of the laboratory is valid.
const DAYS: i64 = 90;
/// How long it has been.
const SINCE: SignedDuration = SignedDuration::from_mins(5);

fn role(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, from, to) = *bench.pick(&[
        ("gateway", "merchant/certs/signature.pem", "gateway/certs/signature.pem"),
        ("merchant", "gateway/certs/signature.pem", "merchant/certs/signature.pem"),
        ("gateway", "gateway/certs/exchange.pem", "gateway/certs/signature.pem"),
        ("mca", "cca/certs/issuing.pem", "mca/certs/issuing.pem"),
        ("gateway", "gateway/certs/signature.pem", "gateway/certs/tls.pem"),
    ]);
    let text = bench.read(from)?;
    bench.write(to, &text, 0o644)?;
    bench.reload(party);
    Ok(bench.injected(ROLE.fault, party, format!("{to} is a copy of {from}")))
}

fn another_key(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "bank", "mca"]);
    let pair = KeyPair::generate(&provider::AWS_LC, &P256, KeyUse::Sign, bench.chance.generator());
    let pair = pair.map_err(|error| bench.failed(error))?;
    let what = if bench.chance.below(2) == 0 {
        let name = format!("{party}/keys/tls.pem");
        bench.write(&name, pair.to_pkcs8_pem().expose().as_bytes(), 0o600)?;
        format!("{name} is a new key")
    } else {
        let key = pair.signing_key().map_err(|error| bench.failed(error))?;
        let names = own_names(bench, party)?;
        let name = certify(bench, party, names, key.spki_der(), SINCE)?;
        format!("{name} is for a new key")
    };
    bench.reload(party);
    Ok(bench.injected(KEY.fault, party, what))
}

fn name(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "bank", "mca"]);
    let other = *bench.pick(&["old.example", "gateway.invalid", "localhost.localdomain"]);
    let key = bench.material(party)?.signing_key(layout::TLS);
    let key = key.map_err(|error| bench.failed(error))?;
    let name = certify(bench, party, vec![GeneralName::Dns(other.into())], key.spki_der(), SINCE)?;
    bench.reload(party);
    Ok(bench.injected(NAME.fault, party, format!("{name} names {other}")))
}

fn old(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "bank", "mca"]);
    let days = bench.chance.between(420, 900);
    let key = bench.material(party)?.signing_key(layout::TLS);
    let key = key.map_err(|error| bench.failed(error))?;
    let names = own_names(bench, party)?;
    let since = SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or(500));
    let name = certify(bench, party, names, key.spki_der(), since)?;
    bench.reload(party);
    Ok(bench.injected(OLD.fault, party, format!("{name} is valid since {days} days")))
}

fn own_names(bench: &Bench, party: &str) -> Result<Vec<GeneralName>, InjectError> {
    let own = bench.material(party)?.certificate(layout::TLS);
    let (own, _) = own.map_err(|error| bench.failed(error))?;
    Ok(own.subject_alt_names().to_vec())
}

/// Has the deployment's TLS CA certify a key for a party, and puts that in its place.
fn certify(
    bench: &mut Bench,
    party: &str,
    names: Vec<GeneralName>,
    spki_der: &[u8],
    valid_since: SignedDuration,
) -> Result<String, InjectError> {
    let own = bench.material(party)?.certificate(layout::TLS);
    let (own, _) = own.map_err(|error| bench.failed(error))?;
    let ca = bench.material("root-ca")?;
    let (certificate, _) = ca.certificate(layout::TLS_CA).map_err(|error| bench.failed(error))?;
    let key = ca.signing_key(layout::TLS_CA).map_err(|error| bench.failed(error))?;
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
    let template = Template {
        subject: own.subject().clone(),
        profile: profile::tls_server(names),
        not_before: now - valid_since,
        not_after: now + SignedDuration::from_hours(24 * DAYS),
        signing_until: None,
    };
    let issuer = Issuer { certificate: &certificate, key: &*key };
    let made = issue(&template, &issuer, spki_der, bench.chance.generator());
    let made = made.map_err(|error| bench.failed(error))?;
    let name = format!("{party}/certs/{}.pem", layout::TLS);
    bench.write(&name, made.to_pem().as_bytes(), 0o644)?;
    Ok(name)
}
