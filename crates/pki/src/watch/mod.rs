//! What a deployment or a list of hosts depends on: facts in, remarks and ends out.
//!
//! Nothing is read here: whoever gathers the facts says as well what could not be read. One rule
//! is one file with its kinds and a line in [`CHECKS`].

mod chain;
mod freshness;
mod key_match;
mod names;
mod reuse;
mod staple;
mod stop;
mod strength;
mod unseen;
mod validity;
mod version;

pub use stop::{Stop, stops};

use counterfoil_remark::{Kind, Remark, Severity};
use jiff::{SignedDuration, Timestamp};

use crate::{
    bci::Bci, certificate::Certificate, crl::Crl, host::HostName, ocsp::OcspResponse,
    purpose::Purpose,
};

/// Everything that was seen, and what could not be.
#[derive(Debug, Default)]
pub struct Facts {
    /// Certificates that are in use somewhere.
    pub holdings: Vec<Holding>,
    /// CRLs and lists of CRLs, as each place holds them.
    pub lists: Vec<List>,
    /// What could not be read.
    pub unseen: Vec<Unseen>,
}

/// A certificate in use, with all that decides whether it can go on being used.
#[derive(Debug, Clone)]
pub struct Holding {
    /// Where it is: `gateway/certs/exchange.pem`, `shop.example:443`.
    pub place: String,
    /// The certificate first, then what came along, as it was found.
    pub chain: Vec<Certificate>,
    /// What it is used for; `None` for one that is only trusted.
    pub purpose: Option<&'static Purpose>,
    /// SubjectPublicKeyInfo of the private key beside it, where one was looked at.
    pub key: Option<Vec<u8>>,
    /// Hosts under which peers reach it.
    pub names: Vec<HostName>,
    /// What those who verify it trust.
    pub anchors: Vec<Certificate>,
    /// CA certificates that those who verify it have besides.
    pub pool: Vec<Certificate>,
    /// CRLs that those who verify it have.
    pub crls: Vec<Crl>,
    /// OCSP responses about it.
    pub ocsp: Vec<OcspResponse>,
    /// Was it shown by a server, whose clients have only what it shows?
    pub served: bool,
    /// Did the server staple an OCSP response? `None` where that was not looked at.
    pub stapled: Option<bool>,
    /// The newest version of TLS that the server speaks, as on the wire: 0x0303 is TLS 1.2.
    pub newest_tls: Option<u16>,
    /// What stops when it can no longer be used.
    pub serves: Vec<String>,
}

impl Holding {
    /// One that is at `place`, with nothing else known of it.
    pub fn at(place: impl Into<String>, chain: Vec<Certificate>) -> Self {
        Self {
            place: place.into(),
            chain,
            purpose: None,
            key: None,
            names: Vec::new(),
            anchors: Vec::new(),
            pool: Vec::new(),
            crls: Vec::new(),
            ocsp: Vec::new(),
            served: false,
            stapled: None,
            newest_tls: None,
            serves: Vec::new(),
        }
    }
}

/// A list of what is revoked, or of which lists are current.
#[derive(Debug, Clone)]
pub enum Published {
    /// A CRL.
    Crl(Crl),
    /// A brand's list of current CRLs.
    Bci(Bci),
}

impl Published {
    /// Whose it is, in words.
    pub fn name(&self) -> String {
        match self {
            Self::Crl(crl) => format!("CRL of `{}`", crl.issuer()),
            Self::Bci(bci) => format!("list of CRLs of brand `{}`", bci.brand()),
        }
    }

    /// From when it counts.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Crl(crl) => crl.this_update(),
            Self::Bci(bci) => bci.not_before(),
        }
    }

    /// Until when it counts; `None` when it does not say.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Crl(crl) => crl.next_update(),
            Self::Bci(bci) => Some(bci.not_after()),
        }
    }
}

/// A list at one place.
#[derive(Debug, Clone)]
pub struct List {
    /// Where it is: `merchant/crls/root-ca.pem`, `http://ca.example/ca.crl`.
    pub place: String,
    /// The list.
    pub published: Published,
    /// What stops when it no longer counts.
    pub serves: Vec<String>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Where it should be.
    pub place: String,
    /// Why it could not be read: one phrase.
    pub why: String,
}

/// When an end is near.
#[derive(Debug, Clone, Copy)]
pub struct Margins {
    /// An end within this time is a warning.
    pub soon: SignedDuration,
    /// An end within this time is an error.
    pub urgent: SignedDuration,
}

impl Default for Margins {
    fn default() -> Self {
        Self {
            soon: SignedDuration::from_hours(30 * 24),
            urgent: SignedDuration::from_hours(7 * 24),
        }
    }
}

/// The moment of the judgement, and when an end is near.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The time of the judgement.
    pub now: Timestamp,
    /// When an end is near.
    pub margins: Margins,
}

/// A rule: what it can say, and what it says of the facts.
pub(crate) struct Check {
    kinds: &'static [&'static Kind],
    run: fn(&Facts, &View) -> Vec<Remark>,
}

/// Every rule.
static CHECKS: [&Check; 10] = [
    &validity::CHECK,
    &chain::CHECK,
    &freshness::CHECK,
    &staple::CHECK,
    &version::CHECK,
    &strength::CHECK,
    &key_match::CHECK,
    &names::CHECK,
    &reuse::CHECK,
    &unseen::CHECK,
];

/// Everything that can be remarked, for the reference page.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    CHECKS.iter().flat_map(|check| check.kinds.iter().copied())
}

/// Judges the facts: the worst first, then by place.
pub fn judge(facts: &Facts, view: &View) -> Vec<Remark> {
    let mut remarks: Vec<Remark> =
        CHECKS.iter().flat_map(|check| (check.run)(facts, view)).collect();
    remarks.sort_by(|a, b| {
        let key = |r: &Remark| (std::cmp::Reverse(r.severity), r.subject.clone(), r.id);
        key(a).cmp(&key(b))
    });
    remarks
}

/// How bad an end at `until` is, and in words how far away: `in 3 days`, `2 hours ago`.
fn end(until: Timestamp, view: &View) -> (Option<Severity>, String) {
    let left = until.duration_since(view.now);
    let severity = if left < view.margins.urgent {
        Some(Severity::Error)
    } else if left < view.margins.soon {
        Some(Severity::Warning)
    } else {
        None
    };
    (severity, words(left))
}

/// A duration for people.
pub fn words(left: SignedDuration) -> String {
    let seconds = left.as_secs().unsigned_abs();
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    match left.is_negative() {
        true => format!("{number} {unit}{plural} ago"),
        false => format!("in {number} {unit}{plural}"),
    }
}

/// How a certificate is called in a sentence.
fn called(certificate: &Certificate) -> String {
    if certificate.subject().is_empty() {
        return format!("thumb {}", certificate.thumb());
    }
    format!("`{certificate}`")
}
