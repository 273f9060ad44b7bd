//! Profile rules about certificates, CRLs and brand CRL identifiers: RFC 5280 and what updates it,
//! the CA/Browser Forum's requirements for TLS servers, SET's own.
//!
//! A rule is one file of the folder `rule`: what it says (a [`Kind`]), from when on it holds, and
//! the function that looks. Rules look at views, so that what [`crate::Certificate`] refuses can be
//! judged as well. None of them verifies a path or a signature.

mod found;
mod rule;
#[cfg(test)]
mod rule_tests;

use counterfoil_remark::{Kind, Remark, Severity};
use jiff::{Timestamp, civil::Date, tz::Offset};

pub use found::Found;

use crate::{
    bci::Bci,
    file::{Content, Item},
    oid,
    view::{CertificateView, CrlView},
};

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// RFC 5280, the algorithm profiles beside it and what updates them.
    Rfc5280,
    /// The Baseline Requirements for TLS server certificates.
    Cabf,
    /// SET, as Counterfoil speaks it.
    Set,
}

/// Which rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profiles {
    /// RFC 5280.
    pub rfc5280: bool,
    /// The CA/Browser Forum's rules for certificates of TLS servers.
    pub cabf: bool,
    /// SET's rules.
    pub set: SetProfile,
}

/// When SET's rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetProfile {
    /// Never.
    Never,
    /// To certificates that have an extension of SET.
    WhenMarked,
    /// To everything.
    Always,
}

impl Profiles {
    /// RFC 5280, and SET's where an extension of SET is there.
    pub const DEFAULT: Self = Self { rfc5280: true, cabf: false, set: SetProfile::WhenMarked };
    /// Everything.
    pub const ALL: Self = Self { rfc5280: true, cabf: true, set: SetProfile::Always };
    /// Nothing.
    pub const NONE: Self = Self { rfc5280: false, cabf: false, set: SetProfile::Never };

    fn has(self, source: Source, is_set: bool) -> bool {
        match source {
            Source::Rfc5280 => self.rfc5280,
            Source::Cabf => self.cabf,
            Source::Set => match self.set {
                SetProfile::Never => false,
                SetProfile::WhenMarked => is_set,
                SetProfile::Always => true,
            },
        }
    }
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Look {
    /// A certificate.
    Certificate(fn(&CertificateView, &mut Found<'_>)),
    /// A CRL.
    Crl(fn(&CrlView, &mut Found<'_>)),
    /// A brand CRL identifier.
    Bci(fn(&Bci, &mut Found<'_>)),
}

/// One rule.
pub struct Rule {
    /// What it says.
    pub kind: &'static Kind,
    /// Where it comes from.
    pub source: Source,
    /// What was issued before this day is not judged by it.
    pub since: Date,
    /// What it looks at.
    pub look: Look,
}

/// Is it a TLS server's certificate, or could it be one?
pub(crate) fn is_server(view: &CertificateView) -> bool {
    let purposes = view.known().standard.extended_key_usage.as_deref();
    let server = [oid::KP_SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE];
    !view.is_ca() && purposes.is_none_or(|list| list.iter().any(|p| server.contains(p)))
}

/// The day on which RFC 5280 came out.
pub(crate) const RFC5280: Date = jiff::civil::date(2008, 5, 1);

/// Most remarks that one item gets.
const REMARKS_MAX: usize = 1_000;

/// Judges `item` by every rule of `profiles`; worst first.
///
/// A key, a request or a bag has no rules: a bag's members are items of their own.
pub fn lint(item: &Item, now: Timestamp, profiles: Profiles) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let place = item.place.to_string();
    let (is_set, issued_at) = match &item.content {
        Content::Certificate(view) => (view.is_set(), view.not_before.at),
        Content::Crl(view) => (false, view.this_update.at),
        Content::Bci(bci) => (true, Some(bci.not_before())),
        _ => return remarks,
    };
    let issued_on = issued_at.map(|at| Offset::UTC.to_datetime(at).date());
    for rule in rule::all() {
        let too_early = issued_on.is_some_and(|day| day < rule.since);
        if too_early || !profiles.has(rule.source, is_set) || remarks.len() >= REMARKS_MAX {
            continue;
        }
        let mut found = Found::new(rule.kind, &place, now, issued_on, &mut remarks);
        match (rule.look, &item.content) {
            (Look::Certificate(look), Content::Certificate(view)) => look(view, &mut found),
            (Look::Crl(look), Content::Crl(view)) => look(view, &mut found),
            (Look::Bci(look), Content::Bci(bci)) => look(bci, &mut found),
            _ => {}
        }
    }
    remarks.truncate(REMARKS_MAX);
    remarks.sort_by_key(|remark| std::cmp::Reverse(remark.severity));
    remarks
}

/// What every rule says, in the order of the reference page.
pub fn kinds() -> Vec<&'static Kind> {
    rule::all().iter().map(|rule| rule.kind).collect()
}

/// Is anything in `remarks` at least as severe as `severity`?
pub fn is_found(remarks: &[Remark], severity: Severity) -> bool {
    remarks.iter().any(|remark| remark.severity >= severity)
}
