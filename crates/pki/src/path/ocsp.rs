//! Revocation by OCSP response (RFC 6960 3.2, 4.2.2).

use std::fmt;

use jiff::Timestamp;

use super::{
    PathInput, PathSettings, WeakAlgorithms, build::Goal, revocation, rule::Rule, work::Work,
};
use crate::{
    certificate::Certificate,
    crl::Reason,
    limit::UNDATED_AGE_MAX,
    ocsp::{CertStatus, OcspResponse, ResponseStatus, Single},
    oid::{self, Oid},
};

/// What the responses say of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Good { since: Timestamp, until: Timestamp },
    Unknown { since: Timestamp },
    Revoked { since: Timestamp, at: Timestamp, reason: Reason },
}

impl Answer {
    fn since(self) -> Timestamp {
        match self {
            Self::Good { since, .. } | Self::Unknown { since } | Self::Revoked { since, .. } => {
                since
            }
        }
    }

    /// The newest answer counts; of two of one time the worse.
    fn order(self) -> (Timestamp, u8) {
        let badness = match self {
            Self::Good { .. } => 0,
            Self::Unknown { .. } => 1,
            Self::Revoked { .. } => 2,
        };
        (self.since(), badness)
    }
}

/// Why a response says nothing of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unusable {
    Status(ResponseStatus),
    OtherCertificate,
    Critical(Oid),
    ProducedOutside(Timestamp),
    Early(Timestamp),
    Late(Timestamp),
    Old(Timestamp),
    ResponderUnknown(String),
    Signature,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "says {}", status.name()),
            Self::OtherCertificate => f.write_str("speaks of another certificate"),
            Self::Critical(oid) => write!(f, "has critical extension {oid}"),
            Self::ProducedOutside(at) => {
                write!(f, "was produced at {at}, outside of the certificate's validity")
            }
            Self::Early(at) => write!(f, "holds from {at} on"),
            Self::Late(at) => write!(f, "held until {at}"),
            Self::Old(at) => write!(f, "is of {at} and names no end"),
            Self::ResponderUnknown(responder) => {
                write!(f, "is of `{responder}`, who may not answer for the issuer")
            }
            Self::Signature => f.write_str("is not signed by its responder"),
        }
    }
}

/// Was `response` signed by one who may answer for `issuer`, which issued `certificate`: the issuer
/// itself, or whom it has certified for that (RFC 6960 4.2.2.2)? SHA-1 counts on responses; what
/// the response says, and until when, is not looked at.
///
/// # Errors
/// A sentence's end that says why not: `is not signed by its responder`.
pub fn response_signed(
    response: &OcspResponse,
    (certificate, issuer): (&Certificate, &Certificate),
    pool: &[Certificate],
    now: Timestamp,
) -> Result<(), String> {
    let (settings, weak) = (PathSettings::default(), WeakAlgorithms::default());
    let input = PathInput {
        leaf: certificate,
        pool,
        anchors: std::slice::from_ref(issuer),
        crls: &[],
        ocsp: &[],
        now,
        settings: &settings,
        signatures: &weak,
    };
    let chain = [certificate.clone(), issuer.clone()];
    let signer = check_signer(response, (&chain, 0), &mut Work::new(&input), &Goal::leaf(&input));
    match signer {
        Ok(Ok(())) => Ok(()),
        Ok(Err(unusable)) => Err(unusable.to_string()),
        Err(rule) => Err(format!("asks for more work than is done ({})", rule.id())),
    }
}

