//! Building a path from a pool: depth first, each step proved by a signature, work bounded.

use super::{
    ChainCheck, PathInput, ValidatedPath, check, error::PathError, policy::PolicySettings,
    revocation::RevocationSettings, rule::Rule, work::Work,
};
use crate::{certificate::Certificate, extension::KeyUsage, oid::Oid};

/// What a path is wanted for.
pub(super) struct Goal<'a> {
    pub(super) anchors: &'a [Certificate],
    pub(super) policies: &'a PolicySettings,
    pub(super) revocation: &'a RevocationSettings,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) purpose: Option<Oid>,
    pub(super) whole: Option<ChainCheck>,
}

impl<'a> Goal<'a> {
    /// The question that the caller asked.
    pub(super) fn leaf(input: &PathInput<'a>) -> Self {
        let settings = input.settings;
        Self {
            anchors: input.anchors,
            policies: &settings.policies,
            revocation: &settings.revocation,
            key_usage: settings.key_usage,
            purpose: settings.purpose,
            whole: settings.whole,
        }
    }
}

/// The most telling failure so far: a complete path's above a bad signature's above a dead end's.
#[derive(Default)]
struct Failure {
    best: Option<(u8, PathError)>,
}

impl Failure {
    const DEAD_END: u8 = 1;
    const SIGNATURE: u8 = 2;
    const VALIDATION: u8 = 3;
    const WORK: u8 = 4;

    fn note(&mut self, rank: u8, error: PathError) {
        if self.best.as_ref().is_none_or(|(best, _)| rank > *best) {
            self.best = Some((rank, error));
        }
    }
}

/// Finds and validates a path from `leaf` to one of the goal's anchors.
pub(super) fn find(
    leaf: &Certificate,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<ValidatedPath, PathError> {
    let pool_max = work.limits().pool_max;
    if work.input.pool.len() > pool_max {
        let error = PathError::new(Rule::WorkLimit, 0, leaf);
        return Err(error.with(format!("more than {pool_max} certificates")));
    }
    let mut failure = Failure::default();
    let mut path = vec![leaf.clone()];
    if work.input.settings.anchor_as_leaf
        && goal.anchors.contains(leaf)
        && let Some(found) = complete(&path, work, goal, &mut failure)
    {
        return Ok(found);
    }
    match extend(&mut path, work, goal, &mut failure) {
        Some(found) => Ok(found),
        None => Err(match failure.best {
            Some((_, error)) => error,
            None => PathError::new(Rule::IssuerUnknown, 0, leaf).with(dead_end(leaf)),
        }),
    }
}

/// Tries every issuer of the last certificate of `path`: anchors first, then the pool.
fn extend(
    path: &mut Vec<Certificate>,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
    failure: &mut Failure,
) -> Option<ValidatedPath> {
    let index = path.len() - 1;
    let last = path[index].clone();
    let anchors = issuers(&last, goal.anchors, work.input.now);
    let others = issuers(&last, work.input.pool, work.input.now);
    if anchors.is_empty() && others.is_empty() {
        let error = PathError::new(Rule::IssuerUnknown, index, &last);
        failure.note(Failure::DEAD_END, error.with(dead_end(&last)));
    }
    let anchors = anchors.into_iter().map(|candidate| (candidate, true));
    for (candidate, is_anchor) in anchors.chain(others.into_iter().map(|other| (other, false))) {
        if work.step().is_err() {
            failure.note(Failure::WORK, PathError::new(Rule::WorkLimit, index, &last));
            return None;
        }
        if !is_anchor && repeats(path, candidate) {
            continue;
        }
        if !is_anchor && path.len() == work.limits().certificates_max {
            let error = PathError::new(Rule::WorkLimit, index, &last);
            let why = format!("more than {} certificates in a row", path.len());
            failure.note(Failure::SIGNATURE, error.with(why));
            continue;
        }
        if let Err(rule) = work.certificate_signed(&last, candidate) {
            let rank = if rule == Rule::WorkLimit { Failure::WORK } else { Failure::SIGNATURE };
            failure.note(rank, PathError::new(rule, index, &last));
            continue;
        }
        if !is_anchor && let Err(rule) = check::may_stand_between(candidate, work.input.now) {
            failure.note(Failure::VALIDATION, PathError::new(rule, index + 1, candidate));
            continue;
        }
        path.push(candidate.clone());
        let found = if is_anchor {
            complete(path, work, goal, failure)
        } else {
            extend(path, work, goal, failure)
        };
        if found.is_some() {
            return found;
        }
        path.pop();
    }
    None
}

fn dead_end(last: &Certificate) -> String {
    if last.is_self_issued() {
        "it is its own issuer, and is not trusted".into()
    } else {
        format!("none of `{}` was given", last.issuer())
    }
}

fn complete(
    path: &[Certificate],
    work: &mut Work<'_>,
    goal: &Goal<'_>,
    failure: &mut Failure,
) -> Option<ValidatedPath> {
    if work.attempt().is_err() {
        failure.note(Failure::WORK, PathError::new(Rule::WorkLimit, 0, &path[0]));
        return None;
    }
    match check::validate_chain(path, work, goal) {
        Ok(found) => Some(found),
        Err(error) => {
            let work_limit = error.rule == Rule::WorkLimit;
            failure.note(if work_limit { Failure::WORK } else { Failure::VALIDATION }, error);
            None
        }
    }
}

/// The certificates whose subject is the issuer of `of`: first those whose key identifier agrees,
/// and of these those that are valid now.
fn issuers<'c>(
    of: &Certificate,
    among: &'c [Certificate],
    now: jiff::Timestamp,
) -> Vec<&'c Certificate> {
    let mut found: Vec<&Certificate> = among
        .iter()
        .filter(|candidate| candidate.subject() == of.issuer() && *candidate != of)
        .collect();
    let valid = |candidate: &Certificate| check::may_stand_between(candidate, now).is_ok();
    if found.len() > 1 {
        found.sort_by_key(|candidate| (!key_id_agrees(of, candidate), !valid(candidate)));
    }
    found
}

/// Does the authorityKeyIdentifier of `of` point at `issuer`? A hint only: signatures decide.
fn key_id_agrees(of: &Certificate, issuer: &Certificate) -> bool {
    let Some(id) = &of.known().standard.authority_key_id else { return true };
    let key = match (&id.key_id, issuer.subject_key_id()) {
        (Some(wanted), Some(have)) => wanted.as_slice() == have,
        _ => true,
    };
    key && id.serial.as_ref().is_none_or(|serial| serial.as_slice() == issuer.serial())
}

/// Is a certificate of the same subject and key in the path already?
fn repeats(path: &[Certificate], candidate: &Certificate) -> bool {
    path.iter().any(|on_path| {
        on_path.spki_der() == candidate.spki_der() && on_path.subject() == candidate.subject()
    })
}
