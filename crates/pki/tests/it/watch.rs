//! `cert watch`: each rule fires alone and says nothing of what is well; what stops when.

use counterfoil_pki::{
    Certificate, Crl,
    general_name::GeneralName,
    issue::{CrlTemplate, Issuer, profile},
    purpose,
    watch::{Facts, Holding, List, Margins, Published, Unseen, View, judge, stops},
};
use jiff::{SignedDuration, Timestamp};

use crate::deployment::{BRAND, Deployment, Holder, Maker, days, name, now, template};

fn view() -> View {
    View { now: now(), margins: Margins::default() }
}

/// A gateway's certificate as it is in use, all well.
struct Well {
    deployment: Deployment,
    holding: Holding,
}

impl Well {
    fn new() -> Self {
        let mut deployment = Deployment::new();
        let leaf = deployment.gateway_exchange.certificate.clone();
        let chain =
            vec![leaf, deployment.pca.certificate.clone(), deployment.brand.certificate.clone()];
        let mut holding = Holding::at("gateway/certs/exchange.pem", chain);
        holding.purpose = purpose::named("set-gateway");
        holding.key = Some(deployment.gateway_exchange.key.spki_der().to_vec());
        holding.anchors = vec![deployment.root.certificate.clone()];
        holding.crls = deployment.crls(1, &[]);
        holding.serves = vec![format!("all purchases of brand {BRAND}")];
        Self { deployment, holding }
    }

    fn facts(&self) -> Facts {
        Facts { holdings: vec![self.holding.clone()], ..Facts::default() }
    }

    /// Severity and id of everything that is said.
    fn said(&self) -> Vec<String> {
        said(&self.facts(), &view())
    }
}

fn said(facts: &Facts, view: &View) -> Vec<String> {
    let remarks = judge(facts, view);
    remarks.iter().map(|remark| format!("{} {}", remark.severity, remark.id)).collect()
}

#[test]
fn nothing_is_said_of_what_is_well() {
    assert_eq!(Well::new().said(), Vec::<String>::new());
}

#[test]
fn an_end_is_a_warning_a_month_before_and_an_error_a_week_before() {
    let well = Well::new();
    let at = |days_left: i64| {
        let now = days(365) - SignedDuration::from_hours(24 * days_left);
        // Lists of another time would be said as well.
        let mut facts = well.facts();
        facts.holdings[0].crls.clear();
        said(&facts, &View { now, ..view() })
    };
    assert_eq!(at(31), Vec::<String>::new());
    assert_eq!(at(29), ["warning watch-expires-soon"]);
    assert_eq!(at(6), ["error watch-expires-soon"]);
    assert_eq!(at(-1), ["error watch-expired"]);
    assert_eq!(at(400), ["error watch-not-yet-valid"; 3]);
}

#[test]
fn a_revoked_certificate_is_said() {
    let mut well = Well::new();
    let leaf = well.holding.chain[0].clone();
    well.holding.crls = well.deployment.crls(2, &[&leaf]);
    assert_eq!(well.said(), ["error watch-revoked"]);
}

#[test]
fn lists_that_are_overdue_leave_revocation_unknown() {
    let mut well = Well::new();
    well.holding.crls.pop();
    assert_eq!(well.said(), ["warning watch-revocation-unknown"]);
}

#[test]
fn a_certificate_for_another_role_is_invalid_there() {
    let mut well = Well::new();
    well.holding.purpose = purpose::named("set-merchant");
    assert_eq!(well.said(), ["error watch-chain-invalid"]);
}

#[test]
fn a_key_of_another_certificate_is_said() {
    let mut well = Well::new();
    well.holding.key = Some(well.deployment.gateway.key.spki_der().to_vec());
    assert_eq!(well.said(), ["error watch-key-mismatch"]);
}

#[test]
fn a_chain_out_of_order_is_said() {
    let mut well = Well::new();
    well.holding.chain.swap(1, 2);
    assert_eq!(well.said(), ["warning watch-chain-order", "warning watch-chain-order"]);
}

#[test]
fn one_key_in_two_places_is_said_and_one_certificate_in_two_places_noted() {
    let well = Well::new();
    let mut facts = well.facts();
    let mut twin = well.holding.clone();
    twin.place = "merchant/certs/exchange.pem".into();
    facts.holdings.push(twin);
    assert_eq!(said(&facts, &view()), ["notice watch-key-reused"]);
    let mut maker = Maker::new(41);
    let again = {
        let deployment = &well.deployment;
        let signing = deployment.pca.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &deployment.pca.certificate, key: &*signing };
        let made = template(
            name(BRAND, "Bank", "455612:1"),
            profile::gateway_exchange(true, crate::deployment::tunneling()),
            365,
        );
        counterfoil_pki::issue::issue(
            &made,
            &issuer,
            deployment.gateway_exchange.key.spki_der(),
            &mut maker.rng,
        )
        .unwrap()
    };
    facts.holdings[1].chain[0] = again;
    assert_eq!(said(&facts, &view()), ["warning watch-key-reused"]);
}

#[test]
fn what_could_not_be_read_is_said() {
    let unseen = Unseen { place: "gateway/keys/tls.pem".into(), why: "it does not exist".into() };
    let facts = Facts { unseen: vec![unseen], ..Facts::default() };
    assert_eq!(said(&facts, &view()), ["warning watch-unseen"]);
}

