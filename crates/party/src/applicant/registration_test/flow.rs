//! Registrations from the order to the certificates, and what may come between.

use std::collections::BTreeMap;

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_message::account::cardholder_id;
use counterfoil_message::primitive::{CardExpiry, CardNumber, PanSecret};
use counterfoil_pki::Certificate;
use counterfoil_secret::{Pan, Secret};

use super::world::{
    BIN, EXPIRY, Fate, PAN, PASSPHRASE, QUESTION, World, new_applicant, order, plan, register,
    shown,
};
use crate::applicant::{Command, Outcome, Present, Registered, Wanted, Who};
use crate::ca::config::Admission;
use crate::ca::{CaKind, PASSPHRASE_FAILURES_MAX};
use crate::machine::Role;

pub(super) fn registered(outcome: Option<Outcome>) -> Registered {
    match outcome {
        Some(Outcome::Registered(registered)) => *registered,
        other => panic!("{}", shown(other)),
    }
}

pub(super) fn certificate(pem: &Option<String>) -> Certificate {
    Certificate::from_pem_all(pem.as_ref().unwrap()).unwrap().remove(0)
}

fn key(pem: &Option<Secret<String>>, key_use: KeyUse) -> KeyPair {
    KeyPair::from_pkcs8_pem(&DETERMINISTIC, key_use, pem.as_ref().unwrap()).unwrap()
}

#[test]
fn a_cardholder_gets_a_certificate_for_the_card() {
    let mut world = World::new(CaKind::Cca);
    let result = registered(world.command(register(order(CaKind::Cca))));
    let certificate = certificate(&result.sign_certificate);
    assert_eq!(certificate.spki_der(), key(&result.sign_key, KeyUse::Sign).spki_der());
    let secret = PanSecret::new(*result.pan_secret.as_ref().unwrap().expose());
    let (pan, expiry) = (Pan::parse(PAN).unwrap(), CardExpiry::new(EXPIRY).unwrap());
    let id = cardholder_id(&CardNumber(pan), &expiry, &secret).unwrap();
    let subject = format!("CN={id},OU=Gold,OU=First Bank,O=Acme,C=GB");
    assert_eq!(certificate.subject().to_string(), subject);
    assert_eq!(certificate.not_after().to_string(), "2027-12-31T23:59:59Z");
    assert!(result.card_secret.is_some() && result.exchange_key.is_none());
    assert_eq!(result.chain.len(), 2);
    assert_eq!(world.issued(), 1);
    assert_eq!(world.wire.len(), 6);
}

#[test]
fn a_merchant_gets_both_certificates() {
    let mut world = World::new(CaKind::Mca);
    let result = registered(world.command(register(order(CaKind::Mca))));
    let sign = certificate(&result.sign_certificate);
    let exchange = certificate(&result.exchange_certificate);
    assert_eq!(sign.spki_der(), key(&result.sign_key, KeyUse::Sign).spki_der());
    assert_eq!(exchange.spki_der(), key(&result.exchange_key, KeyUse::Exchange).spki_der());
    assert_eq!(sign.subject().to_string(), "CN=Shop,OU=First Bank,O=Acme,C=GB");
    let data = exchange.merchant_data().unwrap();
    assert_eq!((data.mer_id.as_str(), data.mer_auth_flag), ("M-1", false));
    assert!(result.card_secret.is_none() && result.pan_secret.is_none());
    assert_eq!(world.wire.len(), 4);
}

#[test]
fn a_gateway_gets_both_certificates() {
    let mut world = World::new(CaKind::Pca);
    let result = registered(world.command(register(order(CaKind::Pca))));
    let exchange = certificate(&result.exchange_certificate);
    assert_eq!(exchange.common_name(), Some("492912:77"));
    assert!(exchange.card_cert_required());
    let suites = &exchange.tunneling().unwrap().suites;
    assert_eq!(suites[..], [counterfoil_crypto::suite::P256.oid]);
}

#[test]
fn the_form_is_asked_for_when_the_order_does_not_answer_it() {
    let mut world = World::new(CaKind::Cca);
    let order = crate::applicant::Order { passphrase: None, ..order(CaKind::Cca) };
    let Some(Outcome::FormWanted { registration, form, wrong }) = world.command(register(order))
    else {
        panic!("no form")
    };
    assert_eq!(form.policy, "You agree.");
    let fields: Vec<_> =
        form.fields.iter().map(|f| (f.name.as_str(), f.required, f.passphrase)).collect();
    assert_eq!(fields, [(QUESTION, true, true), ("Name", false, false)]);
    assert!(wrong.is_empty());
    let mut answer = |passphrase: &str, name: &str| {
        shown(world.command(Command::Answer {
            registration: registration.clone(),
            passphrase: Some(Secret::new(passphrase.into())),
            answers: BTreeMap::from([("Name".to_owned(), Secret::new(name.to_owned()))]),
        }))
    };
    let long = "A. Cardholder with far too long a name";
    let too_long = r#"form wanted [("Name", "is longer than 20 characters")]"#;
    assert_eq!(answer(PASSPHRASE, long), too_long);
    assert_eq!(answer(PASSPHRASE, &format!("Mr {PAN}")), "form wanted []");
    assert_eq!(answer(PASSPHRASE, "A. Cardholder"), "registered");
    assert_eq!(answer(PASSPHRASE, "A. Cardholder"), "not done: form-not-open");
}

