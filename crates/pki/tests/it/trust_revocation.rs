//! CRLs, BCIs, root roll-over and the memory of a `Trust`.

use counterfoil_crypto::key::KeyUse;
use counterfoil_pki::{
    Bci, Certificate, Crl, Need, Roles, Trust,
    issue::{self, BciTemplate, CrlTemplate, Issuer, profile},
    limit::TRUST_ROOTS_MAX,
    trust::{BciRule, Taken, TrustSettings},
};
use counterfoil_secret::report::Report;
use jiff::Timestamp;

use crate::{
    deployment::{BRAND, Deployment, Holder, days, name, now, template},
    trust_rules::{told, trust_in},
    vectors::{base64, load},
};

const MERCHANT: Need<'static> =
    Need { roles: Roles::MER, usage: counterfoil_pki::Usage::Sign, brand: None };

fn bci(deployment: &mut Deployment, sequence: u64, until: Timestamp, crls: &[Crl]) -> Bci {
    let brand = deployment.brand.clone();
    let signing = brand.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &brand.certificate, key: &*signing };
    let template = BciTemplate { sequence, not_before: days(-1), not_after: until, crls };
    issuer.bci(&template, &mut deployment.maker.rng).unwrap()
}

fn id<T>(answer: Result<T, counterfoil_pki::TrustError>) -> String {
    match answer {
        Ok(_) => "taken".into(),
        Err(error) => error.id().into(),
    }
}

#[test]
fn a_revoked_certificate_is_refused_at_every_level() {
    let levels: [fn(&Deployment) -> &Holder; 3] = [|d| &d.merchant, |d| &d.mca, |d| &d.brand];
    for level in levels {
        let mut deployment = Deployment::new();
        let mut trust = trust_in(&mut deployment);
        let leaf = deployment.merchant.certificate.clone();
        let bag = deployment.bag();
        assert_eq!(told(trust.verify(&leaf, &bag, now(), &MERCHANT)), "accepted");
        let revoked = level(&deployment).certificate.clone();
        let crls = deployment.crls(2, &[&revoked]);
        let list = crls.iter().find(|crl| crl.issuer() == revoked.issuer()).unwrap();
        assert_eq!(trust.add_crls(std::slice::from_ref(list), &bag, now()), Ok(1));
        let answer = told(trust.verify(&leaf, &bag, now(), &MERCHANT));
        assert_eq!(answer, "certificate-revoked", "{revoked}");
    }
}

#[test]
fn crls_are_taken_only_when_fresh_newer_and_signed() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let bag = deployment.bag();
    let mca = deployment.mca.clone();
    let mut take = |crl: &Crl, at| id(trust.add_crls(std::slice::from_ref(crl), &bag, at));
    let m = &mut deployment.maker;
    let second = m.crl(&mca, 2, &[]);
    assert_eq!(take(&second, days(8)), "crl-not-fresh");
    assert_eq!(take(&second, days(-2)), "crl-not-fresh");
    assert_eq!(take(&second, now()), "taken");
    assert_eq!(take(&m.crl(&mca, 1, &[]), now()), "taken");
    let other = m.crl(&mca, 2, &[&deployment.merchant.certificate]);
    assert_eq!(take(&other, now()), "crl-conflict");
    let mut der = m.crl(&mca, 3, &[]).der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    assert_eq!(take(&Crl::from_der(&der).unwrap(), now()), "crl-signer-unknown");
    assert_eq!(trust.crls().filter(|crl| **crl == second).count(), 1);
}

#[test]
fn a_crl_of_somebody_who_is_no_ca_of_set_is_refused() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let tls_template = template(name("Ops", "TLS", "TLS CA"), profile::tls_ca(), 100);
    let tls = deployment.maker.root(&tls_template);
    let crl = deployment.maker.crl(&tls, 1, &[]);
    let bag = [tls.certificate.clone()];
    assert_eq!(id(trust.add_crls(&[crl], &bag, now())), "issuer-unknown");
}

