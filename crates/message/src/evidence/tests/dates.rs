//! Certificates, CRLs and dates: everything is judged as of the payment, not as of today.

use jiff::Timestamp;

use super::payment::{Payment, judge, lines, price, sealed, verdict};
use super::rules::CAPTURED;
use super::world::{Holder, Lifetimes, World, days, now, other_root, rng};
use crate::evidence::{
    Evidence, EvidenceError, EvidenceFile, ExportRequest, Exporter, export, verify,
};
use crate::primitive::{BrandCrlIdentifier, Date, OpenType};

/// The verdict on the evidence of a whole payment in `world`.
fn told(world: &World) -> String {
    let evidence = Payment::new(world).evidence();
    verdict(&judge(world, &sealed(world, evidence)))
}

#[test]
fn proved_years_later_when_every_certificate_has_expired() {
    let world = World::new();
    let file = sealed(&world, Payment::new(&world).evidence());
    let verification = verify(&file, &world.roots(), days(20 * 365)).unwrap();
    assert_eq!(verdict(&verification), CAPTURED);
}

#[test]
fn a_certificate_that_had_expired_at_the_payment_proves_nothing() {
    let cardholder_days = -1;
    let world = World::with(Lifetimes { cardholder_days, ..Lifetimes::default() });
    let expired = told(&world);
    assert!(expired.contains("purchase: the signer's certificate is refused"), "{expired}");
    assert!(
        expired.contains("CN=x7Qk") && expired.ends_with("[certificate-expired]."),
        "{expired}"
    );
    let merchant_days = -1;
    let world = World::with(Lifetimes { merchant_days, ..Lifetimes::default() });
    let expired = told(&world);
    assert!(
        expired.contains("CN=Shop") && expired.ends_with("[certificate-expired]."),
        "{expired}"
    );
}

#[test]
fn a_certificate_that_was_revoked_at_the_payment_proves_nothing() {
    let world = World::new();
    for gone in [&world.cardholder, &world.merchant, &world.gateway, &world.gateway_exchange] {
        let crls = world.crls(2, -1, &[(&gone.certificate, -2)]);
        let crls = crls.iter().map(|crl| OpenType::new(crl.der()).unwrap()).collect();
        let evidence = Evidence { crls, ..Payment::new(&world).evidence() };
        let revoked = verdict(&judge(&world, &sealed(&world, evidence)));
        assert!(revoked.contains("since 2026-05-30T12:00:00Z, reason keyCompromise"), "{revoked}");
        assert!(revoked.ends_with("[certificate-revoked]."), "{revoked}");
    }
}

#[test]
fn a_certificate_that_was_revoked_later_proves_what_it_signed_before() {
    let world = World::new();
    let mut evidence = Payment::new(&world).evidence();
    let later = world.crls(2, 1, &[(&world.cardholder.certificate, 1)]);
    let mut crls = evidence.crls.into_vec();
    crls.extend(later.iter().map(|crl| OpenType::new(crl.der()).unwrap()));
    evidence.crls = crls.into();
    assert_eq!(verdict(&judge(&world, &sealed(&world, evidence))), CAPTURED);
}

#[test]
fn another_root_proves_nothing() {
    let world = World::new();
    let file = sealed(&world, Payment::new(&world).evidence());
    let other = verify(&file, &[other_root()], days(1)).unwrap();
    assert!(verdict(&other).starts_with("NOT PROVED: purchase: "), "{}", verdict(&other));
    assert!(!other.is_proved() && other.statements.is_empty());
    let none = verify(&file, &[], days(1)).unwrap();
    assert!(verdict(&none).ends_with("[issuer-unknown]."), "{}", verdict(&none));
    let no_root = verify(&file, std::slice::from_ref(&world.brand.certificate), days(1));
    assert!(matches!(no_root, Err(EvidenceError::Roots(_))), "{no_root:?}");
}

/// Exports `day` days after the payment with the CRLs and the BCI of that day alone.
fn exported_later(world: &World, day: i64, sender: &Holder) -> EvidenceFile {
    let payment = Payment::new(world);
    let journal = payment.journal();
    let (lines, roots) = (lines(&journal), world.roots());
    let crls = world.crls(9, day - 1, &[]);
    let bcis = [world.bci(9, day - 1, &crls)];
    let request = ExportRequest {
        now: days(day),
        sender: sender.sender(),
        crls: &crls,
        bcis: &bcis,
        roots: &roots,
        ..payment.request_of(&lines, Exporter::Merchant)
    };
    export(&request, &mut rng(4)).unwrap().file
}

#[test]
fn crls_of_the_export_do_for_the_payment() {
    let world = World::new();
    let file = exported_later(&world, 30, &world.merchant).encode().unwrap();
    let verification = verify(&file, &world.roots(), days(31)).unwrap();
    assert_eq!(verdict(&verification), "PROVED: the payment was authorized.");
    let order = &verification.statements[1].signed_by;
    assert_eq!((order.as_of, order.revocation_as_of), (now(), days(30)));
    let text = verification.text(|amount| amount.to_string());
    let both = "valid on 2026-06-01T12:00:00Z, not revoked by 2026-07-01T12:00:00Z";
    assert!(text.contains(both), "{text}");
}

