//! `reissue-certificate`: issues a certificate anew for the same key, subject and extensions by the
//! key of its CA, and puts it wherever the old one is held.
//!
//! Where another party holds a good one of the same key already, that one is taken.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use counterfoil_doctor::Step;
use counterfoil_node::rng::SystemRng;
use counterfoil_pki::Certificate;
use counterfoil_pki::issue::{Issuer, Renewal};

use super::{Hands, StepError, Work, argument, failed, keep};
use crate::holding::{self, Holding};

pub(super) static WORK: Work = Work {
    verb: "reissue-certificate",
    undo: "the old certificate is put back wherever it was",
    touches,
    run,
};

/// How far the new validity begins before now, for clocks that are behind.
const BACKDATING_HOURS: i64 = 1;
/// Validity of what had none to go by.
const HOURS_MIN: i64 = 24;

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    let holdings = holding::all(&hands.data).map_err(|error| failed(step, &error))?;
    let Some(old) = holding::by_digest(&holdings, argument(step, "sha256")?) else {
        return Ok(Vec::new());
    };
    let with_it = holdings.into_iter().filter(|holding| holding.certificates.contains(&old));
    Ok(with_it.map(|holding| holding.path).collect())
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let holdings = holding::all(&hands.data).map_err(|error| failed(step, &error))?;
    let Some(old) = holding::by_digest(&holdings, argument(step, "sha256")?) else {
        return Ok("nobody holds the old certificate any more".to_owned());
    };
    let now = Timestamp::now();
    let new = match heir(&holdings, &old, now) {
        Some(heir) => heir,
        None => issue(hands, step, &holdings, &old, now)?,
    };
    let mut places = 0;
    for holding in holdings.iter().filter(|holding| holding.certificates.contains(&old)) {
        let text = holding::replaced(&holding.text, &old, &new);
        keep::write(&holding.path, text.as_bytes(), 0o644).map_err(|error| failed(step, &error))?;
        places += 1;
    }
    let (subject, until) = (new.common_name().unwrap_or("it"), new.not_after());
    let files = if places == 1 { "1 file".to_owned() } else { format!("{places} files") };
    Ok(format!("{subject} has a certificate until {until}, in {files}"))
}

/// A certificate of the same key and subject that is valid for as long as the old one was meant to
/// be, or longer than it.
fn heir(holdings: &[Holding], old: &Certificate, now: Timestamp) -> Option<Certificate> {
    let all = holdings.iter().flat_map(|holding| &holding.certificates);
    let mut heirs = all.filter(|other| {
        *other != old
            && other.subject() == old.subject()
            && other.issuer() == old.issuer()
            && other.spki_der() == old.spki_der()
            && other.signature_algorithm_der() == old.signature_algorithm_der()
            && other.not_before() <= now
            && other.not_after() > now.max(old.not_after())
    });
    heirs.next().cloned()
}

fn issue(
    hands: &Hands,
    step: &Step,
    holdings: &[Holding],
    old: &Certificate,
    now: Timestamp,
) -> Result<Certificate, StepError> {
    let signer = holding::signer(&hands.data, holdings, old);
    let signer = signer
        .ok_or_else(|| failed(step, &format!("the key of `{}` is not here", old.issuer())))?;
    let ca = &signer.certificate;
    let (from, until) = validity(old, ca, now);
    if until <= now {
        return Err(failed(step, &format!("its CA's own certificate ended {}", ca.not_after())));
    }
    let renewal = Renewal::of(old, from, until);
    let issuer = Issuer { certificate: ca, key: &*signer.key };
    renewal.issue(&issuer, &mut SystemRng::new()).map_err(|error| failed(step, &error))
}

/// As long as the old one was valid, but no longer than the CA.
fn validity(old: &Certificate, ca: &Certificate, now: Timestamp) -> (Timestamp, Timestamp) {
    let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let from = second - SignedDuration::from_hours(BACKDATING_HOURS);
    let length = old.not_after().duration_since(old.not_before());
    let length = length.max(SignedDuration::from_hours(HOURS_MIN));
    let until = second.checked_add(length).unwrap_or(Timestamp::MAX);
    if old.is_self_issued() {
        return (from, until);
    }
    (from.max(ca.not_before()), until.min(ca.not_after()))
}
