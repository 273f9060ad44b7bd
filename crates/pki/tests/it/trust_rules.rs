//! Each rule of SET about certificates, broken alone, gives its own error and no other.

use counterfoil_crypto::key::KeyUse;
use counterfoil_pki::{
    Certificate, Need, Roles, Trust, Verified,
    issue::{CrlTemplate, Issuer, Profile, Template, issue_unchecked, profile},
    trust::{BciRule, TrustSettings, Usage},
};
use counterfoil_secret::report::Report;

use crate::deployment::{
    BRAND, Deployment, Holder, Maker, days, merchant_data, name, now, template, tunneling,
};

/// Trust in the root with the deployment's CRLs, asking for no BCI.
pub(crate) fn trust_in(deployment: &mut Deployment) -> Trust {
    let settings = TrustSettings { bci: BciRule::IfHeld, ..TrustSettings::default() };
    let mut trust = Trust::new(vec![deployment.root.certificate.clone()], settings).unwrap();
    let crls = deployment.crls(1, &[]);
    assert_eq!(trust.add_crls(&crls, &deployment.bag(), now()), Ok(5));
    trust
}

/// `accepted`, or the id of the error.
pub(crate) fn told<E: Report>(answer: Result<Verified, E>) -> String {
    match answer {
        Ok(_) => "accepted".into(),
        Err(error) => {
            assert!(!error.hint().is_empty() && error.to_string().ends_with('.'));
            error.id().into()
        }
    }
}

fn signed(maker: &mut Maker, by: &Holder, template: &Template, key_use: KeyUse) -> Holder {
    let key = maker.key(key_use);
    let signing = by.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &by.certificate, key: &*signing };
    let spki = key.spki_der();
    let certificate = issue_unchecked(template, &issuer, spki, &mut maker.rng).unwrap();
    Holder { certificate, key }
}

/// A certificate that the CA chosen by `by` issues without asking anybody, verified for `need`.
fn verdict_on(
    by: fn(&Deployment) -> &Holder,
    template: &Template,
    key_use: KeyUse,
    need: Need<'_>,
) -> String {
    let mut deployment = Deployment::new();
    let by = by(&deployment).clone();
    let leaf = signed(&mut deployment.maker, &by, template, key_use).certificate;
    let mut trust = trust_in(&mut deployment);
    told(trust.verify(&leaf, &deployment.bag(), now(), &need))
}

fn merchant(profile: Profile) -> Template {
    template(name(BRAND, "Bank", "Shop"), profile, 365)
}

fn merchant_profile() -> Profile {
    profile::merchant_signature(merchant_data())
}

const MERCHANT: Need<'static> = Need { roles: Roles::MER, usage: Usage::Sign, brand: None };

