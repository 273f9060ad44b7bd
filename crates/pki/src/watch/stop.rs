//! Which payments stop when: the first end of everything that each of them stands on.

use jiff::Timestamp;

use super::{Facts, Holding, View};
use crate::{
    certificate::Certificate,
    path::{Rule, ValidatedPath},
    purpose::{self, Question},
};

/// Something that stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// When; in the past or now, when it has stopped.
    pub at: Timestamp,
    /// What stops: `all purchases of brand Acme`.
    pub what: String,
    /// What ends then: a certificate, a CRL.
    pub because: String,
    /// Where that is.
    pub place: String,
}

/// The first end for each thing that stops, the earliest first.
pub fn stops(facts: &Facts, view: &View) -> Vec<Stop> {
    let mut all: Vec<Stop> = Vec::new();
    for holding in &facts.holdings {
        let Some((at, because)) = first_end(holding, view) else { continue };
        for what in &holding.serves {
            let (what, because) = (what.clone(), because.clone());
            all.push(Stop { at, what, because, place: holding.place.clone() });
        }
    }
    for list in &facts.lists {
        let Some(at) = list.published.until() else { continue };
        for what in &list.serves {
            let because = format!("the {} ends", list.published.name());
            all.push(Stop { at, what: what.clone(), because, place: list.place.clone() });
        }
    }
    all.sort_by(|a, b| (&a.at, &a.what, &a.place).cmp(&(&b.at, &b.what, &b.place)));
    let mut first: Vec<Stop> = Vec::new();
    for stop in all {
        if !first.iter().any(|other| other.what == stop.what) {
            first.push(stop);
        }
    }
    first
}

/// When the holding can no longer be used, and why.
fn first_end(holding: &Holding, view: &View) -> Option<(Timestamp, String)> {
    let leaf = holding.chain.first()?;
    let Some(purpose) = holding.purpose else { return Some(end_of(leaf)) };
    let pool = [&holding.chain[1..], &holding.pool].concat();
    let answer = purpose::judge(&Question {
        leaf,
        pool: &pool,
        anchors: &holding.anchors,
        crls: &holding.crls,
        ocsp: &holding.ocsp,
        now: view.now,
        purpose,
        name: None,
        depth_max: None,
    });
    match answer {
        Ok(valid) => {
            let ends = valid.path.chain.iter().map(end_of);
            let (at, because) = ends.min_by_key(|(at, _)| *at)?;
            // A list that was relied on may end before every certificate.
            if valid.path.valid_until < at {
                return Some((valid.path.valid_until, list_that_ends(holding, &valid.path)));
            }
            Some((at, because))
        }
        Err(error) if error.rule == Rule::Expired => {
            let mut all = holding.chain.iter().chain(&holding.pool).chain(&holding.anchors);
            let ended = all.find(|c| c.subject().to_string() == error.subject);
            let at = ended.map_or(view.now, Certificate::not_after);
            Some((at.min(view.now), format!("the certificate of `{}` has ended", error.subject)))
        }
        // Nobody could say whether it still counts: that alone stops nothing.
        Err(error) if error.rule == Rule::RevocationUnknown => Some(end_of(leaf)),
        Err(error) => Some((view.now, format!("`{}`: {}", error.subject, error.wrong()))),
    }
}

/// Which list was relied on and ends first.
fn list_that_ends(holding: &Holding, path: &ValidatedPath) -> String {
    let mut crls = holding.crls.iter();
    match crls.find(|crl| crl.next_update() == Some(path.valid_until)) {
        Some(crl) => format!("the CRL of `{}` ends", crl.issuer()),
        None => "an OCSP response ends".into(),
    }
}

fn end_of(certificate: &Certificate) -> (Timestamp, String) {
    let name = super::called(certificate);
    (certificate.not_after(), format!("the certificate of {name} ends"))
}
