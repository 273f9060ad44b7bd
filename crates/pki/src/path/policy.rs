//! Certificate policies along a path: the policy graph of RFC 9618, which grows by a level for
//! each certificate and never exponentially.

use std::collections::{BTreeMap, BTreeSet};

use super::rule::Rule;
use crate::{
    certificate::Certificate,
    limit::POLICY_NODES_MAX,
    oid::{ANY_POLICY, Oid},
};

/// The user's and the anchor's wishes (RFC 5280 6.1.1 (c), (e), (f), (g)).
#[derive(Debug, Clone, Default)]
pub struct PolicySettings {
    /// user-initial-policy-set; empty means any policy.
    pub initial: BTreeSet<Oid>,
    /// initial-explicit-policy.
    pub require_explicit: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any: bool,
}

/// The policies under which a path is valid (user-constrained-policy-set).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policies {
    /// Every policy.
    Any,
    /// These; possibly none.
    These(BTreeSet<Oid>),
}

struct Node {
    expected: BTreeSet<Oid>,
    /// Keys of nodes one level up.
    parents: BTreeSet<Oid>,
}

type Level = BTreeMap<Oid, Node>;

/// The state variables of RFC 5280 6.1.2 (a), (d), (e), (f).
pub(super) struct PolicyState {
    /// Empty is the NULL graph.
    levels: Vec<Level>,
    nodes: usize,
    explicit: usize,
    mapping: usize,
    inhibit_any: usize,
}

impl PolicyState {
    /// For a path of `certificates`, the anchor not counted.
    pub(super) fn new(settings: &PolicySettings, certificates: usize) -> Self {
        let start = |now: bool| if now { 0 } else { certificates + 1 };
        let root = Node { expected: BTreeSet::from([ANY_POLICY]), parents: BTreeSet::new() };
        Self {
            levels: vec![BTreeMap::from([(ANY_POLICY, root)])],
            nodes: 1,
            explicit: start(settings.require_explicit),
            mapping: start(settings.inhibit_mapping),
            inhibit_any: start(settings.inhibit_any),
        }
    }

    /// RFC 5280 6.1.3 (d), (e), (f) as updated by RFC 9618 5.2.
    pub(super) fn process(&mut self, certificate: &Certificate, is_last: bool) -> Result<(), Rule> {
        match (&certificate.known().standard.policies, self.levels.last()) {
            (Some(policies), Some(above)) => {
                let any = self.inhibit_any > 0 || (!is_last && certificate.is_self_issued());
                let level = next_level(above, policies, any);
                self.push(level)?;
            }
            _ => self.levels.clear(),
        }
        if self.explicit == 0 && self.levels.is_empty() {
            return Err(Rule::PolicyRequired);
        }
        Ok(())
    }

    fn push(&mut self, level: Level) -> Result<(), Rule> {
        self.nodes += level.len();
        if self.nodes > POLICY_NODES_MAX {
            return Err(Rule::WorkLimit);
        }
        if level.is_empty() {
            self.levels.clear();
        } else {
            self.levels.push(level);
        }
        Ok(())
    }