#[test]
fn a_wrong_passphrase_is_refused_and_too_many_lock_the_card() {
    let mut world = World::new(CaKind::Cca);
    let mut attempt = |passphrase: &str| {
        let passphrase = Some(Secret::new(passphrase.to_owned()));
        let order = crate::applicant::Order { passphrase, ..order(CaKind::Cca) };
        shown(world.command(register(order)))
    };
    let refused = "rejectedByIssuer: the bank has not admitted this registration; ask the bank for \
                   a passphrase";
    for _ in 0..PASSPHRASE_FAILURES_MAX {
        assert_eq!(attempt("guess"), refused);
    }
    assert_eq!(attempt(PASSPHRASE), refused, "locked");
    assert_eq!(world.issued(), 0);
}

#[test]
fn a_passphrase_counts_once() {
    for kind in [CaKind::Cca, CaKind::Mca, CaKind::Pca] {
        let mut world = World::new(kind);
        assert_eq!(shown(world.command(register(order(kind)))), "registered");
        let second = shown(world.command(register(order(kind))));
        assert!(second.starts_with("rejectedBy"), "{second}");
    }
}

#[test]
fn an_unlisted_card_or_merchant_is_refused() {
    let mut world = World::new(CaKind::Cca);
    let other = Who::Cardholder {
        pan: Pan::parse(OTHER_PAN).unwrap(),
        expiry: CardExpiry::new(EXPIRY).unwrap(),
    };
    let order_of = |who, kind| crate::applicant::Order { who, ..order(kind) };
    let refused = shown(world.command(register(order_of(other, CaKind::Cca))));
    assert!(refused.starts_with("rejectedByIssuer"), "{refused}");
    let mut world = World::new(CaKind::Mca);
    let other = Who::Merchant { bin: BIN.into(), id: "M-2".into() };
    let refused = shown(world.command(register(order_of(other, CaKind::Mca))));
    assert!(refused.starts_with("rejectedByAcquirer"), "{refused}");
}

#[test]
fn a_bank_that_the_ca_does_not_serve_is_referred() {
    let mut world = World::with(CaKind::Cca, |config| config.issuers.clear());
    let outcome = shown(world.command(register(order(CaKind::Cca))));
    assert!(outcome.starts_with("referred: this certificate authority does not serve"));
    let mut world = World::with(CaKind::Mca, |config| config.acquirers.clear());
    let outcome = shown(world.command(register(order(CaKind::Mca))));
    assert!(outcome.starts_with("referred: "), "{outcome}");
}

#[test]
fn another_brand_is_not_served() {
    let mut world = World::new(CaKind::Cca);
    let order = crate::applicant::Order { brand: "Other".into(), ..order(CaKind::Cca) };
    let outcome = shown(world.command(register(order)));
    assert!(outcome.starts_with("unreachable"), "{outcome}");
    assert_eq!(world.issued(), 0);
}

#[test]
fn a_ca_under_another_root_is_not_trusted() {
    let mut world = World::new(CaKind::Cca);
    let elsewhere = plan("Acme").found(&mut world.rng).unwrap();
    world.applicant = new_applicant(Role::Wallet, &elsewhere);
    let outcome = shown(world.command(register(order(CaKind::Cca))));
    assert!(outcome.starts_with("unreachable: "), "{outcome}");
    assert_eq!((world.issued(), world.told("answer.refused")), (0, 4));
    assert_eq!(world.told("error.received"), 4, "the CA is told");
}

#[test]
fn messages_may_be_lost_or_doubled() {
    for lost in 0..6 {
        let mut world = World::new(CaKind::Cca);
        world.weather = Box::new(move |number, _, _| match number {
            n if n == lost => Fate::Lost,
            _ => Fate::Doubled,
        });
        assert_eq!(shown(world.command(register(order(CaKind::Cca)))), "registered", "{lost}");
        assert_eq!(world.issued(), 1);
        // The message whose answer is missing was repeated with the same octets.
        let place = lost / 2 * 2;
        assert_eq!(world.wire[place], world.wire[place + 2]);
    }
}

