//! `renew-tls-key`: makes a new key in the place of that of a TLS server, and has the deployment's
//! CA certify it as the old one was.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use counterfoil_crypto::digest::sha256;
use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider;
use counterfoil_crypto::suite::P256;
use counterfoil_doctor::Step;
use counterfoil_node::rng::SystemRng;
use counterfoil_pki::issue::{Issuer, Renewal};

use super::{Hands, StepError, Work, argument, failed, keep, wrong};
use crate::holding;

pub(super) static WORK: Work =
    Work { verb: "renew-tls-key", undo: "the old key and certificate are put back", touches, run };

/// How far the new validity begins before now, for clocks that are behind.
const BACKDATING_HOURS: i64 = 1;
/// Hours that the certificate of a TLS server is valid.
const VALID_HOURS: i64 = 366 * 24;

/// The certificate and the key.
fn files(hands: &Hands, step: &Step) -> Result<(PathBuf, PathBuf), StepError> {
    let certificate = hands.file(step, "file")?;
    let name = certificate.file_name();
    let party = certificate.parent().filter(|folder| folder.ends_with("certs"));
    let (Some(name), Some(party)) = (name, party.and_then(|folder| folder.parent())) else {
        return Err(wrong(step, "file", "it is no certificate of a party"));
    };
    let key = party.join("keys").join(name);
    Ok((certificate, key))
}

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    let (certificate, key) = files(hands, step)?;
    Ok(vec![certificate, key])
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let (file, key_file) = files(hands, step)?;
    let is_broken = |cause: String| failed(step, &cause);
    let chain = holding::read(&file).map_err(is_broken)?;
    let old = chain.first().ok_or_else(|| failed(step, &"the file holds no certificate"))?;
    if hex::encode(sha256(old.der())) != argument(step, "sha256")? {
        return Ok(format!("{} is another one already", step.arguments["file"]));
    }
    if !old.roles().is_empty() || old.basic_constraints().ca {
        return Err(wrong(step, "file", "it is not the certificate of a TLS server"));
    }
    let holdings = holding::all(&hands.data).map_err(is_broken)?;
    let signer = holding::signer(&hands.data, &holdings, old);
    let signer = signer
        .ok_or_else(|| failed(step, &format!("the key of `{}` is not here", old.issuer())))?;
    let rng = &mut SystemRng::new();
    let pair = KeyPair::generate(&provider::AWS_LC, &P256, KeyUse::Sign, rng)
        .map_err(|error| failed(step, &error))?;
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let from = now - SignedDuration::from_hours(BACKDATING_HOURS);
    let until = now.checked_add(SignedDuration::from_hours(VALID_HOURS)).unwrap_or(Timestamp::MAX);
    let until = until.min(signer.certificate.not_after());
    let renewal = Renewal { key: Some(pair.spki_der()), ..Renewal::of(old, from, until) };
    let issuer = Issuer { certificate: &signer.certificate, key: &*signer.key };
    let new = renewal.issue(&issuer, rng).map_err(|error| failed(step, &error))?;
    let above = chain.iter().skip(1).map(counterfoil_pki::Certificate::to_pem);
    let text: String = std::iter::once(new.to_pem()).chain(above).collect();
    let pem = pair.to_pkcs8_pem();
    keep::write(&key_file, pem.expose().as_bytes(), 0o600).map_err(|error| failed(step, &error))?;
    keep::write(&file, text.as_bytes(), 0o644).map_err(|error| failed(step, &error))?;
    Ok(format!("{} has a new key, certified until {until}", step.arguments["file"]))
}
