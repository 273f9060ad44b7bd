//! Faults of class configuration: files, addresses and trust.

use std::collections::BTreeMap;

use counterfoil_crypto::digest::sha256;
use counterfoil_doctor::fact::{
    Chain, Fact, KeySeen, Link, Outcome, PartySeen, Recorded, Role, Settings, State,
};
use counterfoil_doctor::{Facts, fault, locate};
use counterfoil_pki::extension::Tunneling;
use counterfoil_pki::general_name::GeneralName;
use counterfoil_pki::issue::profile;
use counterfoil_pki::{Certificate, Roles};
use serde_json::Value;

use crate::made::{SetCa, now};

/// What is found, one line each, with the plan's steps.
pub(crate) fn told(facts: &[Fact]) -> String {
    let facts = Facts::new(now(), facts.to_vec());
    let diagnosis = locate(&facts, &fault::catalogue());
    let mut text = String::new();
    for finding in &diagnosis.findings {
        let because = match &finding.because_of {
            Some(cause) => format!(" because of {cause}"),
            None => String::new(),
        };
        let case = &finding.case;
        let (sure, priority) = (case.standing.name(), finding.priority.name());
        text += &format!("{} {sure} {priority} {}{because}\n", finding.id, case.owner);
        for step in &finding.plan {
            text += &format!("  {} [{}] {}\n", step.verb, step.mode.name(), step.text);
        }
    }
    text
}

pub(crate) fn party(name: &str, role: Role, ca: Option<&str>) -> Fact {
    let seen = PartySeen {
        role,
        ca: ca.map(str::to_owned),
        certified: true,
        state: State::Ready,
        reason: None,
        sentence: None,
        supervised: false,
    };
    Fact::of(name, name, now(), &seen)
}

fn values(values: &[(&str, Value)]) -> BTreeMap<String, Value> {
    values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
}

pub(crate) fn settings(party: &str, all: &[(&str, Value)]) -> Fact {
    let seen = Settings { values: values(all), refused: None };
    Fact::of(party, format!("{party}/config.toml"), now(), &seen)
}

fn link(from: &str, setting: &str, to: Option<&str>, address: &str, outcome: Outcome) -> Fact {
    let seen = Link {
        from: from.into(),
        setting: setting.into(),
        to: to.map(str::to_owned),
        address: address.into(),
        outcome,
        said: None,
        millis: 1,
        served: Vec::new(),
    };
    Fact::of(from, format!("{from} -> {address}"), now(), &seen)
}

fn chain(used_as: &str, place: &str, certificates: &[&Certificate]) -> Fact {
    let party = place.split('/').next().unwrap();
    let all: Vec<Certificate> = certificates.iter().map(|one| (*one).clone()).collect();
    Fact::of(party, place, now(), &Chain::of(used_as, &all))
}

fn key(place: &str, of: &Certificate) -> Fact {
    let party = place.split('/').next().unwrap();
    let spki = hex::encode(sha256(of.spki_der()));
    Fact::of(party, place, now(), &KeySeen { spki_sha256: Some(spki), problem: None })
}

fn recorded(place: &str) -> Recorded {
    Recorded {
        sha256: place.into(),
        when: "2026-04-01T00:00:00Z".parse().unwrap(),
        is_key: false,
        now_sha256: Some("other".into()),
        changed_at: None,
        certificates: Vec::new(),
        settings: None,
    }
}

fn recorded_chain(place: &str, certificates: &[&Certificate]) -> Fact {
    let party = place.split('/').next().unwrap();
    let all: Vec<Certificate> = certificates.iter().map(|one| (*one).clone()).collect();
    let certificates = Chain::of("recorded", &all).certificates;
    Fact::of(party, place, now(), &Recorded { certificates, ..recorded(place) })
}

fn recorded_settings(party: &str, all: &[(&str, Value)]) -> Fact {
    let place = format!("{party}/config.toml");
    let settings = Some(Settings { values: values(all), refused: None });
    Fact::of(party, &place, now(), &Recorded { settings, ..recorded(&place) })
}

/// A merchant, a gateway and a bank with where each listens; the merchant calls `gateway_at`.
fn addresses(gateway_at: &str, outcome: Outcome, to: Option<&str>) -> Vec<Fact> {
    vec![
        party("merchant", Role::Merchant, None),
        party("gateway", Role::Gateway, None),
        settings("merchant", &[]),
        settings(
            "gateway",
            &[
                ("node.set.listen", "127.0.0.1:9000".into()),
                ("node.set.public", "pay.example:443".into()),
            ],
        ),
        link("merchant", "node.endpoints.gateway.url", to, gateway_at, outcome),
    ]
}