#[test]
fn a_ca_that_does_not_answer_lets_the_registration_rest() {
    let mut world = World::new(CaKind::Cca);
    world.weather = Box::new(|_, _, _| Fate::Lost);
    let Some(Outcome::Unreachable { registration, reason }) =
        world.command(register(order(CaKind::Cca)))
    else {
        panic!()
    };
    assert_eq!(reason, "the CA did not answer in time");
    assert_eq!(world.wire.len(), 8, "four times");
    world.weather = Box::new(|_, _, _| Fate::Arrives);
    let resume = || Command::Resume { registration: registration.clone() };
    assert_eq!(shown(world.command(resume())), "registered");
    assert_eq!(shown(world.command(resume())), "registered", "it can be told again");
    let forget = Command::Forget { registration: registration.clone() };
    assert_eq!(shown(world.command(forget)), "forgotten");
    assert_eq!(shown(world.command(resume())), "not done: registration-unknown");
    assert_eq!(shown(world.command(Command::List)), "0 registrations");
}

#[test]
fn any_card_of_the_bin_may_register_with_a_passphrase_of_the_bank() {
    let passphrase =
        crate::applicant::registration_test::world::marks().passphrase(BIN, PASSPHRASE);
    let mut world = World::with(CaKind::Cca, |config| {
        config.issuers[0].admission = Admission::Passphrase { passphrases: vec![passphrase] };
    });
    assert_eq!(shown(world.command(register(order(CaKind::Cca)))), "registered");
}

fn present(result: &Registered, renews: bool) -> Present {
    let sign = certificate(&result.sign_certificate);
    Present {
        key: key(&result.sign_key, KeyUse::Sign),
        renews: renews.then(|| *sign.thumb().as_bytes()),
        certificate: sign,
        chain: result
            .chain
            .iter()
            .flat_map(|pem| Certificate::from_pem_all(pem).unwrap())
            .collect(),
    }
}

#[test]
fn a_renewal_needs_no_passphrase_and_gives_a_new_id() {
    for kind in [CaKind::Cca, CaKind::Mca, CaKind::Pca] {
        let mut world = World::new(kind);
        let first = registered(world.command(register(order(kind))));
        let renewal = crate::applicant::Order {
            passphrase: Some(Secret::new("none".into())),
            present: Some(present(&first, true)),
            ..order(kind)
        };
        let second = registered(world.command(register(renewal)));
        let (old, new) =
            (certificate(&first.sign_certificate), certificate(&second.sign_certificate));
        assert_ne!(old.spki_der(), new.spki_der());
        assert_eq!(old.common_name() == new.common_name(), kind != CaKind::Cca);
    }
}

#[test]
fn a_key_exchange_certificate_alone_is_asked_for_under_the_present_certificate() {
    let mut world = World::new(CaKind::Mca);
    let signature = crate::applicant::Order { wanted: Wanted::Signature, ..order(CaKind::Mca) };
    let first = registered(world.command(register(signature)));
    let exchange = crate::applicant::Order {
        wanted: Wanted::Exchange,
        present: Some(present(&first, false)),
        ..order(CaKind::Mca)
    };
    let second = registered(world.command(register(exchange)));
    assert!(second.sign_certificate.is_none());
    let renewal = crate::applicant::Order {
        wanted: Wanted::Exchange,
        present: Some(Present {
            renews: Some(*certificate(&second.exchange_certificate).thumb().as_bytes()),
            ..present(&first, false)
        }),
        ..order(CaKind::Mca)
    };
    let third = registered(world.command(register(renewal)));
    assert_ne!(
        certificate(&second.exchange_certificate).spki_der(),
        certificate(&third.exchange_certificate).spki_der()
    );
}

#[test]
fn a_renewal_for_another_card_is_refused() {
    let mut world = World::with(CaKind::Cca, |config| {
        let Admission::Listed { cards, .. } = &mut config.issuers[0].admission else { return };
        let other = super::world::marks().card(&Pan::parse(OTHER_PAN).unwrap());
        let listed = crate::ca::config::ListedCard { card: other, ..cards[0].clone() };
        cards.push(listed);
    });
    let first = registered(world.command(register(order(CaKind::Cca))));
    let renewal = crate::applicant::Order {
        who: Who::Cardholder {
            pan: Pan::parse(OTHER_PAN).unwrap(),
            expiry: CardExpiry::new(EXPIRY).unwrap(),
        },
        present: Some(present(&first, true)),
        ..order(CaKind::Cca)
    };
    let outcome = shown(world.command(register(renewal)));
    assert_eq!(outcome, "rejectedByIssuer: the renewed certificate is of another holder");
}

/// Another card of the same issuer.
const OTHER_PAN: &str = "4929120000000006";

#[test]
fn orders_that_cannot_be_are_not_begun() {
    let mut world = World::new(CaKind::Cca);
    let both = crate::applicant::Order { wanted: Wanted::Both, ..order(CaKind::Cca) };
    assert_eq!(shown(world.command(register(both))), "not done: registration-order-invalid");
    let alone = crate::applicant::Order { wanted: Wanted::Exchange, ..order(CaKind::Mca) };
    assert_eq!(shown(world.command(register(alone))), "not done: registration-order-invalid");
    let brand = crate::applicant::Order { brand: String::new(), ..order(CaKind::Cca) };
    assert_eq!(shown(world.command(register(brand))), "not done: registration-order-invalid");
    assert!(world.wire.is_empty());
}
