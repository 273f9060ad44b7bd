//! Validating one chain from the anchor down (RFC 5280 6.1.3 to 6.1.5).

use jiff::Timestamp;

use super::{
    ValidatedPath,
    build::Goal,
    error::PathError,
    name_constraint::NameState,
    policy::{Policies, PolicyState},
    revocation,
    rule::Rule,
    work::Work,
};
use crate::{
    certificate::Certificate,
    extension::{KeyUsage, Known},
    oid,
};

/// Checks `chain` (leaf first, anchor last), whose signatures are verified already.
pub(super) fn validate_chain(
    chain: &[Certificate],
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<ValidatedPath, PathError> {
    let count = chain.len() - 1;
    let anchor = &chain[count];
    let now = work.input.now;
    let mut names = NameState::default();
    let mut policies = PolicyState::new(goal.policies, count);
    let mut length = PathLength::below(anchor, count);
    let mut valid_until = Timestamp::MAX;
    names.constrain(anchor);
    check_anchor(anchor, count, work)?;
    check_depth(chain, work)?;
    for index in (0..count).rev() {
        let certificate = &chain[index];
        let refuse = |rule| PathError::new(rule, index, certificate);
        check_validity(certificate, now).map_err(refuse)?;
        let until = revocation::check(chain, index, work, goal)?;
        valid_until = valid_until.min(until).min(certificate.not_after());
        if index == 0 || !certificate.is_self_issued() {
            names.check(certificate, work).map_err(|(rule, name)| refuse(rule).with(name))?;
        }
        policies.process(certificate, index == 0).map_err(refuse)?;
        if index > 0 {
            policies.prepare_next(certificate).map_err(refuse)?;
            names.constrain(certificate);
            check_issuer(certificate).map_err(refuse)?;
            length.pass(certificate).map_err(refuse)?;
        }
        check_critical(certificate, goal, index)?;
    }
    let leaf = &chain[0];
    let refuse = |rule| PathError::new(rule, 0, leaf);
    let policies = match count {
        0 => Policies::Any,
        _ => policies.finish(leaf, goal.policies).map_err(refuse)?,
    };
    check_use(leaf, goal).map_err(refuse)?;
    if let Some(whole) = goal.whole {
        whole(chain, now)?;
    }
    Ok(ValidatedPath { chain: chain.to_vec(), valid_until, policies })
}

/// What is asked of an anchor: that it may sign, and, where it is asked for, that it is valid.
fn check_anchor(anchor: &Certificate, index: usize, work: &Work<'_>) -> Result<(), PathError> {
    let refuse = |rule| PathError::new(rule, index, anchor);
    if index > 0 {
        check_signer(anchor).map_err(refuse)?;
    }
    if work.input.settings.anchor_validity || index == 0 {
        check_validity(anchor, work.input.now).map_err(refuse)?;
    }
    Ok(())
}

/// The CA certificates between leaf and anchor; those that a CA issued to itself do not count.
fn check_depth(chain: &[Certificate], work: &Work<'_>) -> Result<(), PathError> {
    let Some(max) = work.input.settings.depth_max else { return Ok(()) };
    let between = chain.iter().skip(1).take(chain.len().saturating_sub(2));
    let depth = between.filter(|certificate| !certificate.is_self_issued()).count();
    if depth <= max {
        return Ok(());
    }
    let error = PathError::new(Rule::Depth, 0, &chain[0]);
    Err(error.with(format!("{depth} instead of {max}")))
}

/// What can be told of an intermediate certificate without the path that it stands in.
pub(super) fn may_stand_between(certificate: &Certificate, now: Timestamp) -> Result<(), Rule> {
    check_validity(certificate, now)?;
    check_issuer(certificate)
}

/// max_path_length (RFC 5280 6.1.2 (k)), started with the anchor's own constraint (RFC 5937).
struct PathLength(usize);

impl PathLength {
    fn below(anchor: &Certificate, count: usize) -> Self {
        let own = anchor.basic_constraints().path_len_max;
        Self(own.map_or(count, |max| count.min(max as usize)))
    }

    /// RFC 5280 6.1.4 (l), (m).
    fn pass(&mut self, certificate: &Certificate) -> Result<(), Rule> {
        if !certificate.is_self_issued() {
            self.0 = self.0.checked_sub(1).ok_or(Rule::PathLength)?;
        }
        if let Some(max) = certificate.basic_constraints().path_len_max {
            self.0 = self.0.min(max as usize);
        }
        Ok(())
    }
}

/// RFC 5280 6.1.3 (a)(2).
fn check_validity(certificate: &Certificate, now: Timestamp) -> Result<(), Rule> {
    if now < certificate.not_before() {
        return Err(Rule::NotYetValid);
    }
    // The last second of validity counts as a whole.
    if now.as_second() > certificate.not_after().as_second() {
        return Err(Rule::Expired);
    }
    Ok(())
}

/// RFC 5280 6.1.4 (k), (n): may this certificate have signed the next?
fn check_issuer(certificate: &Certificate) -> Result<(), Rule> {
    if certificate.version() != 3 || !certificate.basic_constraints().ca {
        return Err(Rule::IssuerNotCa);
    }
    check_signer(certificate)
}

fn check_signer(certificate: &Certificate) -> Result<(), Rule> {
    match certificate.key_usage() {
        Some(usage) if !usage.contains(KeyUsage::KEY_CERT_SIGN) => Err(Rule::KeyUsage),
        _ => Ok(()),
    }
}

/// RFC 5280 6.1.4 (o) and 6.1.5 (f).
fn check_critical(
    certificate: &Certificate,
    goal: &Goal<'_>,
    index: usize,
) -> Result<(), PathError> {
    let critical = certificate.extensions().iter().filter(|extension| extension.critical);
    for extension in critical {
        // A purpose that nobody asks for is a restriction that nobody enforces.
        let purpose_unasked =
            index == 0 && extension.oid == oid::EXTENDED_KEY_USAGE && goal.purpose.is_none();
        if !Known::is_known(&extension.oid) || purpose_unasked {
            let error = PathError::new(Rule::CriticalExtension, index, certificate);
            return Err(error.with(extension.oid));
        }
    }
    Ok(())
}

/// The leaf may be used as asked (RFC 5280 4.2.1.3, 4.2.1.12).
fn check_use(leaf: &Certificate, goal: &Goal<'_>) -> Result<(), Rule> {
    if let (Some(wanted), Some(allowed)) = (goal.key_usage, leaf.key_usage())
        && !allowed.contains(wanted)
    {
        return Err(Rule::KeyUsage);
    }
    if let (Some(purpose), Some(allowed)) =
        (goal.purpose, &leaf.known().standard.extended_key_usage)
        && !allowed.contains(&purpose)
        && !allowed.contains(&oid::ANY_EXTENDED_KEY_USAGE)
    {
        return Err(Rule::ExtendedKeyUsage);
    }
    Ok(())
}