#[test]
fn a_gateway_is_called_where_it_does_not_listen() {
    let wrong = addresses("pay.example:444", Outcome::Refused, None);
    assert_eq!(
        told(&wrong),
        "gateway-address-wrong@merchant/config.toml confirmed urgent merchant\n\
         \x20 set-setting [automatic] set node.endpoints.gateway.url of merchant to \
         \"https://pay.example:443/set\"\n\
         \x20 reload [automatic] have merchant read its files\n"
    );
    // The right address that does not answer is another fault's, and so is one that answers.
    assert_eq!(told(&addresses("pay.example:443", Outcome::Refused, None)), "");
    assert_eq!(told(&addresses("127.0.0.1:9000", Outcome::Refused, None)), "");
    assert_eq!(told(&addresses("elsewhere.example:443", Outcome::Reached, None)), "");
    let other = addresses("127.0.0.1:9100", Outcome::Reached, Some("mca"));
    assert!(told(&other).starts_with("gateway-address-wrong@merchant/config.toml confirmed"));
}

#[test]
fn a_gateway_that_was_moved_is_its_own_fault() {
    let mut moved = addresses("old.example:443", Outcome::Unanswered, None);
    moved.push(recorded_settings("gateway", &[("node.set.public", "old.example:443".into())]));
    assert_eq!(
        told(&moved),
        "gateway-address-wrong@gateway/config.toml confirmed urgent gateway\n\
         \x20 set-setting [automatic] set node.set.public of gateway to \"old.example:443\"\n\
         \x20 reload [automatic] have gateway read its files\n"
    );
}

#[test]
fn an_address_of_somebody_who_is_not_here_is_not_judged() {
    let facts = vec![
        party("gateway", Role::Gateway, None),
        settings("gateway", &[]),
        link("gateway", "node.bank_link", None, "bank.example:7000", Outcome::Refused),
    ];
    assert!(told(&facts).starts_with("bank-address-wrong@gateway/config.toml inconclusive"));
    let reached = vec![
        party("gateway", Role::Gateway, None),
        settings("gateway", &[]),
        link("gateway", "node.bank_link", None, "bank.example:7000", Outcome::Reached),
    ];
    assert_eq!(told(&reached), "");
}

#[test]
fn a_ca_that_certifies_others_is_the_wrong_one() {
    let facts = |to: &str| {
        vec![
            party("merchant", Role::Merchant, None),
            party("mca", Role::Ca, Some("mca")),
            party("pca", Role::Ca, Some("pca")),
            settings("mca", &[("node.set.listen", "127.0.0.1:9206".into())]),
            settings("pca", &[("node.set.listen", "127.0.0.1:9208".into())]),
            settings("merchant", &[]),
            link(
                "merchant",
                "node.endpoints.ca.url",
                Some(to),
                if to == "mca" { "127.0.0.1:9206" } else { "127.0.0.1:9208" },
                Outcome::Reached,
            ),
        ]
    };
    assert_eq!(told(&facts("mca")), "");
    let said = told(&facts("pca"));
    assert!(said.starts_with("ca-address-wrong@merchant/config.toml confirmed important merchant"));
    assert!(said.contains("to \"https://127.0.0.1:9206/set\""), "{said}");
}

#[test]
fn refused_settings_come_back_unless_somebody_was_at_work() {
    let good = [("a", Value::from(1)), ("b", Value::from(2)), ("c", Value::from(3))];
    let refused = |values: &[(&str, Value)]| {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let refused = Some("gateway/config.toml line 2: `b`: unknown field".to_owned());
        Fact::of("gateway", "gateway/config.toml", now(), &Settings { values, refused })
    };
    let misspelt = [("a", Value::from(1)), ("bb", Value::from(2)), ("c", Value::from(3))];
    let facts = vec![refused(&misspelt), recorded_settings("gateway", &good)];
    assert!(told(&facts).contains("restore-files [automatic]"), "{}", told(&facts));
    let edited = [("a", Value::from(7)), ("bb", Value::from(2)), ("c", Value::from(8))];
    let facts = vec![refused(&edited), recorded_settings("gateway", &good)];
    assert!(told(&facts).contains("restore-files [needs approval]"), "{}", told(&facts));
    let facts = vec![refused(&[]), recorded_settings("gateway", &good)];
    assert!(told(&facts).contains("restore-files [automatic]"), "{}", told(&facts));
    assert!(
        told(&[refused(&misspelt)]).contains("advise [advice] correct it: gateway/config.toml")
    );
    assert_eq!(told(&[settings("gateway", &misspelt)]), "");
}

