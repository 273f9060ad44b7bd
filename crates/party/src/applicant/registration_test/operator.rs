//! The operator's commands.

use super::flow::{certificate, registered};
use super::world::{World, new_ca, order, register, shown};
use crate::applicant::{Command, Outcome, Registered};
use crate::ca::{self, AuthorityKey, AuthorityRequest, CaKind, CommandError};
use crate::machine::{Input, Output, ReplyTo};
use crate::records::Octets;
use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_pki::{Certificate, Crl};
use counterfoil_secret::Report;
use jiff::SignedDuration;

fn under_review(kind: CaKind) -> World {
    World::with(kind, |config| {
        config.issuers.iter_mut().for_each(|issuer| issuer.review = true);
        config.acquirers.iter_mut().for_each(|acquirer| acquirer.review = true);
    })
}

fn pending(world: &mut World) -> Vec<ca::command::PendingRequest> {
    match world.operator(ca::Command::ListPending { after: None, limit: 10 }) {
        ca::Outcome::Pending { requests, .. } => requests,
        other => panic!("{other:?}"),
    }
}

fn resume(world: &mut World) -> Option<Outcome> {
    let registration = world.registrations().remove(0);
    world.command(Command::Resume { registration })
}

fn refused(outcome: &ca::Outcome) -> &'static str {
    match outcome {
        ca::Outcome::Refused { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pended_request_is_approved() {
    for kind in [CaKind::Cca, CaKind::Mca, CaKind::Pca] {
        let mut world = under_review(kind);
        let name =
            std::collections::BTreeMap::from([("Name".to_owned(), "A. Name".to_owned().into())]);
        let order = crate::applicant::Order { answers: name, ..order(kind) };
        let first = shown(world.command(register(order)));
        assert!(first.starts_with("pended"), "{first}");
        assert_eq!(world.issued(), 0);
        assert_eq!(shown(resume(&mut world)), "pended: nobody has decided yet");
        let requests = pending(&mut world);
        assert_eq!(requests[0].answers, [("Name".to_owned(), "A. Name".to_owned())]);
        let registration = requests[0].registration.clone();
        let approve = || ca::Command::Approve { registration: registration.clone() };
        assert!(matches!(world.operator(approve()), ca::Outcome::Certified { .. }));
        assert_eq!(refused(&world.operator(approve())), "registration-not-pending");
        let result = registered(resume(&mut world));
        assert_eq!(result.pan_secret.is_some(), kind == CaKind::Cca);
        assert!(pending(&mut world).is_empty());
    }
}

#[test]
fn a_pended_request_is_refused() {
    let mut world = under_review(CaKind::Mca);
    world.command(register(order(CaKind::Mca)));
    let registration = pending(&mut world).remove(0).registration;
    let message = Some("no such shop in London".to_owned());
    assert_eq!(world.operator(ca::Command::Refuse { registration, message }), ca::Outcome::Done);
    assert_eq!(shown(resume(&mut world)), "rejectedByAcquirer: no such shop in London");
    assert_eq!(world.issued(), 0);
}

#[test]
fn a_request_that_nobody_decides_is_refused_and_later_forgotten() {
    let mut world = under_review(CaKind::Cca);
    world.command(register(order(CaKind::Cca)));
    world.now += SignedDuration::from_hours(24 * 30);
    world.ca_input(Input::Deadline);
    assert_eq!(shown(resume(&mut world)), "rejectedByIssuer: nobody decided in time");
    world.now += SignedDuration::from_hours(24 * 30);
    world.ca_input(Input::Deadline);
    assert_eq!(world.ca_records.rows().filter(|(table, ..)| *table == "ca-session").count(), 0);
    let Outcome::Refused { .. } = resume(&mut world).unwrap() else { panic!() };
}

#[test]
fn sessions_that_nobody_uses_are_forgotten() {
    let mut world = World::new(CaKind::Cca);
    let status = |world: &mut World| match world.operator(ca::Command::Status) {
        ca::Outcome::Status(status) => (status.registrations, status.issued),
        other => panic!("{other:?}"),
    };
    let asked = crate::applicant::Order { passphrase: None, ..order(CaKind::Cca) };
    world.command(register(asked));
    assert_eq!(status(&mut world), (1, 0));
    world.now += SignedDuration::from_hours(1);
    world.ca_input(Input::Deadline);
    assert_eq!(status(&mut world), (0, 0));
    assert_eq!(world.told("registration.forgotten"), 1);
    let answer = Command::Answer {
        registration: world.registrations().remove(0),
        passphrase: Some(super::world::PASSPHRASE.to_owned().into()),
        answers: Default::default(),
    };
    assert_eq!(shown(world.command(answer)), "failed: unknownLID");
}

#[test]
fn an_unlisted_card_waits_where_the_lists_say_so() {
    let mut world = World::with(CaKind::Cca, |config| {
        use crate::ca::config::Admission;
        let issuer = &mut config.issuers[0];
        issuer.admission = Admission::Listed { cards: Vec::new(), unlisted_wait: true };
    });
    let first = shown(world.command(register(order(CaKind::Cca))));
    assert!(first.starts_with("pended"), "{first}");
}

fn revoke(world: &mut World, result: &Registered) -> ca::Outcome {
    let serial = hex::encode(certificate(&result.sign_certificate).serial());
    world.operator(ca::Command::Revoke { serial, reason: ca::RevocationReason::KeyCompromise })
}

#[test]
fn a_revoked_certificate_is_on_the_next_crl() {
    let mut world = World::new(CaKind::Pca);
    let result = registered(world.command(register(order(CaKind::Pca))));
    let ca::Outcome::Crl { crl, number, .. } = revoke(&mut world, &result) else { panic!() };
    let crl = Crl::from_pem_all(&crl).unwrap().remove(0);
    let certificate = certificate(&result.sign_certificate);
    let entry = crl.entry(certificate.issuer(), certificate.serial()).unwrap();
    assert_eq!((number, entry.reason.name()), (2, "keyCompromise"));
    assert_eq!(crl.entry_count(), 1);
    assert_eq!(refused(&revoke(&mut world, &result)), "revoked-already");
    let unknown = ca::Command::Revoke { serial: "00".into(), reason: Default::default() };
    assert_eq!(refused(&world.operator(unknown)), "serial-unknown");
    assert!(matches!(world.operator(ca::Command::Crl), ca::Outcome::Crl { number: 2, .. }));
    assert!(matches!(world.operator(ca::Command::IssueCrl), ca::Outcome::Crl { number: 3, .. }));
}

#[test]
fn authorities_are_certified_below_this_one_and_once() {
    let mut world = World::new(CaKind::Brand);
    let key = KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut world.rng).unwrap();
    let request = |kind, brand: &str| {
        ca::Command::CertifyAuthority(Box::new(AuthorityRequest {
            kind,
            key: AuthorityKey::Issuing,
            spki: Octets(key.spki_der().to_vec()),
            country: "FR".into(),
            brand: brand.into(),
            unit: Some("Second Bank".into()),
            name: None,
            days: 365,
            crls: true,
        }))
    };
    assert_eq!(refused(&world.operator(request(CaKind::Mca, "Other"))), "not-certifiable");
    assert_eq!(refused(&world.operator(request(CaKind::Root, "Acme"))), "not-certifiable");
    let ca::Outcome::Certified { certificates } = world.operator(request(CaKind::Mca, "Acme"))
    else {
        panic!()
    };
    let certificate = Certificate::from_pem_all(&certificates[0]).unwrap().remove(0);
    assert_eq!(certificate.subject().to_string(), "OU=Second Bank,O=Acme,C=FR");
    assert_eq!(refused(&world.operator(request(CaKind::Mca, "Acme"))), "key-not-accepted");
}

#[test]
fn the_chain_has_what_others_need() {
    let mut world = World::new(CaKind::Cca);
    let ca::Outcome::Chain { certificates } = world.operator(ca::Command::Chain) else { panic!() };
    let names: Vec<String> = certificates
        .iter()
        .map(|pem| Certificate::from_pem_all(pem).unwrap()[0].common_name().unwrap().to_owned())
        .collect();
    let expected = ["Cardholder CA messages", "Cardholder CA requests", "Cardholder CA", "Acme CA"];
    assert_eq!(names, expected);
}

#[test]
fn commands_that_name_nothing_are_refused() {
    let mut world = World::new(CaKind::Cca);
    let registration = || "nothing".to_owned();
    let approve = ca::Command::Approve { registration: registration() };
    assert_eq!(refused(&world.operator(approve)), "registration-unknown");
    let refuse = ca::Command::Refuse { registration: "00".into(), message: None };
    assert_eq!(refused(&world.operator(refuse)), "registration-unknown");
    let error = CommandError::NoBci;
    assert!(!error.hint().is_empty() && !error.to_string().is_empty());
}

#[test]
fn other_channels_are_dropped() {
    let mut world = World::new(CaKind::Cca);
    let request = Input::Request {
        reply_to: ReplyTo(4),
        channel: crate::machine::Channel::Payment,
        peer: String::new(),
        body: Vec::new(),
    };
    assert_eq!(world.ca_input(request), [Output::Drop { reply_to: ReplyTo(4) }]);
}

#[test]
fn settings_that_cannot_work_are_named() {
    use crate::ca::config::{Admission, FieldKind};
    use crate::ca::{CaConfig, CertificateAuthority, Published};
    let world = World::new(CaKind::Cca);
    let check = |change: &dyn Fn(&mut CaConfig), expected: &str| {
        let mut config = world.config.clone();
        change(&mut config);
        let error = config.check().unwrap_err();
        assert_eq!(format!("{}: {}", error.setting, error.reason), expected);
    };
    check(&|c| c.cardholder_days = 0, "cardholder_days: not between 1 and 1098");
    check(
        &|c| c.crl.renew_hours = c.crl.valid_hours,
        "crl: renew_hours must be at least 1 and less than valid_hours",
    );
    check(&|c| c.kind = CaKind::Mca, "issuer: only a cca certifies cards");
    check(&|c| c.issuers[0].bin = "4".into(), "issuer 4: bin is not six digits");
    check(
        &|c| c.issuers[0].country = "gb".into(),
        "issuer 492912: country is not two capital letters",
    );
    check(
        &|c| c.issuers[0].admission = Admission::Anyone,
        "issuer 492912: admission by anyone needs review = true",
    );
    check(
        &|c| c.issuers[0].form.fields[0].kind = FieldKind::FullName,
        "issuer 492912 form: the lists demand a passphrase, and no field of kind pass_phrase asks \
         for it",
    );
    check(
        &|c| c.issuers[0].form.fields[1].name = super::world::QUESTION.into(),
        "issuer 492912 form: two fields are named Passphrase from your bank",
    );
    let identity = super::world::identity(&world.founded.mca);
    let roots = vec![world.founded.root.issuing.certificate.clone()];
    let config = world.config.clone();
    let error = CertificateAuthority::new(config, identity, roots, Published::default());
    assert_eq!(error.unwrap_err().setting, "issuing certificate");
    new_ca(&world.founded, world.config.clone());
}

#[test]
fn settings_go_through_text_unchanged() {
    for kind in [CaKind::Cca, CaKind::Mca, CaKind::Brand] {
        let config = super::world::config(kind, "Acme");
        let text = serde_json::to_string(&config).unwrap();
        let read: crate::ca::CaConfig = serde_json::from_str(&text).unwrap();
        assert_eq!(read, config);
    }
    let bare: crate::ca::CaConfig =
        serde_json::from_str(r#"{ "kind": "geo", "brand": "Acme" }"#).unwrap();
    assert_eq!(bare, crate::ca::CaConfig::new(CaKind::Geo, "Acme"));
    assert!(
        serde_json::from_str::<crate::ca::CaConfig>(r#"{ "kind": "geo", "brnd": "" }"#).is_err()
    );
}