#[test]
fn without_crls_nothing_is_known_about_revocation() {
    let deployment = Deployment::new();
    let root = deployment.root.certificate.clone();
    let mut trust = Trust::new(vec![root], TrustSettings::default()).unwrap();
    let leaf = &deployment.merchant.certificate;
    let answer = told(trust.verify(leaf, &deployment.bag(), now(), &MERCHANT));
    assert_eq!(answer, "revocation-unknown");
}

#[test]
fn an_answer_does_not_outlive_the_crls_it_stands_on() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let leaf = deployment.merchant.certificate.clone();
    let verified = trust.verify(&leaf, &deployment.bag(), now(), &MERCHANT).unwrap();
    assert_eq!(verified.valid_until(), days(7));
    assert_eq!(told(trust.verify(&leaf, &[], days(7), &MERCHANT)), "accepted");
    assert_eq!(told(trust.verify(&leaf, &[], days(8), &MERCHANT)), "revocation-unknown");
}

#[test]
fn a_fresh_and_complete_bci_is_required() {
    let mut deployment = Deployment::new();
    let root = deployment.root.certificate.clone();
    let mut trust = Trust::new(vec![root], TrustSettings::default()).unwrap();
    let (bag, leaf) = (deployment.bag(), deployment.merchant.certificate.clone());
    let crls = deployment.crls(1, &[]);
    assert_eq!(trust.add_crls(&crls, &bag, now()), Ok(5));
    assert_eq!(told(trust.verify(&leaf, &bag, now(), &MERCHANT)), "bci-missing");
    let first = bci(&mut deployment, 1, days(2), &crls);
    assert_eq!(trust.set_bci(&first, &bag, now()), Ok(Taken::New));
    assert_eq!(trust.set_bci(&first, &bag, now()), Ok(Taken::Held));
    assert_eq!(told(trust.verify(&leaf, &bag, now(), &MERCHANT)), "accepted");
    assert_eq!(told(trust.verify(&leaf, &bag, days(3), &MERCHANT)), "bci-not-fresh");

    // A BCI that names newer CRLs makes those that are held outdated.
    let newer = deployment.crls(2, &[]);
    let second = bci(&mut deployment, 2, days(5), &newer);
    assert_eq!(trust.set_bci(&second, &bag, now()), Ok(Taken::New));
    assert_eq!(told(trust.verify(&leaf, &bag, now(), &MERCHANT)), "crl-outdated");
    assert_eq!(trust.add_crls(&newer[1..], &bag, now()), Ok(4));
    assert_eq!(told(trust.verify(&leaf, &bag, now(), &MERCHANT)), "crl-outdated");
    assert_eq!(trust.add_crls(&newer, &bag, now()), Ok(1));
    assert_eq!(told(trust.verify(&leaf, &bag, now(), &MERCHANT)), "accepted");
    assert_eq!(trust.set_bci(&first, &bag, now()), Ok(Taken::Older));
}

#[test]
fn a_crl_that_the_bci_names_has_to_be_held() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let brand = deployment.brand.clone();
    let geo_template = template(name(BRAND, "Asia", "Geo CA"), profile::geo(), 2500);
    let geo = deployment.maker.issue(&brand, &geo_template, KeyUse::Sign);
    let mut crls = deployment.crls(1, &[]);
    crls.push(deployment.maker.crl(&geo, 1, &[]));
    let bag = deployment.bag();
    let first = bci(&mut deployment, 1, days(2), &crls);
    assert_eq!(trust.set_bci(&first, &bag, now()), Ok(Taken::New));
    let leaf = &deployment.merchant.certificate;
    assert_eq!(told(trust.verify(leaf, &bag, now(), &MERCHANT)), "crl-missing");
}