struct Hierarchy {
    root: SetCa,
    brand: SetCa,
    pca: SetCa,
    leaf: Certificate,
    exchange: Certificate,
}

fn hierarchy() -> Hierarchy {
    let mut root = SetCa::root("Root", 1);
    let mut brand = root.ca("Brand", profile::brand());
    let mut pca = brand.ca("PCA", profile::issuing_ca(Roles::PCA, true));
    let leaf = pca.certify("Gateway", profile::gateway_signature()).0;
    let tunneling = Tunneling { tunneling: false, suites: Vec::new() };
    let exchange = pca.certify("Gateway", profile::gateway_exchange(true, tunneling)).0;
    Hierarchy { root, brand, pca, leaf, exchange }
}

const PLACE: &str = "gateway/certs/signature.pem";

impl Hierarchy {
    /// A gateway with these certificates in its file.
    fn gateway(&self, held: &[&Certificate]) -> Vec<Fact> {
        vec![
            party("gateway", Role::Gateway, None),
            chain("own", PLACE, held),
            key("gateway/keys/signature.pem", &self.leaf),
            chain(
                "trust",
                "gateway/trust/authorities.pem",
                &[&self.brand.certificate, &self.pca.certificate],
            ),
        ]
    }
}

#[test]
fn a_chain_is_whole_and_in_order() {
    let all = hierarchy();
    let (leaf, pca, brand) = (&all.leaf, &all.pca.certificate, &all.brand.certificate);
    let root = chain("trust", "gateway/trust/root.pem", &[&all.root.certificate]);
    let with_root = |held: &[&Certificate]| [all.gateway(held), vec![root.clone()]].concat();
    assert_eq!(told(&with_root(&[leaf, pca, brand])), "");
    assert_eq!(told(&with_root(&[leaf, pca, brand, &all.root.certificate])), "");
    let rebuilt = "  rebuild-chain [automatic] write gateway/certs/signature.pem anew: the \
                   certificate, then its issuers\n  reload [automatic] have gateway read its \
                   files\n";
    for held in [vec![leaf], vec![leaf, pca], vec![leaf, brand]] {
        assert_eq!(
            told(&with_root(&held)),
            format!("chain-incomplete@{PLACE} confirmed important gateway\n{rebuilt}")
        );
    }
    assert_eq!(
        told(&with_root(&[leaf, brand, pca])),
        format!("chain-disordered@{PLACE} confirmed routine gateway\n{rebuilt}")
    );
    let turned = told(&with_root(&[brand, pca, leaf]));
    let cause = format!("chain-disordered@{PLACE} confirmed important gateway\n{rebuilt}");
    assert!(turned.starts_with(&cause), "{turned}");
    assert!(
        turned.contains(&format!("key-mismatch@{PLACE} confirmed important gateway because of"))
    );
    assert_eq!(turned.matches("because of").count(), 2, "{turned}");
    // Where the missing one is not at hand, nothing is said: it may not be of this hierarchy.
    let foreign = SetCa::root("Elsewhere", 9).certify("Gateway", profile::gateway_signature()).0;
    let alone = vec![
        party("gateway", Role::Gateway, None),
        chain("own", PLACE, &[&foreign]),
        key("gateway/keys/signature.pem", &foreign),
    ];
    assert_eq!(told(&alone), "");
}

#[test]
fn a_certificate_of_another_role_brand_or_use_is_told_and_put_back() {
    let mut all = hierarchy();
    let (pca, brand) = (all.pca.certificate.clone(), all.brand.certificate.clone());
    let root = chain("trust", "gateway/trust/root.pem", &[&all.root.certificate]);
    let good = recorded_chain(PLACE, &[&all.leaf, &pca, &brand]);
    let wrong = |held: &Certificate| {
        [all.gateway(&[held, &pca, &brand]), vec![root.clone(), good.clone()]].concat()
    };
    let said = told(&wrong(&all.exchange));
    assert!(
        said.starts_with(&format!("certificate-wrong-role@{PLACE} confirmed important gateway\n"))
    );
    assert!(said.contains("restore-files [automatic]"), "{said}");
    assert!(
        said.contains(
            "key-mismatch@gateway/certs/signature.pem confirmed important gateway because"
        )
    );
    let tls = all.root.certify("tls", profile::tls_server(vec![])).0;
    let facts = vec![
        party("bank", Role::Bank, None),
        chain("own", "bank/certs/tls.pem", &[&tls]),
        chain("own", "bank/certs/other.pem", &[&all.leaf]),
    ];
    assert!(!told(&facts).contains("wrong-role"), "{}", told(&facts));
    let facts =
        vec![party("bank", Role::Bank, None), chain("own", "bank/certs/tls.pem", &[&all.leaf])];
    assert!(told(&facts).contains("certificate-wrong-role@bank/certs/tls.pem"));
}