/// A server with a CA of its own, as its clients see it.
fn server(names: &[&str], names_of_certificate: &[&str], weak: bool) -> Holding {
    let mut maker = Maker::new(51);
    if weak {
        maker.suite = &counterfoil_crypto::suite::RSA3072;
    }
    let root = maker.root(&template(name("Root", "Root", "Root"), profile::root(None), 3000));
    let ca = maker.issue_any(&root, &template(name("CA", "CA", "CA"), profile::tls_ca(), 2000));
    let alt = names_of_certificate.iter().map(|name| GeneralName::Dns((*name).into())).collect();
    let leaf = template(name("Shop", "Web", "Shop"), profile::tls_server(alt), 300);
    let leaf = maker.issue_any(&ca, &leaf);
    let chain = vec![leaf.certificate, ca.certificate];
    let mut holding = Holding::at("shop.example.com:443", chain);
    holding.purpose = purpose::named("tls-server");
    holding.names = names.iter().map(|name| name.parse().unwrap()).collect();
    holding.anchors = vec![root.certificate];
    holding.served = true;
    holding
}

fn said_of(holding: &Holding) -> Vec<String> {
    said(&Facts { holdings: vec![holding.clone()], ..Facts::default() }, &view())
}

#[test]
fn a_server_needs_its_name_and_the_whole_chain() {
    let well = server(&["shop.example.com"], &["shop.example.com"], false);
    assert_eq!(said_of(&well), Vec::<String>::new());
    let other = server(&["shop.example.com"], &["www.example.com"], false);
    assert_eq!(said_of(&other), ["error watch-name-mismatch"]);
    let mut short = well.clone();
    short.pool = short.chain.split_off(1);
    assert_eq!(said_of(&short), ["error watch-chain-incomplete"]);
    let mut long = well.clone();
    long.chain.push(long.anchors[0].clone());
    assert_eq!(said_of(&long), ["notice watch-chain-with-root"]);
    for (version, wanted) in [
        (0x0304, vec![]),
        (0x0303, vec!["notice watch-tls-aging"]),
        (0x0301, vec!["error watch-tls-old"]),
        (0x0002, vec!["error watch-tls-old"]),
    ] {
        assert_eq!(said_of(&Holding { newest_tls: Some(version), ..well.clone() }), wanted);
    }
    // A party's file is no handshake: what it lacks, its peers have.
    short.served = false;
    assert_eq!(said_of(&short), Vec::<String>::new());
}

#[test]
fn weak_keys_and_signatures_are_said() {
    // RFC 5280's example in appendix C.2: DSA.
    let Some(dsa) = crate::vectors::load::<serde_json::Value>("pkits/pkits.json") else { return };
    let certs = dsa["certs"].as_object().unwrap();
    let (_, text) = certs.iter().find(|(name, _)| name.contains("DSACACert")).unwrap();
    let dsa = Certificate::from_der(&crate::vectors::base64(text.as_str().unwrap())).unwrap();
    let found = said(
        &Facts { holdings: vec![Holding::at("x", vec![dsa])], ..Facts::default() },
        &View { now: "2015-01-01T00:00:00Z".parse().unwrap(), ..view() },
    );
    assert!(found.contains(&"error watch-weak-key".to_owned()), "{found:?}");
    let rsa = server(&[], &["shop.example.com"], true);
    assert_eq!(said_of(&rsa), Vec::<String>::new());
}

fn list(place: &str, published: Crl) -> List {
    List { place: place.into(), published: Published::Crl(published), serves: Vec::new() }
}

fn crl(deployment: &mut Deployment, since: Timestamp, until: Timestamp) -> Crl {
    let root: Holder = deployment.root.clone();
    let signing = root.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &root.certificate, key: &*signing };
    let template = CrlTemplate { number: 7, this_update: since, next_update: until, revoked: &[] };
    issuer.crl(&template, &mut deployment.maker.rng).unwrap()
}

#[test]
fn lists_are_told_when_due_overdue_or_behind() {
    let mut deployment = Deployment::new();
    let mut say = |since: i64, until: i64| {
        let published = crl(&mut deployment, days(since), days(until));
        said(&Facts { lists: vec![list("a", published)], ..Facts::default() }, &view())
    };
    assert_eq!(say(-10, 80), Vec::<String>::new());
    assert_eq!(say(-85, 5), ["warning watch-list-due-soon"]);
    assert_eq!(say(-20, -1), ["error watch-list-overdue"]);
    let old = crl(&mut deployment, days(-10), days(80));
    let new = crl(&mut deployment, days(-2), days(88));
    let lists = vec![list("old", old), list("new", new)];
    assert_eq!(said(&Facts { lists, ..Facts::default() }, &view()), ["warning watch-list-behind"]);
}

#[test]
fn what_stops_is_told_with_the_first_end_of_what_it_stands_on() {
    let mut well = Well::new();
    let stop = |well: &Well| {
        let all = stops(&well.facts(), &view());
        let told = all.iter().map(|stop| format!("{} {}: {}", stop.at, stop.what, stop.because));
        told.collect::<Vec<_>>().join("\n")
    };
    // The lists of the deployment end first.
    assert_eq!(
        stop(&well),
        "2026-06-08T12:00:00Z all purchases of brand Acme Card: the CRL of \
         `CN=Root 1,OU=Root,O=SET Root,C=DE` ends"
    );
    well.holding.crls.clear();
    assert_eq!(
        stop(&well),
        "2027-06-01T12:00:00Z all purchases of brand Acme Card: the certificate of \
         `CN=455612:1,OU=Bank,O=Acme Card,C=DE` ends"
    );
    let leaf = well.holding.chain[0].clone();
    well.holding.crls = well.deployment.crls(2, &[&leaf]);
    let told = stop(&well);
    assert!(
        told.starts_with("2026-06-01T12:00:00Z all purchases") && told.contains("revoked"),
        "{told}"
    );
}
