//! CRLs and the BrandCRLIdentifier: made before the last ones end, and handed from CA to CA.

use counterfoil_pki::Crl;
use counterfoil_pki::bci::Bci;
use jiff::{SignedDuration, Timestamp};

use super::world::{World, order, register, shown};
use crate::ca::{self, CaKind};
use crate::machine::Input;
use crate::records::{Octets, Records};

fn crl(world: &mut World) -> (Crl, u64, Timestamp) {
    match world.operator(ca::Command::Crl) {
        ca::Outcome::Crl { crl, number, next_update } => {
            (Crl::from_pem_all(&crl).unwrap().remove(0), number, next_update)
        }
        other => panic!("{other:?}"),
    }
}

fn bci(world: &mut World) -> Bci {
    match world.operator(ca::Command::Bci) {
        ca::Outcome::Bci { bci, .. } => Bci::from_der(&bci.0).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Lets time pass until the CA's next alarm.
fn next_alarm(world: &mut World) {
    world.now = world.ca_records.next_alarm().unwrap().unwrap();
    world.ca_input(Input::Deadline);
}

#[test]
fn the_next_crl_is_made_before_the_last_one_ends() {
    let mut world = World::new(CaKind::Pca);
    let (_, number, ends) = crl(&mut world);
    assert_eq!(number, 1, "the one that was founded");
    for number in 2..5 {
        next_alarm(&mut world);
        assert_eq!(crl(&mut world).1, number);
    }
    assert!(world.now < ends + SignedDuration::from_hours(24 * 60));
    assert_eq!(world.told("crl.issued"), 3);
}

#[test]
fn a_restart_makes_no_new_crl_and_takes_over_no_older_one() {
    let mut world = World::new(CaKind::Pca);
    assert!(matches!(world.operator(ca::Command::IssueCrl), ca::Outcome::Crl { number: 2, .. }));
    let config = world.config.clone();
    world.ca = super::world::new_ca(&world.founded, config);
    world.ca_input(Input::Deadline);
    assert_eq!(crl(&mut world).1, 2);
    assert_eq!(world.told("published.refused"), 0);
}

#[test]
fn the_brand_makes_the_next_bci_before_the_last_one_ends_or_a_crl_changes() {
    let mut world = World::new(CaKind::Brand);
    let first = bci(&mut world);
    assert_eq!((first.sequence(), first.crls().len()), (1, 5));
    world.operator(ca::Command::IssueCrl);
    let second = bci(&mut world);
    assert_eq!(second.sequence(), 2);
    let own = second.crls().iter().find(|named| named.issuer.to_string().starts_with("CN=Acme CA"));
    assert_eq!(own.unwrap().number.value(), Some(2));
    while world.now < second.not_after() {
        let held = bci(&mut world);
        assert!(held.not_after() > world.now, "{} is over", held.sequence());
        next_alarm(&mut world);
    }
}

#[test]
fn a_crl_goes_from_the_gateway_ca_to_the_brand_and_the_bci_to_all() {
    let mut pca = World::new(CaKind::Pca);
    pca.operator(ca::Command::IssueCrl);
    let (crl, ..) = crl(&mut pca);
    let mut brand = World::new(CaKind::Brand);
    let certificates = vec![Octets(pca.founded.pca.issuing.certificate.der().to_vec())];
    let add = |crl: &Crl| ca::Command::AddCrl {
        crl: Octets(crl.der().to_vec()),
        certificates: certificates.clone(),
    };
    assert_eq!(brand.operator(add(&crl)), ca::Outcome::Done);
    let named = bci(&mut brand);
    assert_eq!(named.sequence(), 2);
    // Who has the new BCI without the new CRL answers nobody in good faith.
    let mut cca = World::new(CaKind::Cca);
    assert_eq!(cca.operator(add(&crl)), ca::Outcome::Done);
    let set = |bci: &Bci| ca::Command::SetBci { bci: Octets(bci.der().to_vec()) };
    assert_eq!(cca.operator(set(&named)), ca::Outcome::Done);
    assert_eq!(bci(&mut cca).sequence(), 2);
    let older = cca.founded.bci.clone();
    assert_eq!(cca.operator(set(&older)), ca::Outcome::Done);
    assert_eq!(bci(&mut cca).sequence(), 2, "an older one changes nothing");
    assert_eq!(shown(cca.command(register(order(CaKind::Cca)))), "registered");
    assert_eq!(cca.applicant.trust().bci("Acme").unwrap().sequence(), 2);
}

#[test]
fn what_nobody_of_the_brand_signed_is_not_taken_over() {
    let mut world = World::new(CaKind::Cca);
    let mut other = World::new(CaKind::Pca);
    let mut plan = super::world::plan("Acme");
    plan.now -= SignedDuration::from_mins(1);
    let elsewhere = plan.found(&mut other.rng).unwrap();
    let refused = |outcome: &ca::Outcome| match outcome {
        ca::Outcome::Refused { id, .. } => *id,
        other => panic!("{other:?}"),
    };
    let crl = ca::Command::AddCrl {
        crl: Octets(elsewhere.crls[2].der().to_vec()),
        certificates: vec![Octets(elsewhere.pca.issuing.certificate.der().to_vec())],
    };
    assert_eq!(refused(&world.operator(crl)), "revocation-not-accepted");
    let bci = ca::Command::SetBci { bci: Octets(elsewhere.bci.der().to_vec()) };
    assert_eq!(refused(&world.operator(bci)), "revocation-not-accepted");
    let garbage = ca::Command::SetBci { bci: Octets(vec![1, 2, 3]) };
    assert_eq!(refused(&world.operator(garbage)), "revocation-not-accepted");
}

#[test]
fn an_applicant_does_not_trust_a_ca_whose_revocation_state_is_stale() {
    let mut world = World::new(CaKind::Cca);
    world.now += SignedDuration::from_hours(24 * 100);
    world.ca_input(Input::Deadline);
    let outcome = shown(world.command(register(order(CaKind::Cca))));
    assert!(outcome.starts_with("unreachable: "), "{outcome}");
    assert_eq!(world.issued(), 0);
}

#[test]
fn a_ca_that_has_just_been_set_up_makes_its_first_crl() {
    let mut world = World::new(CaKind::Root);
    let identity = super::world::identity(&world.founded.root);
    let roots = vec![world.founded.root.issuing.certificate.clone()];
    let config = world.config.clone();
    world.ca = ca::CertificateAuthority::new(config, identity, roots, Default::default()).unwrap();
    world.ca_records = crate::memory::MemoryRecords::new();
    world.ca_input(Input::Deadline);
    assert_eq!(crl(&mut world).1, 1);
}