#[test]
fn half_a_renewal_is_told_and_put_back_where_the_record_fits_the_key() {
    let mut all = hierarchy();
    let (pca, brand) = (all.pca.certificate.clone(), all.brand.certificate.clone());
    let root = chain("trust", "gateway/trust/root.pem", &[&all.root.certificate]);
    let other = all.pca.certify("Gateway", profile::gateway_signature()).0;
    let mut facts = [all.gateway(&[&other, &pca, &brand]), vec![root]].concat();
    let said = told(&facts);
    assert!(
        said.starts_with(&format!("key-mismatch@{PLACE} confirmed important gateway\n  advise"))
    );
    facts.push(recorded_chain(PLACE, &[&all.leaf, &pca, &brand]));
    assert!(told(&facts).contains("  restore-files [automatic]"), "{}", told(&facts));
}

#[test]
fn a_server_is_certified_for_the_name_that_is_called() {
    let mut ca = SetCa::root("TLS CA", 5);
    let names = |name: &str| vec![GeneralName::Dns(name.into())];
    let right = ca.certify("gateway", profile::tls_server(names("pay.example"))).0;
    let wrong = ca.certify("gateway", profile::tls_server(names("old.example"))).0;
    let facts = |held: &Certificate, called: &str| {
        vec![
            party("merchant", Role::Merchant, None),
            party("gateway", Role::Gateway, None),
            settings(
                "gateway",
                &[
                    ("node.set.listen", "127.0.0.1:9000".into()),
                    ("node.set.public", "pay.example:443".into()),
                    ("node.set.certificate", "certs/tls.pem".into()),
                ],
            ),
            chain("own", "gateway/certs/tls.pem", &[held]),
            key("gateway/keys/tls.pem", held),
            link(
                "merchant",
                "node.endpoints.gateway.url",
                Some("gateway"),
                called,
                Outcome::Disagreed,
            ),
        ]
    };
    assert_eq!(told(&facts(&right, "pay.example:443")), "");
    let said = told(&facts(&wrong, "pay.example:443"));
    assert!(said.starts_with("certificate-wrong-name@gateway/certs/tls.pem confirmed important"));
    assert!(said.contains("that names pay.example"), "{said}");
    // Whoever calls another address gets another finding.
    assert!(!told(&facts(&wrong, "old.example:1")).contains("wrong-name"));
}

/// The trust of four parties, the last one's as given.
fn trust(root: &Certificate, of_the_last: &[&Certificate]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = ["bank", "merchant", "gateway"]
        .iter()
        .map(|party| chain("trust", &format!("{party}/trust/root.pem"), &[root]))
        .collect();
    facts.push(chain("trust", "wallet/trust/root.pem", of_the_last));
    facts
}

#[test]
fn roots_that_one_party_lacks_or_alone_trusts_are_told() {
    let (root, other) = (SetCa::root("Root", 1).certificate, SetCa::root("Root", 2).certificate);
    assert_eq!(told(&trust(&root, &[&root])), "");
    let said = told(&trust(&root, &[]));
    assert!(
        said.starts_with("trust-root-missing@wallet/trust/root.pem confirmed important wallet")
    );
    assert!(!said.contains("foreign"));
    let mut replaced = trust(&root, &[&other]);
    replaced.push(recorded_chain("wallet/trust/root.pem", &[&root]));
    assert_eq!(
        told(&replaced),
        "trust-root-foreign@wallet/trust/root.pem confirmed urgent wallet\n\
         \x20 restore-files [automatic] put wallet/trust/root.pem back as it was recorded on \
         2026-04-01T00:00:00Z\n\
         \x20 reload [automatic] have wallet read its files\n\
         trust-root-missing@wallet/trust/root.pem confirmed important wallet because of \
         trust-root-foreign@wallet/trust/root.pem\n"
    );
    let mut added = trust(&root, &[&root, &other]);
    added.push(recorded_chain("wallet/trust/root.pem", &[&root]));
    assert!(told(&added).contains("restore-files [needs approval]"), "{}", told(&added));
    // Two that do not agree: nobody can say who is right.
    let two = vec![
        chain("trust", "a/trust/root.pem", &[&root]),
        chain("trust", "b/trust/root.pem", &[&other]),
    ];
    assert_eq!(told(&two), "");
}
