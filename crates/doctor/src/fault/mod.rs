//! The catalogue: ways for a deployment to be broken. One is one file of its class's folder and
//! one line in that folder's `mod.rs`.
//!
//! A fault's file says everything about it. Its doc comment is its page of the handbook and what
//! `counterfoil explain` prints, so it is written for the person on call: what it is and why it
//! matters, then the sections of [`SECTIONS`].

pub mod attack;
pub mod compatibility;
pub mod configuration;
pub mod operation;
pub mod vulnerability;

use serde::Serialize;

use crate::fact::Facts;
use crate::finding::Case;
use crate::plan::Step;

/// Sections that each page has, in this order.
pub const SECTIONS: [&str; 5] = [
    "## How it shows",
    "## How it is confirmed",
    "## How it is repaired",
    "## How the repair is proved",
    "## How the laboratory causes it",
];

/// What follows where two parties do not reach each other: for `explains` of such faults.
pub(crate) const AFTER_A_BROKEN_LINK: &[&str] = &[
    "payment-in-doubt",
    "reversal-never-delivered",
    "backlog-growing",
    "success-rate-fallen",
    "latency-risen",
    "party-not-ready",
];

/// What kind of trouble a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Somebody is doing it.
    Attack,
    /// Somebody could use it.
    Vulnerability,
    /// Somebody set it up wrongly.
    Configuration,
    /// Two sides do not speak alike.
    Compatibility,
    /// It came while working.
    Operation,
}

impl Class {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attack => "attack",
            Self::Vulnerability => "vulnerability",
            Self::Configuration => "configuration",
            Self::Compatibility => "compatibility",
            Self::Operation => "operation",
        }
    }
}

/// An entry of the catalogue.
pub struct Fault {
    /// Stable id in kebab-case.
    pub id: &'static str,
    /// What kind of trouble.
    pub class: Class,
    /// One sentence that is so when the fault is there.
    pub title: &'static str,
    /// The fault's own file, for its page: `include_str!`.
    pub source: &'static str,
    /// What people see of it, in their words, for the index of symptoms.
    pub symptoms: &'static [&'static str],
    /// Faults that this one causes where both touch the same thing.
    pub explains: &'static [&'static str],
    /// Kinds of facts without which it cannot be looked for.
    pub needs: &'static [&'static str],
    /// Is it there? Empty when it is not.
    pub look: fn(&Facts) -> Vec<Case>,
    /// The repair of one case.
    pub plan: fn(&Facts, &Case) -> Vec<Step>,
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fault").field("id", &self.id).finish_non_exhaustive()
    }
}

impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// Every fault, by class.
pub fn catalogue() -> Vec<&'static Fault> {
    let classes = [
        attack::FAULTS,
        vulnerability::FAULTS,
        configuration::FAULTS,
        compatibility::FAULTS,
        operation::FAULTS,
    ];
    classes.concat()
}

/// The fault with an id.
pub fn named(id: &str) -> Option<&'static Fault> {
    catalogue().into_iter().find(|fault| fault.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_page_with_all_sections_in_order() {
        for fault in catalogue() {
            let page = fault.page();
            let places: Vec<_> = SECTIONS.iter().map(|section| page.find(section)).collect();
            assert!(places.iter().all(Option::is_some), "{}: a section is missing", fault.id);
            assert!(places.is_sorted(), "{}: sections are out of order", fault.id);
            assert!(page.starts_with(fault.title), "{}: the page begins with the title", fault.id);
        }
    }

    #[test]
    fn ids_are_unique_and_what_is_explained_exists() {
        let catalogue = catalogue();
        let mut ids: Vec<_> = catalogue.iter().map(|fault| fault.id).collect();
        for fault in &catalogue {
            for other in fault.explains {
                assert!(ids.contains(other), "{} explains unknown {other}", fault.id);
            }
            for kind in fault.needs {
                let known = crate::fact::KINDS.iter().any(|entry| entry.name == *kind);
                assert!(known, "{} needs unknown facts {kind}", fault.id);
            }
            assert!(!fault.symptoms.is_empty(), "{} has no symptom", fault.id);
        }
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
