//! NIST PKITS 1.0.1: 249 paths, with the answer and the policies that each must give.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_pki::{
    Certificate, Crl,
    oid::Oid,
    path::{
        CurrentAlgorithms, PathError, PathInput, PathSettings, Policies, PolicySettings,
        RevocationSettings, RevokedBy, ValidatedPath, validate,
    },
};
use serde::Deserialize;

use crate::vectors::{base64, load};

/// Cases that are not covered, one `id reason` in each line. The list only shrinks.
const UNCOVERED: &str = include_str!("pkits_uncovered.txt");

#[derive(Deserialize)]
struct Pkits {
    tests: Vec<Case>,
    certs: BTreeMap<String, String>,
    crls: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    title: String,
    certs: Vec<String>,
    crls: Vec<String>,
    initial_policy_set: String,
    user_constrained_policy_set: String,
    explicit: bool,
    inhibit_map: bool,
    inhibit_any: bool,
    should_validate: bool,
    time: String,
}

impl Case {
    fn run(&self, pkits: &Pkits) -> Result<ValidatedPath, PathError> {
        let read = |name: &String| Certificate::from_der(&base64(&pkits.certs[name])).unwrap();
        let certificates: Vec<Certificate> = self.certs.iter().map(read).collect();
        let crls: Vec<Crl> = self
            .crls
            .iter()
            .map(|name| Crl::from_der(&base64(&pkits.crls[name])).unwrap())
            .collect();
        let [anchor, pool @ .., leaf] = certificates.as_slice() else { panic!("no path") };
        let revocation =
            RevocationSettings { by: RevokedBy::Crls, indirect: true, ..Default::default() };
        let policies = PolicySettings {
            initial: policy_set(&self.initial_policy_set),
            require_explicit: self.explicit,
            inhibit_mapping: self.inhibit_map,
            inhibit_any: self.inhibit_any,
        };
        validate(&PathInput {
            leaf,
            pool,
            anchors: std::slice::from_ref(anchor),
            crls: &crls,
            ocsp: &[],
            now: self.time.parse().unwrap(),
            settings: &PathSettings { policies, revocation, ..Default::default() },
            signatures: &CurrentAlgorithms,
        })
    }

    /// What is wrong with the answer, if anything.
    fn complaint(&self, pkits: &Pkits) -> Option<String> {
        match (self.run(pkits), self.should_validate) {
            (Err(_), false) => None,
            (Ok(_), false) => Some("accepted".into()),
            (Err(error), true) => Some(format!("refused: {error}")),
            (Ok(path), true) => {
                let expected = policy_set(&self.user_constrained_policy_set);
                let got = match path.policies {
                    Policies::These(these) => these,
                    Policies::Any => BTreeSet::new(),
                };
                let any = self.user_constrained_policy_set == "anyPolicy";
                (!any && got != expected).then(|| format!("policies {got:?}"))
            }
        }
    }
}

/// NIST's test policies are 2.16.840.1.101.3.2.1.48.n; the empty set is any policy.
fn policy_set(names: &str) -> BTreeSet<Oid> {
    let named = names.split(',').filter(|name| !name.is_empty() && *name != "anyPolicy");
    named
        .map(|name| {
            let number = name.rsplit('-').next().unwrap();
            format!("2.16.840.1.101.3.2.1.48.{number}").parse().unwrap()
        })
        .collect()
}

#[test]
fn pkits_gives_the_published_answers() {
    let Some(pkits) = load::<Pkits>("pkits/pkits.json") else { return };
    let uncovered: BTreeSet<&str> =
        UNCOVERED.lines().filter_map(|line| line.split_once(' ').map(|(id, _)| id)).collect();
    let mut complaints = Vec::new();
    let mut passed = 0;
    for case in &pkits.tests {
        match (case.complaint(&pkits), uncovered.contains(case.id.as_str())) {
            (None, false) => passed += 1,
            (Some(_), true) => {}
            (Some(complaint), false) => {
                complaints.push(format!("{} {}: {complaint}", case.id, case.title));
            }
            (None, true) => complaints.push(format!("{} passes: take it off the list", case.id)),
        }
    }
    assert_eq!(complaints.join("\n"), "", "{passed} of {} passed", pkits.tests.len());
    assert_eq!(passed + uncovered.len(), pkits.tests.len());
}
