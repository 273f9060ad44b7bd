//! Revocation by CRL (RFC 5280 6.3): complete, partitioned, indirect and delta CRLs; and what they
//! and OCSP responses say together.

use jiff::{SignedDuration, Timestamp};

use super::{
    build::{self, Goal},
    error::PathError,
    explain,
    ocsp::{self, Answer},
    policy::PolicySettings,
    rule::Rule,
    work::Work,
};
use crate::{
    certificate::Certificate,
    crl::{Crl, Entry, Reason},
    extension::KeyUsage,
    general_name::GeneralName,
    limit::{REVOCATION_DEPTH_MAX, UNDATED_AGE_MAX},
    name::DistinguishedName,
    revocation_point::{DistributionPoint, IssuingPoint, PointName, Reasons},
};

/// Whose certificates need a CRL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RevokedBy {
    /// Nobody's: revocation is not checked.
    #[default]
    Nothing,
    /// Every certificate needs CRLs that cover all reasons, or an OCSP response.
    Crls,
    /// The leaf needs them; for the others they count if there are any.
    LeafOnly,
    /// Those whose issuer's keyUsage has cRLSign; for the others a CRL counts if there is one.
    IssuersCrls,
}

/// When a CRL is too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrlAge {
    /// Refuse a CRL whose thisUpdate is longer ago; `None`: nextUpdate decides alone.
    pub max: Option<SignedDuration>,
    /// Accept a CRL without nextUpdate, which RFC 5280 5.1.2.5 does not allow, for
    /// [`UNDATED_AGE_MAX`].
    pub next_update_optional: bool,
}

/// How revocation is checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct RevocationSettings {
    /// Which certificates need CRLs.
    pub by: RevokedBy,
    /// When a CRL is too old.
    pub age: CrlAge,
    /// Accept CRLs whose issuer is not the certificate's issuer, and lists for several issuers.
    pub indirect: bool,
    /// Refuse CRLs without a cRLNumber or with a critical one (RFC 5280 5.2.3).
    pub number_required: bool,
}

/// The state of RFC 5280 6.3.2.
struct Status {
    covered: Reasons,
    revoked: Option<Entry>,
    fresh_until: Timestamp,
}