#[test]
fn every_end_entity_is_accepted_for_its_own_use_only() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let mut table = String::new();
    for leaf in deployment.leaves() {
        for roles in [Roles::CARD, Roles::MER, Roles::PGWY] {
            for need in [Need::sign(roles), Need::exchange(roles)] {
                let answer = told(trust.verify(&leaf, &deployment.bag(), now(), &need));
                let common = leaf.common_name().unwrap();
                table += &format!("{common} {roles} {:?}: {answer}\n", need.usage);
            }
        }
    }
    expect_test::expect![[r#"
        x7Qk card Sign: accepted
        x7Qk card Exchange: wrong-key-usage
        x7Qk mer Sign: wrong-role
        x7Qk mer Exchange: wrong-role
        x7Qk pgwy Sign: wrong-role
        x7Qk pgwy Exchange: wrong-role
        Shop card Sign: wrong-role
        Shop card Exchange: wrong-role
        Shop mer Sign: accepted
        Shop mer Exchange: wrong-key-usage
        Shop pgwy Sign: wrong-role
        Shop pgwy Exchange: wrong-role
        Shop card Sign: wrong-role
        Shop card Exchange: wrong-role
        Shop mer Sign: wrong-key-usage
        Shop mer Exchange: accepted
        Shop pgwy Sign: wrong-role
        Shop pgwy Exchange: wrong-role
        455612:1 card Sign: wrong-role
        455612:1 card Exchange: wrong-role
        455612:1 mer Sign: wrong-role
        455612:1 mer Exchange: wrong-role
        455612:1 pgwy Sign: accepted
        455612:1 pgwy Exchange: wrong-key-usage
        455612:1 card Sign: wrong-role
        455612:1 card Exchange: wrong-role
        455612:1 mer Sign: wrong-role
        455612:1 mer Exchange: wrong-role
        455612:1 pgwy Sign: wrong-key-usage
        455612:1 pgwy Exchange: accepted
    "#]]
    .assert_eq(&table);
}

#[test]
fn the_brand_that_is_needed_has_to_be_the_certificates() {
    let brand = |brand| {
        let need = MERCHANT.of_brand(brand);
        verdict_on(|d| &d.mca, &merchant(merchant_profile()), KeyUse::Sign, need)
    };
    assert_eq!(brand("acme card"), "accepted");
    assert_eq!(brand("Acme Card:Gold"), "accepted");
    assert_eq!(brand("Other Card"), "wrong-brand");
}

#[test]
fn an_issuer_needs_the_certificate_type_that_entitles_it() {
    let ask = |by| verdict_on(by, &merchant(merchant_profile()), KeyUse::Sign, MERCHANT);
    assert_eq!(ask(|d| &d.mca), "accepted");
    assert_eq!(ask(|d| &d.cca), "issuer-not-entitled");
    assert_eq!(ask(|d| &d.pca), "issuer-not-entitled");
    assert_eq!(ask(|d| &d.brand), "issuer-not-entitled");
}

#[test]
fn a_certificate_needs_a_certificate_type() {
    let template = merchant(profile::ca_signature(Roles::NONE));
    let answer = verdict_on(|d| &d.mca, &template, KeyUse::Sign, MERCHANT);
    assert_eq!(answer, "certificate-type-missing");
}

#[test]
fn below_a_brand_ca_there_is_one_brand() {
    let template = template(name("Other Card", "Bank", "Shop"), merchant_profile(), 365);
    let answer = verdict_on(|d| &d.mca, &template, KeyUse::Sign, MERCHANT);
    assert_eq!(answer, "brand-mismatch");
}

#[test]
fn no_certificate_outlives_its_issuer() {
    let template = template(name(BRAND, "Bank", "Shop"), merchant_profile(), 2001);
    let answer = verdict_on(|d| &d.mca, &template, KeyUse::Sign, MERCHANT);
    assert_eq!(answer, "outlives-issuer");
}

#[test]
fn a_merchant_needs_merchant_data() {
    let template = merchant(profile::ca_signature(Roles::MER));
    let answer = verdict_on(|d| &d.mca, &template, KeyUse::Sign, MERCHANT);
    assert_eq!(answer, "merchant-data-missing");
}

#[test]
fn a_gateways_key_exchange_certificate_needs_its_extensions() {
    let ask = |profile| {
        let template = template(name(BRAND, "Bank", "455612:2"), profile, 365);
        let need = Need::exchange(Roles::PGWY);
        verdict_on(|d| &d.pca, &template, KeyUse::Exchange, need)
    };
    assert_eq!(ask(profile::gateway_exchange(false, tunneling())), "accepted");
    assert_eq!(ask(profile::ca_exchange(Roles::PGWY)), "gateway-data-missing");
}

#[test]
fn a_certificate_outside_set_has_no_policy_of_set() {
    let template = merchant(profile::tls_client(Vec::new()));
    let answer = verdict_on(|d| &d.mca, &template, KeyUse::Sign, MERCHANT);
    assert_eq!(answer, "policy-required");
}

#[test]
fn the_root_itself_has_to_be_valid_now() {
    let mut maker = Maker::new(7);
    let mut late = template(name("SET Root", "Root", "Root 9"), profile::root(None), 3650);
    late.not_before = days(-1);
    let root = maker.root(&late);
    let brand_template = template(name(BRAND, "Brand", "Brand CA"), profile::brand(), 3000);
    let brand = maker.issue(&root, &brand_template, KeyUse::Sign).certificate;
    let settings = TrustSettings { bci: BciRule::IfHeld, ..TrustSettings::default() };
    let mut trust = Trust::new(vec![root.certificate.clone()], settings).unwrap();
    let signing = root.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &root.certificate, key: &*signing };
    let (this_update, next_update) = (days(-3), days(7));
    let crl = CrlTemplate { number: 1, this_update, next_update, revoked: &[] };
    let crl = issuer.crl(&crl, &mut maker.rng).unwrap();
    assert_eq!(trust.add_crls(&[crl], &[], now()), Ok(1));
    let need = Need { roles: Roles::BCA, usage: Usage::Issue, brand: None };
    assert_eq!(told(trust.verify(&brand, &[], days(-2), &need)), "root-not-valid-now");
    assert_eq!(told(trust.verify(&brand, &[], now(), &need)), "accepted");
}

