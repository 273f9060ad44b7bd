//! `cert verify`'s purposes: each rule broken alone, and what keeps them all.

use counterfoil_crypto::key::KeyUse;
use counterfoil_pki::{
    Certificate, Crl,
    extension::Extension,
    general_name::GeneralName,
    host::HostName,
    issue::{Issuer, Profile, issue_unchecked, profile},
    purpose::{self, Question},
};

use crate::deployment::{Deployment, Holder, Maker, name, now, template};

/// A root, an intermediate CA and a server, with room for one deviation in each.
struct Tls {
    maker: Maker,
    root: Holder,
    ca: Holder,
    leaf: Certificate,
}

/// What deviates.
#[derive(Default)]
struct Deviation {
    ca: Vec<Extension>,
    leaf: Vec<Extension>,
    leaf_profile: Option<Profile>,
    leaf_days: Option<i64>,
    subject: Option<&'static str>,
}

fn extension(oid: &str, critical: bool, value: &str) -> Extension {
    Extension { oid: oid.parse().unwrap(), critical, value: hex::decode(value).unwrap() }
}

fn with(profile: Profile, list: Vec<Extension>) -> Profile {
    list.into_iter().fold(profile, Profile::with_extension)
}

impl Tls {
    fn new(deviation: Deviation) -> Self {
        let mut maker = Maker::new(21);
        let root_profile = profile::root(None);
        let root = maker.root(&template(name("Root", "Root", "Root"), root_profile, 3000));
        let ca = with(profile::tls_ca(), deviation.ca);
        let ca = issue(&mut maker, &root, name("CA", "CA", "Issuing CA"), ca, 2000);
        let names = vec![GeneralName::Dns("shop.example.com".into())];
        let leaf = deviation.leaf_profile.unwrap_or_else(|| profile::tls_server(names));
        let subject = name("Shop", "Web", deviation.subject.unwrap_or("Shop"));
        let leaf = with(leaf, deviation.leaf);
        let leaf = issue(&mut maker, &ca, subject, leaf, deviation.leaf_days.unwrap_or(300));
        Self { maker, root, ca, leaf: leaf.certificate }
    }

    /// `valid`, or rule and section.
    fn ask(&self, purpose: &str, host: Option<&str>) -> String {
        self.ask_with(purpose, host, None, &[])
    }

    fn ask_with(
        &self,
        purpose: &str,
        host: Option<&str>,
        depth_max: Option<usize>,
        crls: &[Crl],
    ) -> String {
        let host: Option<HostName> = host.map(|text| text.parse().unwrap());
        let answer = purpose::judge(&Question {
            leaf: &self.leaf,
            pool: std::slice::from_ref(&self.ca.certificate),
            anchors: std::slice::from_ref(&self.root.certificate),
            crls,
            ocsp: &[],
            now: now(),
            purpose: purpose::named(purpose).unwrap(),
            name: host.as_ref(),
            depth_max,
        });
        answer.map_or_else(
            |error| format!("{} {} {}", error.index, error.rule.id(), error.section),
            |_| "valid".into(),
        )
    }
}

fn issue(
    maker: &mut Maker,
    by: &Holder,
    subject: counterfoil_pki::name::DistinguishedName,
    profile: Profile,
    days_valid: i64,
) -> Holder {
    let key = maker.key(KeyUse::Sign);
    let signing = by.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &by.certificate, key: &*signing };
    let template = template(subject, profile, days_valid);
    let made = issue_unchecked(&template, &issuer, key.spki_der(), &mut maker.rng);
    Holder { certificate: made.unwrap(), key }
}

/// What a server's certificate says after one more extension, asked as TLS server.
fn server_with(leaf: Extension) -> String {
    Tls::new(Deviation { leaf: vec![leaf], ..Deviation::default() }).ask("tls-server", None)
}

fn ca_with(ca: Extension) -> String {
    Tls::new(Deviation { ca: vec![ca], ..Deviation::default() }).ask("tls-server", None)
}

