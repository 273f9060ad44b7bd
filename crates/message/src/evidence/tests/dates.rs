//! Certificates, CRLs and dates: everything is judged as of the payment, not as of today.

use counterfoil_pki::Crl;
use jiff::{SignedDuration, Timestamp};

use super::payment::{Payment, judge, lines, sealed, verdict};
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
    let almost = days(-1) + SignedDuration::from_hours(1);
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
fn a_purchase_in_many_parts_is_judged_part_by_part() {
    let world = World::new();
    let payment = Payment::new(&world);
    let second = |count: i64| Date::new(now() - SignedDuration::from_secs(count));
    let capture = |count: i64| payment.capture(|receipt| receipt.cap_date = second(count));
    let cap_receipts = (0..60).map(capture).collect();
    let evidence = Evidence { cap_receipts, ..payment.evidence() };
    let verification = judge(&world, &sealed(&world, evidence));
    assert_eq!(verdict(&verification), CAPTURED);
    let captures = verification.statements.iter().filter(|s| s.claim.id() == "capture");
    assert_eq!(captures.count(), 60);
}

/// The verdict on a payment with captures at these hours after it, exported after ten days.
fn captured_at(world: &World, more_crls: &[Crl], hours: &[i64]) -> String {
    let payment = Payment::new(world);
    let mut evidence = payment.evidence();
    let mut crls = evidence.crls.into_vec();
    crls.extend(more_crls.iter().map(|crl| OpenType::new(crl.der()).unwrap()));
    evidence.crls = crls.into();
    evidence.exported_at = Date::new(days(10));
    let after = |hours: &i64| Date::new(now() + SignedDuration::from_hours(*hours));
    let capture = |hours: &i64| payment.capture(|receipt| receipt.cap_date = after(hours));
    evidence.cap_receipts = hours.iter().map(capture).collect();
    verdict(&verify(&sealed(world, evidence), &world.roots(), days(11)).unwrap())
}

#[test]
fn a_date_with_the_same_crls_as_another_is_judged_by_itself() {
    let world = World::with(Lifetimes { gateway_days: 2, ..Lifetimes::default() });
    assert_eq!(captured_at(&world, &[], &[1, 47]), CAPTURED);
    for (hours, late) in [([1, 49], 1), ([49, 1], 0)] {
        let told = captured_at(&world, &[], &hours);
        assert!(told.contains(&format!("capReceipts[{late}]")), "{told}");
        assert!(told.ends_with("[certificate-expired]."), "{told}");
    }
}

#[test]
fn revoked_between_two_captures_the_first_stands_and_the_second_does_not() {
    let world = World::new();
    let crls = world.crls(2, 1, &[(&world.gateway.certificate, 1)]);
    assert_eq!(captured_at(&world, &crls, &[1, 23]), CAPTURED);
    for (hours, late) in [([1, 25], 1), ([25, 1], 0)] {
        let told = captured_at(&world, &crls, &hours);
        assert!(told.contains(&format!("capReceipts[{late}]")), "{told}");
        assert!(told.ends_with("[certificate-revoked]."), "{told}");
    }
}

#[test]
fn more_dates_that_have_crls_of_their_own_than_are_judged_are_refused() {
    let world = World::new();
    let told = |count: i64| {
        let issued = |hours: i64| now() + SignedDuration::from_mins(60 * hours - 30);
        let crl = |hours: i64| world.gateways_crl(hours.unsigned_abs() + 10, issued(hours));
        let crls: Vec<Crl> = (1..=count).map(crl).collect();
        captured_at(&world, &crls, &(1..=count).collect::<Vec<_>>())
    };
    assert_eq!(told(20), CAPTURED);
    assert!(told(26).ends_with("[too-many-dates]."), "{}", told(26));
}