#[test]
fn a_bci_counts_only_from_the_brand_ca_and_in_its_time() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let bag = deployment.bag();
    let crls = deployment.crls(1, &[]);
    let first = bci(&mut deployment, 1, days(2), &crls);
    assert_eq!(id(trust.set_bci(&first, &bag, days(3))), "bci-not-fresh");
    assert_eq!(id(trust.set_bci(&first, &bag, days(-2))), "bci-not-fresh");
    let mut der = first.der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let forged = Bci::from_der(&der).unwrap();
    assert_eq!(id(trust.set_bci(&forged, &bag, now())), "bci-signature");
    assert_eq!(id(trust.set_bci(&first, &bag, now())), "taken");
    let other = bci(&mut deployment, 1, days(1), &crls);
    assert_eq!(id(trust.set_bci(&other, &bag, now())), "bci-conflict");

    // Nobody but a brand CA makes one.
    let mca = deployment.mca.clone();
    let signing = mca.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &mca.certificate, key: &*signing };
    let (not_before, not_after) = (days(-1), days(1));
    let template = BciTemplate { sequence: 2, not_before, not_after, crls: &crls };
    assert!(issuer.bci(&template, &mut deployment.maker.rng).is_err());
}

#[test]
fn a_new_root_is_trusted_only_when_the_old_one_announced_it() {
    let mut deployment = Deployment::new();
    let m = &mut deployment.maker;
    let next_key = m.key(KeyUse::Sign);
    let commitment = issue::next_root_key(next_key.spki_der());
    let subject = name("SET Root", "Root", "Root A");
    let old = m.root(&template(subject.clone(), profile::root(Some(commitment)), 3650));
    let new = m.root_with(&template(subject.clone(), profile::root(None), 7300), next_key);
    let foreign = m.root(&template(subject, profile::root(None), 7300)).certificate;
    let settings = TrustSettings { bci: BciRule::IfHeld, ..TrustSettings::default() };
    let mut trust = Trust::new(vec![old.certificate.clone()], settings).unwrap();
    assert_eq!(id(trust.roll_root(foreign, now())), "root-not-announced");
    assert_eq!(id(trust.roll_root(new.certificate.clone(), days(4000))), "root-not-announced");
    assert_eq!(trust.roll_root(new.certificate.clone(), now()), Ok(()));

    // Brand CAs of both roots are accepted, by CRLs of either: they have one name.
    let brand_template = template(name(BRAND, "Brand", "Brand CA"), profile::brand(), 3000);
    let crl = m.crl(&new, 5, &[]);
    assert_eq!(trust.add_crls(&[crl], &[], now()), Ok(1));
    let need = Need { usage: counterfoil_pki::Usage::Issue, roles: Roles::BCA, brand: None };
    for root in [&old, &new] {
        let brand = m.issue(root, &brand_template, KeyUse::Sign).certificate;
        let verified = trust.verify(&brand, &[], now(), &need).unwrap();
        assert_eq!(verified.chain()[1], root.certificate);
    }
}

#[test]
fn what_was_verified_is_remembered_and_found_by_thumb_and_by_name() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let leaf = deployment.merchant.certificate.clone();
    assert_eq!(trust.certificate(leaf.thumb()), None);
    trust.verify(&leaf, &deployment.bag(), now(), &MERCHANT).unwrap();
    // The CA certificates need not be sent again.
    trust
        .verify(&deployment.merchant_exchange.certificate, &[], now(), &Need::exchange(Roles::MER))
        .unwrap();
    assert_eq!(trust.certificate(leaf.thumb()), Some(&leaf));
    let named =
        |c: &Certificate| trust.certificate_by_name(c.issuer_der(), c.serial_der()).cloned();
    for certificate in [&leaf, &deployment.mca.certificate, &deployment.root.certificate] {
        assert_eq!(named(certificate).as_ref(), Some(certificate));
    }
    assert_eq!(named(&deployment.cardholder.certificate), None);
    let thumbs = trust.thumbs(Some(BRAND));
    assert_eq!((thumbs.certificates.len(), thumbs.crls.len(), thumbs.bcis.len()), (5, 5, 0));
    assert_eq!(trust.thumbs(Some("Other")).certificates.len(), 1);
}