#[test]
fn a_server_is_valid_for_its_name_and_purpose_only() {
    let tls = Tls::new(Deviation::default());
    assert_eq!(tls.ask("tls-server", Some("shop.example.com")), "valid");
    assert_eq!(tls.ask("any", Some("SHOP.example.com.")), "valid");
    assert_eq!(tls.ask("tls-server", Some("example.com")), "0 name-mismatch RFC 9525 6");
    assert_eq!(tls.ask("tls-server", Some("10.0.0.1")), "0 name-mismatch RFC 9525 6");
    let other = "0 extended-key-usage RFC 5280 4.2.1.12";
    assert_eq!(tls.ask("tls-client", None), other);
}

#[test]
fn an_address_has_to_be_there_as_an_address() {
    let names = vec![GeneralName::Ip(vec![10, 0, 0, 1])];
    let leaf_profile = Some(profile::tls_server(names));
    let tls = Tls::new(Deviation { leaf_profile, ..Deviation::default() });
    assert_eq!(tls.ask("tls-server", Some("10.0.0.1")), "valid");
    assert_eq!(tls.ask("tls-server", Some("10.0.0.2")), "0 name-mismatch RFC 9525 6");
}

#[test]
fn the_depth_counts_the_cas_between() {
    let tls = Tls::new(Deviation::default());
    assert_eq!(tls.ask_with("any", None, Some(1), &[]), "valid");
    assert_eq!(tls.ask_with("any", None, Some(0), &[]), "0 path-too-deep RFC 5280 6.1.1");
}

#[test]
fn crls_that_are_given_have_to_cover_every_certificate() {
    let mut tls = Tls::new(Deviation::default());
    let (root, ca) = (tls.root.clone(), tls.ca.clone());
    let of_root = tls.maker.crl(&root, 1, &[]);
    let of_ca = tls.maker.crl(&ca, 1, &[]);
    let unknown = "0 revocation-unknown RFC 5280 6.3.3";
    assert_eq!(tls.ask_with("any", None, None, std::slice::from_ref(&of_root)), unknown);
    assert_eq!(tls.ask_with("any", None, None, &[of_root.clone(), of_ca]), "valid");
    let leaf = tls.leaf.clone();
    let revoking = tls.maker.crl(&ca, 2, &[&leaf]);
    let revoked = "0 certificate-revoked RFC 5280 6.1.3 (a)(3)";
    assert_eq!(tls.ask_with("any", None, None, &[of_root, revoking]), revoked);
}

#[test]
fn an_expired_certificate_says_so() {
    let tls = Tls::new(Deviation { leaf_days: Some(-1), ..Deviation::default() });
    for purpose in ["any", "tls-server", "tls-client"] {
        let said = tls.ask(purpose, None);
        assert_eq!(said, "0 certificate-expired RFC 5280 6.1.3 (a)(2)", "{purpose}");
    }
}

#[test]
fn each_rule_of_the_tls_profile_is_told_by_its_section() {
    let is_ca = extension("2.5.29.19", true, "30030101ff");
    let signs = extension("2.5.29.15", true, "03020204");
    let cases = [
        (is_ca, "0 certificate-profile CA/B 7.1.2.7.6"),
        (signs, "0 key-usage RFC 5280 4.2.1.3"),
        // keyUsage digitalSignature and keyCertSign without being a CA
        (extension("2.5.29.15", true, "03020284"), "0 certificate-profile RFC 5280 4.2.1.9"),
        // anyExtendedKeyUsage
        (extension("2.5.29.37", false, "30060604551d2500"), "0 extended-key-usage CA/B 7.1.2.7.10"),
        // serverAuth, critical
        (
            extension("2.5.29.37", true, "300a06082b06010505070301"),
            "0 certificate-profile CA/B 7.1.2.7.6",
        ),
        // subjectAltName critical beside a subject
        (
            extension("2.5.29.17", true, "3011820f7777772e6578616d706c652e6f7267"),
            "0 certificate-profile CA/B 7.1.2.7.12",
        ),
        // a dNSName with a NUL
        (
            extension("2.5.29.17", false, "3008820661002e6f7267"),
            "0 certificate-profile RFC 5280 4.2.1.6",
        ),
        // nameConstraints permitted example.com
        (
            extension("2.5.29.30", true, "3011a00f300d820b6578616d706c652e636f6d"),
            "0 certificate-profile RFC 5280 4.2.1.10",
        ),
        (
            extension("2.5.29.14", true, "0402aabb"),
            "0 critical-extension-unknown RFC 5280 6.1.4 (o)",
        ),
        (extension("2.5.29.35", false, "3000"), "0 certificate-profile RFC 5280 4.2.1.1"),
    ];
    for (deviation, expected) in cases {
        let oid = deviation.oid;
        assert_eq!(server_with(deviation), expected, "{oid}");
    }
}