/// What all responses together say of the certificate at `index`.
pub(super) fn answer(
    chain: &[Certificate],
    index: usize,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<Option<Answer>, Rule> {
    let mut best: Option<Answer> = None;
    for response in work.input.ocsp {
        work.pair()?;
        let Ok(answer) = judge(response, (chain, index), work, goal)? else { continue };
        if best.is_none_or(|best| answer.order() > best.order()) {
            best = Some(answer);
        }
    }
    Ok(best)
}

/// One response: its dates and extensions first, its signature last.
pub(super) fn judge(
    response: &OcspResponse,
    (chain, index): (&[Certificate], usize),
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<Result<Answer, Unusable>, Rule> {
    let (certificate, issuer) = (&chain[index], &chain[index + 1]);
    let found = match read(response, certificate, issuer, work.input.now, goal) {
        Ok(found) => found,
        Err(unusable) => return Ok(Err(unusable)),
    };
    Ok(check_signer(response, (chain, index), work, goal)?.map(|()| found))
}

/// The worst that the response says of the certificate at `now`.
fn read(
    response: &OcspResponse,
    certificate: &Certificate,
    issuer: &Certificate,
    now: Timestamp,
    goal: &Goal<'_>,
) -> Result<Answer, Unusable> {
    let basic = response.basic().ok_or(Unusable::Status(response.status()))?;
    if response.status() != ResponseStatus::Successful {
        return Err(Unusable::Status(response.status()));
    }
    if let Some(oid) = basic.unknown_critical {
        return Err(Unusable::Critical(oid));
    }
    let valid = certificate.not_before()..=certificate.not_after();
    if !valid.contains(&basic.produced_at) {
        return Err(Unusable::ProducedOutside(basic.produced_at));
    }
    if basic.produced_at > now {
        return Err(Unusable::Early(basic.produced_at));
    }
    let mut best: Result<Answer, Unusable> = Err(Unusable::OtherCertificate);
    for single in basic.singles.iter().filter(|single| single.id.means(certificate, issuer)) {
        match (read_single(single, now, goal), &best) {
            (Ok(answer), Ok(other)) if badness(answer) <= badness(*other) => {}
            (Err(_), Ok(_)) => {}
            (read, _) => best = read,
        }
    }
    best
}

fn badness(answer: Answer) -> u8 {
    answer.order().1
}

fn read_single(single: &Single, now: Timestamp, goal: &Goal<'_>) -> Result<Answer, Unusable> {
    if let Some(oid) = single.unknown_critical {
        return Err(Unusable::Critical(oid));
    }
    let since = single.this_update;
    if since > now {
        return Err(Unusable::Early(since));
    }
    let end = match single.next_update {
        Some(next) => next,
        // RFC 6960 4.2.2.1: newer information is always available; this is how long it may take.
        None => since.checked_add(UNDATED_AGE_MAX).unwrap_or(Timestamp::MAX),
    };
    let by_age = goal.revocation.age.max.and_then(|max| since.checked_add(max).ok());
    let until = by_age.map_or(end, |limit| limit.min(end));
    if now > until {
        let named = single.next_update.filter(|next| now > *next);
        return Err(named.map_or(Unusable::Old(since), Unusable::Late));
    }
    Ok(match single.status {
        CertStatus::Good => Answer::Good { since, until },
        CertStatus::Unknown => Answer::Unknown { since },
        CertStatus::Revoked { at, reason } => Answer::Revoked { since, at, reason },
    })
}

/// RFC 6960 4.2.2.2: the issuer itself, or whom it has certified for that, directly.
fn check_signer(
    response: &OcspResponse,
    (chain, index): (&[Certificate], usize),
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<Result<(), Unusable>, Rule> {
    let Some(responder) = response.responder() else { return Ok(Err(Unusable::Signature)) };
    let issuer = &chain[index + 1];
    if responder.is(issuer) {
        let signed = passed(work.ocsp_signed(response, issuer))?;
        return Ok(if signed { Ok(()) } else { Err(Unusable::Signature) });
    }
    let mut verdict = Err(Unusable::ResponderUnknown(responder.to_string()));
    for candidate in response.certificates().iter().chain(work.input.pool) {
        let named = responder.is(candidate) && candidate.issuer() == issuer.subject();
        if !named || !is_delegate(candidate, work.input.now) {
            continue;
        }
        if !passed(work.certificate_signed(candidate, issuer))? {
            continue;
        }
        if !passed(work.ocsp_signed(response, candidate))? {
            verdict = Err(Unusable::Signature);
        } else if !is_revoked(candidate, (chain, index), work, goal)? {
            return Ok(Ok(()));
        }
    }
    Ok(verdict)
}

/// id-kp-OCSPSigning has to be named: anyExtendedKeyUsage is not enough.
fn is_delegate(candidate: &Certificate, now: Timestamp) -> bool {
    let standard = &candidate.known().standard;
    let named = standard.extended_key_usage.as_ref();
    let critical = candidate.extensions().iter().filter(|extension| extension.critical);
    named.is_some_and(|purposes| purposes.contains(&oid::KP_OCSP_SIGNING))
        && candidate.not_before() <= now
        && now <= candidate.not_after()
        && critical.into_iter().all(|e| crate::extension::Known::is_known(&e.oid))
}

/// Does a CRL list the responder? With id-pkix-ocsp-nocheck it is not asked.
fn is_revoked(
    responder: &Certificate,
    (chain, index): (&[Certificate], usize),
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<bool, Rule> {
    if work.crls.is_empty() || responder.known().standard.ocsp_no_check {
        return Ok(false);
    }
    let mut below = vec![responder.clone()];
    below.extend_from_slice(&chain[index + 1..]);
    revocation::is_listed(&below, work, goal)
}

fn passed(verdict: Result<(), Rule>) -> Result<bool, Rule> {
    match verdict {
        Ok(()) => Ok(true),
        Err(Rule::WorkLimit) => Err(Rule::WorkLimit),
        Err(_) => Ok(false),
    }
}