/// Checks the certificate at `index` of `chain`; says until when the answer holds.
pub(super) fn check(
    chain: &[Certificate],
    index: usize,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<Timestamp, PathError> {
    let settings = goal.revocation;
    let certificate = &chain[index];
    let issuer_signs = chain[index + 1].key_usage().is_none_or(|u| u.contains(KeyUsage::CRL_SIGN));
    let required = match settings.by {
        RevokedBy::Nothing => return Ok(Timestamp::MAX),
        RevokedBy::Crls => true,
        RevokedBy::LeafOnly => index == 0,
        RevokedBy::IssuersCrls => issuer_signs,
    };
    let refuse = |rule| PathError::new(rule, index, certificate);
    let answer = ocsp::answer(chain, index, work, goal).map_err(refuse)?;
    if let Some(Answer::Revoked { at, reason, .. }) = answer {
        let detail = format!("by its OCSP responder, since {at}, reason {reason}");
        return Err(refuse(Rule::Revoked).with(detail).at("RFC 6960 2.2"));
    }
    let status = status_of(chain, index, work, goal).map_err(refuse)?;
    if let Some(entry) = status.revoked {
        let detail = format!("since {}, reason {}", entry.revoked_at, entry.reason);
        return Err(refuse(Rule::Revoked).with(detail));
    }
    match answer {
        Some(Answer::Good { until, .. }) => Ok(until.min(status.fresh_until)),
        _ if required && !status.covered.is_all() => {
            let why = explain::unknown(chain, index, work, goal);
            Err(refuse(Rule::RevocationUnknown).with(why))
        }
        _ => Ok(status.fresh_until),
    }
}

/// Does a CRL list the first certificate of `chain`?
pub(super) fn is_listed(
    chain: &[Certificate],
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<bool, Rule> {
    Ok(status_of(chain, 0, work, goal)?.revoked.is_some())
}

/// What keeps a CRL of the issuer from speaking of the certificate at `index`: a phrase.
pub(super) fn unusable(
    crl: &Crl,
    chain: &[Certificate],
    index: usize,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> String {
    let (now, settings) = (work.input.now, goal.revocation);
    if let Some(oid) = crl.unknown_critical() {
        return format!("has critical extension {oid}");
    }
    if crl.this_update() > now {
        return format!("is of {}, which is yet to come", crl.this_update());
    }
    if let Some(next) = crl.next_update().filter(|next| now > *next) {
        return format!("was due to be replaced at {next}");
    }
    if settings.number_required && !crl.has_plain_number() {
        return "has no cRLNumber, or a critical one".into();
    }
    if !is_usable(crl, now, settings) {
        return format!("is of {}, which is too long ago", crl.this_update());
    }
    if crl.base_number().is_some() {
        return "is a delta CRL, whose complete CRL is missing".into();
    }
    match is_signed(crl, chain, index, work, goal) {
        Ok(false) => "is not signed by a key that may sign it".into(),
        _ => "is for other certificates or other reasons".into(),
    }
}

/// RFC 5280 6.3.3: every distribution point, then the issuer itself as one.
fn status_of(
    chain: &[Certificate],
    index: usize,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<Status, Rule> {
    let certificate = &chain[index];
    let own = certificate.known().standard.crl_points.as_deref().unwrap_or_default();
    let delegated = !own.is_empty() && own.iter().all(|point| !point.crl_issuer.is_empty());
    let issuer = GeneralName::Directory(certificate.issuer().clone());
    let default = DistributionPoint {
        name: Some(PointName::Full(vec![issuer])),
        ..DistributionPoint::default()
    };
    let mut status = Status { covered: Reasons::NONE, revoked: None, fresh_until: Timestamp::MAX };
    // A certificate that leaves its revocation to others has no answer where others do not count.
    let default = (goal.revocation.indirect || !delegated).then_some(&default);
    for point in own.iter().chain(default) {
        for crl in work.crls.clone() {
            if status.revoked.is_some() || status.covered.is_all() {
                return Ok(status);
            }
            consider(crl, point, (chain, index), work, goal, &mut status)?;
        }
    }
    Ok(status)
}

/// RFC 5280 6.3.3 (a) to (l) for one complete CRL at one distribution point.
fn consider(
    crl: &Crl,
    point: &DistributionPoint,
    (chain, index): (&[Certificate], usize),
    work: &mut Work<'_>,
    goal: &Goal<'_>,
    status: &mut Status,
) -> Result<(), Rule> {
    let certificate = &chain[index];
    let usable = crl.base_number().is_none() && is_usable(crl, work.input.now, goal.revocation);
    if !usable || !is_from(crl, point, certificate) {
        return Ok(());
    }
    work.pair()?;
    if !in_scope(crl, point, certificate, goal.revocation.indirect) {
        return Ok(());
    }
    let some = crl.issuing_point().and_then(|idp| idp.only_some_reasons).unwrap_or(Reasons::ALL);
    let reasons = point.reasons.unwrap_or(Reasons::ALL).and(some);
    if !reasons.exceeds(status.covered) || !is_signed(crl, chain, index, work, goal)? {
        return Ok(());
    }
    let delta = find_delta(crl, (chain, index), work, goal)?;
    let look = |list: &Crl| list.entry(certificate.issuer(), certificate.serial());
    let entry = delta.as_ref().and_then(look).or_else(|| look(crl));
    status.revoked = entry.filter(|entry| entry.reason != Reason::RemoveFromCrl);
    status.covered = status.covered.or(reasons);
    for list in [Some(crl), delta.as_ref()].into_iter().flatten() {
        status.fresh_until = status.fresh_until.min(fresh_until(list, goal.revocation));
    }
    Ok(())
}

fn is_usable(crl: &Crl, now: Timestamp, settings: &RevocationSettings) -> bool {
    let on_time = match crl.next_update() {
        Some(next) => now <= next,
        None => settings.age.next_update_optional && now <= fresh_until(crl, settings),
    };
    let young = settings.age.max.is_none_or(|max| now.duration_since(crl.this_update()) <= max);
    let numbered = !settings.number_required || crl.has_plain_number();
    crl.unknown_critical().is_none() && crl.this_update() <= now && on_time && young && numbered
}

fn fresh_until(crl: &Crl, settings: &RevocationSettings) -> Timestamp {
    let after = |age| crl.this_update().checked_add(age).unwrap_or(Timestamp::MAX);
    let next = crl.next_update().unwrap_or_else(|| after(UNDATED_AGE_MAX));
    settings.age.max.map_or(next, |max| after(max).min(next))
}

/// RFC 5280 6.3.3 (b)(1): is it a CRL of the issuer, or of whom the point names instead?
fn is_from(crl: &Crl, point: &DistributionPoint, certificate: &Certificate) -> bool {
    if point.crl_issuer.is_empty() {
        crl.issuer() == certificate.issuer()
    } else {
        directory_names(&point.crl_issuer).any(|name| name == crl.issuer())
    }
}

/// RFC 5280 6.3.3 (b)(1) and (2).
fn in_scope(
    crl: &Crl,
    point: &DistributionPoint,
    certificate: &Certificate,
    indirect_allowed: bool,
) -> bool {
    let indirect = crl.issuing_point().is_some_and(|idp| idp.indirect);
    if indirect && !indirect_allowed {
        return false;
    }
    (indirect || point.crl_issuer.is_empty())
        && crl.issuing_point().is_none_or(|idp| {
            covers_kind(idp, certificate) && covers_point(idp, point, crl, certificate)
        })
}

/// RFC 5280 6.3.3 (b)(2)(ii) to (iv). A version 1 certificate does not say what it is.
fn covers_kind(idp: &IssuingPoint, certificate: &Certificate) -> bool {
    let is_ca = certificate.basic_constraints().ca;
    let says = certificate.version() == 3;
    let user = !idp.only_user_certs || (says && !is_ca);
    let ca = !idp.only_ca_certs || (says && is_ca);
    user && ca && !idp.only_attribute_certs
}

/// RFC 5280 6.3.3 (b)(2)(i): a name in common.
fn covers_point(
    idp: &IssuingPoint,
    point: &DistributionPoint,
    crl: &Crl,
    certificate: &Certificate,
) -> bool {
    let Some(idp_name) = &idp.name else { return true };
    let Some(listed) = full_names(idp_name, crl.issuer()) else { return false };
    let wanted = match &point.name {
        Some(name) => {
            let base = directory_names(&point.crl_issuer).next().unwrap_or(certificate.issuer());
            full_names(name, base)
        }
        None => Some(point.crl_issuer.clone()),
    };
    wanted.is_some_and(|wanted| wanted.iter().any(|name| listed.contains(name)))
}

/// The names of a point; a relative one is below `base`. `None` when it cannot be put together.
fn full_names(name: &PointName, base: &DistinguishedName) -> Option<Vec<GeneralName>> {
    match name {
        PointName::Full(names) => Some(names.clone()),
        PointName::Relative(rdn) => {
            let whole = base.with_relative(rdn).ok()?;
            Some(vec![GeneralName::Directory(whole)])
        }
    }
}

fn directory_names(names: &[GeneralName]) -> impl Iterator<Item = &DistinguishedName> {
    names.iter().filter_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    })
}

/// RFC 5280 6.3.3 (c): a delta CRL of the same scope that builds on this or an older CRL.
fn find_delta(
    base: &Crl,
    place: (&[Certificate], usize),
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<Option<Crl>, Rule> {
    let now = work.input.now;
    let mut best: Option<&Crl> = None;
    for delta in work.crls.clone() {
        let fits = delta.base_number().is_some()
            && builds_on(delta, base)
            && is_usable(delta, now, goal.revocation)
            && best.is_none_or(|best| delta.number() > best.number());
        if fits && is_signed(delta, place.0, place.1, work, goal)? {
            best = Some(delta);
        }
    }
    Ok(best.cloned())
}

fn builds_on(delta: &Crl, base: &Crl) -> bool {
    let numbers = match (delta.base_number(), base.number(), delta.number()) {
        (Some(from), Some(have), Some(now)) => from <= have && have < now,
        _ => false,
    };
    numbers
        && delta.issuer() == base.issuer()
        && delta.issuing_point() == base.issuing_point()
        && delta.authority_key_id() == base.authority_key_id()
}

/// RFC 5280 6.3.3 (f), (g): is the CRL signed by a key that may, of a certificate that leads to the
/// same anchor?
fn is_signed(
    crl: &Crl,
    chain: &[Certificate],
    index: usize,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<bool, Rule> {
    let anchor = &chain[chain.len() - 1];
    // The certificates above are validated already: this runs from the anchor down.
    for signer in &chain[index + 1..] {
        if may_sign(signer, crl) && passed(work.crl_signed(crl, signer))? {
            return Ok(true);
        }
    }
    for signer in work.input.pool.iter().chain(work.input.anchors) {
        if may_sign(signer, crl) && passed(work.crl_signed(crl, signer))? {
            // Two keys of one root, before and after its roll-over, speak for each other.
            let is_root =
                signer.subject() == anchor.subject() && work.input.anchors.contains(signer);
            let trusted = is_root || is_trusted(signer, anchor, work, goal)?;
            if trusted {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Validates the signer of a CRL, its own revocation included.
fn is_trusted(
    signer: &Certificate,
    anchor: &Certificate,
    work: &mut Work<'_>,
    goal: &Goal<'_>,
) -> Result<bool, Rule> {
    // A CRL may cover the certificate of its own signer (RFC 5280 5.2.5 with a cRLIssuer that
    // points at itself): what remains to be asked there is answered by the validation under way.
    if work.signers.contains(&signer.thumb()) {
        return Ok(true);
    }
    if work.signers.len() == REVOCATION_DEPTH_MAX {
        return Err(Rule::WorkLimit);
    }
    let policies = PolicySettings::default();
    let goal = Goal {
        anchors: std::slice::from_ref(anchor),
        policies: &policies,
        revocation: goal.revocation,
        key_usage: Some(KeyUsage::CRL_SIGN),
        purpose: None,
        whole: None,
    };
    work.signers.push(signer.thumb());
    let found = build::find(signer, work, &goal);
    work.signers.pop();
    match found {
        Ok(_) => Ok(true),
        Err(error) if error.rule == Rule::WorkLimit => Err(Rule::WorkLimit),
        Err(_) => Ok(false),
    }
}

fn may_sign(signer: &Certificate, crl: &Crl) -> bool {
    signer.subject() == crl.issuer()
        && signer.key_usage().is_none_or(|usage| usage.contains(KeyUsage::CRL_SIGN))
}

fn passed(verdict: Result<(), Rule>) -> Result<bool, Rule> {
    match verdict {
        Ok(()) => Ok(true),
        Err(Rule::WorkLimit) => Err(Rule::WorkLimit),
        Err(_) => Ok(false),
    }
}