#[test]
fn issuing_refuses_what_verifying_would_refuse() {
    let mut deployment = Deployment::new();
    let mut ask = |by: &Holder, key: &Holder, subject, profile, days_valid| {
        let signing = key.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &by.certificate, key: &*signing };
        let template = template(subject, profile, days_valid);
        let spki = deployment.gateway.key.spki_der();
        let answer = issue::issue(&template, &issuer, spki, &mut deployment.maker.rng);
        answer.map(|_| "issued".to_owned()).unwrap_or_else(|error| error.to_string())
    };
    let (cca, mca) = (deployment.cca.clone(), deployment.mca.clone());
    let shop = || name(BRAND, "Bank", "Shop");
    let table = [
        ask(&cca, &cca, shop(), profile::cardholder(), 365),
        ask(&mca, &mca, shop(), profile::cardholder(), 365),
        ask(&cca, &mca, shop(), profile::cardholder(), 365),
        ask(&cca, &cca, shop(), profile::cardholder(), 2001),
        ask(&cca, &cca, name("Other", "Bank", "x"), profile::cardholder(), 365),
        ask(&cca, &cca, shop(), profile::tls_server(Vec::new()), 365),
        ask(&cca, &cca, shop(), profile::cardholder(), -11),
        ask(&deployment.gateway, &deployment.gateway, shop(), profile::cardholder(), 365),
    ];
    expect_test::expect![[r#"
        issued
        The certificate cannot be issued: a CA with roles mca may not certify role card.
        The certificate cannot be issued: the issuer's key is not the key of its certificate.
        The certificate cannot be issued: it would outlive its issuer, which ends at 2031-11-22T12:00:00Z.
        The certificate cannot be issued: `Other` is not the brand of its issuer.
        The certificate cannot be issued: a CA of SET issues only certificates of SET.
        The certificate cannot be issued: its validity ends before it begins.
        The certificate cannot be issued: `CN=455612:1,OU=Bank,O=Acme Card,C=DE` is no CA."#]]
    .assert_eq(&table.join("\n"));
    let (this_update, next_update) = (days(1), days(0));
    let crl = CrlTemplate { number: 1, this_update, next_update, revoked: &[] };
    let signing = cca.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &cca.certificate, key: &*signing };
    assert!(issuer.crl(&crl, &mut deployment.maker.rng).is_err());
}

#[derive(serde::Deserialize)]
struct Pkits {
    crls: std::collections::BTreeMap<String, String>,
}

#[test]
fn crls_that_are_not_the_whole_list_of_their_issuer_are_refused() {
    let Some(pkits) = load::<Pkits>("pkits/pkits.json") else { return };
    let mut trust = trust_in(&mut Deployment::new());
    for kind in ["onlyContainsUserCertsCACRL", "deltaCRLCA1deltaCRL", "UnknownCRLExtensionCACRL"] {
        let crl = Crl::from_der(&base64(&pkits.crls[kind])).unwrap();
        let answer = trust.add_crls(&[crl], &[], "2011-04-15T00:00:00Z".parse().unwrap());
        assert_eq!(id(answer), "crl-unsupported", "{kind}");
    }
}

#[test]
fn there_is_a_limit_to_the_roots() {
    let mut deployment = Deployment::new();
    let root = template(name("SET Root", "Root", "Root B"), profile::root(None), 100);
    let roots = (0..=TRUST_ROOTS_MAX).map(|_| deployment.maker.root(&root).certificate);
    let answer = Trust::new(roots.collect(), TrustSettings::default());
    assert_eq!(id(answer), "roots-limit");
}

#[test]
fn trust_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Trust>();
    shared::<Certificate>();
    shared::<counterfoil_pki::Verified>();
}