#[test]
fn what_a_ca_above_names_restricts_what_is_below() {
    let purpose = |value| extension("2.5.29.37", false, value);
    assert_eq!(ca_with(purpose("300a06082b06010505070301")), "valid");
    let refused = "1 extended-key-usage RFC 5280 4.2.1.12";
    assert_eq!(ca_with(purpose("300a06082b06010505070302")), refused);
    assert_eq!(ca_with(purpose("30060604551d2500")), "valid");
    let permits = |value| extension("2.5.29.30", true, value);
    assert_eq!(ca_with(permits("3011a00f300d820b6578616d706c652e636f6d")), "valid");
    let outside = "0 name-constraint RFC 5280 6.1.3 (b)(c)";
    assert_eq!(ca_with(permits("3011a00f300d820b6578616d706c652e6f7267")), outside);
    // 10.0.0.0 with mask 255.0.255.0
    let holes = permits("300ea00c300a87080a000000ff00ff00");
    assert_eq!(ca_with(holes), "1 certificate-profile RFC 5280 4.2.1.10");
}

#[test]
fn a_common_name_that_looks_like_a_host_is_one_of_the_names() {
    let ask = |subject| {
        let tls = Tls::new(Deviation { subject: Some(subject), ..Deviation::default() });
        tls.ask("tls-server", None)
    };
    assert_eq!(ask("shop.example.com"), "valid");
    assert_eq!(ask("Our shop, Inc."), "valid");
    assert_eq!(ask("other.example.com"), "0 certificate-profile CA/B 7.1.4.3");
}

#[test]
fn a_certificate_that_is_trusted_itself_is_a_path_of_one() {
    let tls = Tls::new(Deviation::default());
    let ask = |purpose: &str| {
        purpose::judge(&Question {
            leaf: &tls.leaf,
            pool: &[],
            anchors: std::slice::from_ref(&tls.leaf),
            crls: &[],
            ocsp: &[],
            now: now(),
            purpose: purpose::named(purpose).unwrap(),
            name: None,
            depth_max: None,
        })
    };
    assert_eq!(ask("any").unwrap().path.chain.len(), 1);
    assert!(ask("set-gateway").is_err());
}

#[test]
fn end_entities_of_set_are_valid_for_their_role_only() {
    let mut deployment = Deployment::new();
    let crls = deployment.crls(1, &[]);
    let bag = deployment.bag();
    let valid_for = |leaf: &Certificate| -> Vec<&'static str> {
        let of_set = purpose::ALL.iter().filter(|purpose| purpose.name.starts_with("set-"));
        let good = of_set.filter(|purpose| {
            let question = Question {
                leaf,
                pool: &bag,
                anchors: std::slice::from_ref(&deployment.root.certificate),
                crls: &crls,
                ocsp: &[],
                now: now(),
                purpose,
                name: None,
                depth_max: None,
            };
            purpose::judge(&question).is_ok()
        });
        good.map(|purpose| purpose.name).collect()
    };
    assert_eq!(valid_for(&deployment.cardholder.certificate), ["set-cardholder"]);
    assert_eq!(valid_for(&deployment.merchant.certificate), ["set-merchant"]);
    assert_eq!(valid_for(&deployment.merchant_exchange.certificate), ["set-merchant"]);
    assert_eq!(valid_for(&deployment.gateway.certificate), ["set-gateway"]);
    assert_eq!(valid_for(&deployment.gateway_exchange.certificate), ["set-gateway"]);
    assert!(valid_for(&deployment.mca.certificate).is_empty());
}
