//! Which groups a server agrees on keys with, and in whose order it chooses.

use super::{Inquiry, Step};
use crate::{
    Version,
    message::KeyShare,
    probe::{
        Answer, Facts, Offer,
        facts::{GroupFacts, Order},
        offer,
    },
    suite::{self, KeyExchange},
};

/// Offers all groups, takes out what is chosen, and at last turns the order around.
pub(super) struct Groups {
    version: Version,
    suites: Vec<u16>,
    left: Vec<u16>,
    found: GroupFacts,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Search,
    Reverse,
    Done,
}

impl Groups {
    /// The groups of TLS 1.3.
    pub(super) fn of_tls13() -> Self {
        let suites = offer::portions(Version::TLS13).concat();
        Self::of(Version::TLS13, suites, offer::tls13_groups())
    }

    /// The curves of TLS 1.2 and before.
    pub(super) fn of_curves() -> Self {
        let is_curve = |suite: &&suite::Suite| suite.key_exchange == KeyExchange::Ecdhe;
        let suites = offer::portions(Version::TLS12).into_iter().next().unwrap_or_default();
        let known = suites.into_iter().filter_map(suite::find);
        let suites = known.filter(is_curve).map(|suite| suite.code).collect();
        Self::of(Version::TLS12, suites, offer::curves())
    }

    fn of(version: Version, suites: Vec<u16>, left: Vec<u16>) -> Self {
        Self { version, suites, left, found: GroupFacts::default(), phase: Phase::Search }
    }

    /// The group that the answer is about.
    fn group(&self, answer: &Answer) -> Option<u16> {
        let hello = answer.flight.hello.as_ref()?;
        match (self.version, &answer.flight.key_exchange) {
            (Version::TLS13, _) => hello.group(),
            (_, Some(exchange)) => match exchange.share {
                KeyShare::Named { group, .. } => Some(group),
                _ => None,
            },
            _ => None,
        }
    }

    fn searched(&mut self, group: Option<u16>) {
        let at = group.and_then(|group| self.left.iter().position(|other| *other == group));
        if let Some(at) = at {
            self.found.groups.push(self.left.remove(at));
        }
        if at.is_none() || self.left.is_empty() {
            let several = self.found.groups.len() > 1;
            self.phase = if several { Phase::Reverse } else { Phase::Done };
        }
    }

    fn reversed(&mut self, group: Option<u16>) {
        self.phase = Phase::Done;
        if group.is_some() {
            let servers = self.found.groups.first().copied() == group;
            self.found.order = Some(if servers { Order::Server } else { Order::Client });
        }
    }
}

impl Inquiry for Groups {
    fn about(&self) -> String {
        format!("groups of {}", self.version)
    }

    fn next(&mut self, facts: &Facts) -> Step {
        // There is nothing to search where the version, or another before it, is not spoken.
        let asked = facts.version(self.version).is_some();
        let spoken = facts.spoken().any(|known| match self.version {
            Version::TLS13 => known.version == Version::TLS13,
            _ => known.version >= Version::TLS10 && known.version <= Version::TLS12,
        });
        let undecided = self.version != Version::TLS13
            && [Version::TLS10, Version::TLS11].iter().any(|old| facts.version(*old).is_none());
        let groups = match self.phase {
            _ if !asked || !spoken && undecided => return Step::Wait,
            _ if !spoken => return Step::Done,
            Phase::Search => self.left.clone(),
            Phase::Reverse => self.found.groups.iter().rev().copied().collect(),
            Phase::Done => return Step::Done,
        };
        Step::Ask(Offer { groups, ..Offer::of(self.version, self.suites.clone()) })
    }

    fn answer(&mut self, answer: &Answer, facts: &mut Facts) {
        let group = self.group(answer);
        match self.phase {
            Phase::Search => self.searched(group),
            Phase::Reverse => self.reversed(group),
            Phase::Done => {}
        }
        let place = match self.version {
            Version::TLS13 => &mut facts.tls13_groups,
            _ => &mut facts.curves,
        };
        *place = self.found.clone();
    }
}