    /// RFC 5280 6.1.4 (a), (b), (h), (i), (j) for a certificate that is not the last.
    pub(super) fn prepare_next(&mut self, certificate: &Certificate) -> Result<(), Rule> {
        let standard = &certificate.known().standard;
        let mappings = &standard.policy_mappings;
        if mappings.iter().any(|(from, to)| *from == ANY_POLICY || *to == ANY_POLICY) {
            return Err(Rule::PolicyMapping);
        }
        self.map(mappings)?;
        if !certificate.is_self_issued() {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        let constraints = standard.policy_constraints;
        lower(&mut self.explicit, constraints.require_explicit_policy);
        lower(&mut self.mapping, constraints.inhibit_policy_mapping);
        lower(&mut self.inhibit_any, standard.inhibit_any_policy);
        Ok(())
    }

    fn map(&mut self, mappings: &[(Oid, Oid)]) -> Result<(), Rule> {
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        if self.mapping == 0 {
            mappings.iter().for_each(|(from, _)| drop(level.remove(from)));
            if level.is_empty() {
                self.levels.clear();
            }
            return Ok(());
        }
        let mut targets: BTreeMap<Oid, BTreeSet<Oid>> = BTreeMap::new();
        for (from, to) in mappings {
            targets.entry(*from).or_default().insert(*to);
        }
        let has_any = level.contains_key(&ANY_POLICY);
        for (from, to) in targets {
            if let Some(node) = level.get_mut(&from) {
                node.expected = to;
            } else if has_any {
                let parents = BTreeSet::from([ANY_POLICY]);
                level.insert(from, Node { expected: to, parents });
                self.nodes += 1;
            }
        }
        if self.nodes > POLICY_NODES_MAX { Err(Rule::WorkLimit) } else { Ok(()) }
    }

    /// RFC 5280 6.1.5 (a), (b), (g): the last certificate, then the intersection with the wishes.
    pub(super) fn finish(
        mut self,
        last: &Certificate,
        settings: &PolicySettings,
    ) -> Result<Policies, Rule> {
        self.explicit = self.explicit.saturating_sub(1);
        if last.known().standard.policy_constraints.require_explicit_policy == Some(0) {
            self.explicit = 0;
        }
        let policies = self.constrained(&settings.initial);
        let none = matches!(&policies, Policies::These(set) if set.is_empty());
        if self.explicit == 0 && none { Err(Rule::PolicyRequired) } else { Ok(policies) }
    }

    fn constrained(&self, initial: &BTreeSet<Oid>) -> Policies {
        let (authority, any) = self.authority_constrained();
        match (any, initial.is_empty() || initial.contains(&ANY_POLICY)) {
            (true, true) => Policies::Any,
            (true, false) => Policies::These(initial.clone()),
            (false, true) => Policies::These(authority),
            (false, false) => Policies::These(authority.intersection(initial).copied().collect()),
        }
    }

    /// RFC 9618 5.4: the policies, in the anchor's domain, from which the last level is reached;
    /// and whether anyPolicy is one of them.
    fn authority_constrained(&self) -> (BTreeSet<Oid>, bool) {
        let mut found = BTreeSet::new();
        let Some(last) = self.levels.last() else { return (found, false) };
        let mut reachable: BTreeSet<Oid> = last.keys().copied().collect();
        let any = reachable.contains(&ANY_POLICY);
        for level in self.levels.iter().rev() {
            let mut above = BTreeSet::new();
            for (policy, node) in level.iter().filter(|(policy, _)| reachable.contains(*policy)) {
                if *policy != ANY_POLICY && node.parents.contains(&ANY_POLICY) {
                    found.insert(*policy);
                } else {
                    above.extend(&node.parents);
                }
            }
            reachable = above;
        }
        (found, any)
    }
}

fn next_level(above: &Level, policies: &[Oid], any_allowed: bool) -> Level {
    let mut expecting: BTreeMap<Oid, BTreeSet<Oid>> = BTreeMap::new();
    for (policy, node) in above {
        for expected in &node.expected {
            expecting.entry(*expected).or_default().insert(*policy);
        }
    }
    let mut level = Level::new();
    let mut add = |policy: Oid, parents: BTreeSet<Oid>| {
        let expected = BTreeSet::from([policy]);
        level.entry(policy).or_insert(Node { expected, parents });
    };
    for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
        if let Some(parents) = expecting.get(policy) {
            add(*policy, parents.clone());
        } else if above.contains_key(&ANY_POLICY) {
            add(*policy, BTreeSet::from([ANY_POLICY]));
        }
    }
    if any_allowed && policies.contains(&ANY_POLICY) {
        // Whatever is expected and was not named.
        expecting.into_iter().for_each(|(policy, parents)| add(policy, parents));
    }
    level
}

fn lower(counter: &mut usize, limit: Option<u32>) {
    if let Some(limit) = limit {
        *counter = (*counter).min(limit as usize);
    }
}