#[test]
fn only_roots_of_set_can_be_trusted() {
    let deployment = Deployment::new();
    let ask = |certificate: &Certificate| {
        let settings = TrustSettings::default();
        Trust::new(vec![certificate.clone()], settings).map_err(|error| error.id().to_owned())
    };
    assert!(ask(&deployment.root.certificate).is_ok());
    assert_eq!(ask(&deployment.brand.certificate).unwrap_err(), "root-invalid");
    let mut maker = Maker::new(3);
    let tls = maker.root(&template(name("Ops", "TLS", "TLS CA"), profile::tls_ca(), 100));
    assert_eq!(ask(&tls.certificate).unwrap_err(), "root-invalid");
    let mut der = deployment.root.certificate.der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let forged = Certificate::from_der(&der).unwrap();
    assert_eq!(ask(&forged).unwrap_err(), "root-invalid");
}

#[test]
fn the_paths_of_rfc_5280_hold_too() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let short = template(name(BRAND, "Bank", "Shop"), merchant_profile(), 3);
    let mca = deployment.mca.clone();
    let leaf = deployment.maker.issue(&mca, &short, KeyUse::Sign).certificate;
    let mut ask = |bag: &[Certificate], at| told(trust.verify(&leaf, bag, at, &MERCHANT));
    assert_eq!(ask(&deployment.bag(), days(-11)), "certificate-not-yet-valid");
    assert_eq!(ask(&deployment.bag(), days(4)), "certificate-expired");
    let root = deployment.root.certificate.clone();
    let mut ignorant = Trust::new(vec![root], TrustSettings::default()).unwrap();
    assert_eq!(told(ignorant.verify(&leaf, &[], now(), &MERCHANT)), "issuer-unknown");
    let mut stranger = trust_in(&mut Deployment::with(Maker::new(8)));
    let answer = told(stranger.verify(&leaf, &deployment.bag(), now(), &MERCHANT));
    assert_eq!(answer, "certificate-signature-invalid");
}

#[test]
fn a_geo_political_ca_may_stand_between() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let brand = deployment.brand.clone();
    let m = &mut deployment.maker;
    let geo_template = template(name(BRAND, "Europe", "Geo CA"), profile::geo(), 2500);
    let geo = m.issue(&brand, &geo_template, KeyUse::Sign);
    let roles = Roles::MCA | Roles::PCA;
    let ca_profile = profile::issuing_ca(roles, false);
    let ca_template = template(name(BRAND, "Acquirer", "Both CAs"), ca_profile, 2000);
    let ca = m.issue(&geo, &ca_template, KeyUse::Sign);
    let shop = m.issue(&ca, &merchant(merchant_profile()), KeyUse::Sign).certificate;
    let bag = [&brand, &geo, &ca].map(|holder| holder.certificate.clone());
    // The geo-political CA signs CRLs, so one is asked for.
    assert_eq!(told(trust.verify(&shop, &bag, now(), &MERCHANT)), "revocation-unknown");
    let crl = m.crl(&geo, 1, &[]);
    assert_eq!(trust.add_crls(&[crl], &bag, now()), Ok(1));
    let verified = trust.verify(&shop, &bag, now(), &MERCHANT).unwrap();
    assert_eq!(verified.chain().len(), 5);
    assert_eq!(verified.valid_until(), days(7));
}