#[test]
fn crls_of_the_export_do_not_make_a_certificate_valid_before_it_began() {
    let mut world = World::new();
    world.cardholder = world.begun_later(&world.cardholder, 20);
    let file = exported_later(&world, 30, &world.merchant).encode().unwrap();
    let told = verdict(&verify(&file, &world.roots(), days(31)).unwrap());
    assert!(told.starts_with("NOT PROVED: purchase: "), "{told}");
}

#[test]
fn revoked_between_payment_and_export_needs_the_crls_of_the_payment() {
    let world = World::new();
    let mut evidence = exported_later(&world, 30, &world.merchant).evidence;
    let gone = (&world.cardholder.certificate, 10);
    let crls = world.crls(10, 29, &[gone]);
    evidence.crls = crls.iter().map(|crl| OpenType::new(crl.der()).unwrap()).collect();
    let told = |evidence: &Evidence| {
        let file = sealed(&world, evidence.clone());
        verdict(&verify(&file, &world.roots(), days(31)).unwrap())
    };
    assert!(told(&evidence).ends_with("[certificate-revoked]."), "{}", told(&evidence));
    let of_payment = world.crls.iter().map(|crl| OpenType::new(crl.der()).unwrap());
    let mut both = evidence.crls.clone().into_vec();
    both.extend(of_payment);
    evidence.crls = both.into();
    let mut bcis = evidence.bcis.clone().into_vec();
    bcis.push(BrandCrlIdentifier(world.bcis[0].content_info().clone()));
    evidence.bcis = bcis.into();
    assert_eq!(told(&evidence), "PROVED: the payment was authorized.");
}

#[test]
fn a_seal_made_when_nothing_is_known_of_its_certificate_stands_as_of_the_payment() {
    let world = World::new();
    let payment = Payment::new(&world);
    let evidence = Evidence { exported_at: Date::new(days(400)), ..payment.evidence() };
    let verification = verify(&sealed(&world, evidence), &world.roots(), days(401)).unwrap();
    assert_eq!(verdict(&verification), CAPTURED);
    assert!(verification.gaps.iter().any(|gap| gap.id() == "seal-as-of-payment"));
}

#[test]
fn a_merchant_seals_with_its_renewed_certificate() {
    let world = World::new();
    let renewed = world.renewed_merchant(1000);
    let file = exported_later(&world, 30, &renewed).encode().unwrap();
    let verification = verify(&file, &world.roots(), days(31)).unwrap();
    assert_eq!(verdict(&verification), "PROVED: the payment was authorized.");
    let seal = &verification.statements.last().unwrap().signed_by;
    assert_eq!(seal.thumb, renewed.certificate.thumb());
    assert!(!verification.gaps.iter().any(|gap| gap.id() == "seal-as-of-payment"));
}

#[test]
fn dates_follow_each_other() {
    let world = World::new();
    let payment = Payment::new(&world);
    let whole = payment.evidence();
    let differs = |item: &str| {
        format!(
            "NOT PROVED: {item}: its date does not fit the dates of what comes before and after \
             [date-order]."
        )
    };
    let told = |evidence: Evidence, at: Timestamp| {
        verdict(&verify(&sealed(&world, evidence), &world.roots(), at).unwrap())
    };
    assert_eq!(told(whole.clone(), days(-1)), differs("file"));
    let too_early = Evidence { exported_at: Date::new(days(-1)), ..whole.clone() };
    assert_eq!(told(too_early, days(1)), differs("purchase"));
    let receipt = |date: Timestamp| {
        let receipt = payment.receipt(|receipt| receipt.auth_date = Date::new(date));
        Evidence {
            answers: Vec::new().into(),
            auth_receipts: vec![receipt].into(),
            ..whole.clone()
        }
    };
    let almost = days(-1) + jiff::SignedDuration::from_hours(1);
    assert_eq!(told(receipt(almost), days(1)), differs("authReceipts[0]"));
    assert_eq!(told(receipt(days(1)), days(1)), differs("authReceipts[0]"));
    let capture = |date: Timestamp| {
        let capture = payment.capture(|receipt| receipt.cap_date = Date::new(date));
        Evidence { cap_receipts: vec![capture].into(), ..whole.clone() }
    };
    assert_eq!(told(capture(almost), days(1)), differs("capReceipts[0]"));
    assert_eq!(told(capture(days(1)), days(1)), differs("capReceipts[0]"));
    assert_eq!(told(capture(now()), days(1)), CAPTURED);
}

#[test]
fn more_dates_than_are_judged_are_refused() {
    let world = World::new();
    let payment = Payment::new(&world);
    let mut evidence = payment.evidence();
    let capture = |second: i64| {
        payment.capture(|receipt| {
            let date = now() - jiff::SignedDuration::from_secs(second);
            receipt.cap_date = Date::new(date);
        })
    };
    evidence.cap_receipts = (0..30).map(capture).collect();
    assert_eq!(evidence.order.as_ref().map(|order| order.purch_amt), Some(price()));
    let told = verdict(&judge(&world, &sealed(&world, evidence)));
    assert!(told.ends_with("[too-many-dates]."), "{told}");
}
