//! A crash of either side between any two steps loses nothing and doubles nothing.

use super::world::{Crash, World, order, register, shown};
use crate::applicant::{Command, Outcome};
use crate::ca::{self, CaKind};

const CRASHES: [Crash; 4] =
    [Crash::CaBefore, Crash::CaAfter, Crash::ApplicantBefore, Crash::ApplicantAfter];

/// The outcome of the one registration there is, in the end.
fn outcome(world: &mut World, told: Option<Outcome>) -> String {
    if let Some(outcome) = told {
        return shown(Some(outcome));
    }
    // Whoever gave the command has crashed with the process: it asks again.
    world.wait();
    let registration = world.registrations().remove(0);
    shown(world.command(Command::Resume { registration }))
}

#[test]
fn a_registration_survives_a_crash_between_any_two_steps() {
    for kind in [CaKind::Cca, CaKind::Mca] {
        let messages = if kind == CaKind::Cca { 6 } else { 4 };
        for place in (0..messages).step_by(2) {
            for crash in CRASHES {
                let mut world = World::new(kind);
                world.crash_at = Some((place, crash));
                let told = world.command(register(order(kind)));
                assert_eq!(outcome(&mut world, told), "registered", "{kind:?} {place} {crash:?}");
                assert_eq!(world.crash_at, None, "it has crashed");
                assert_eq!(world.registrations().len(), 1);
                let certificates = if kind == CaKind::Cca { 1 } else { 2 };
                assert_eq!(world.issued(), certificates, "{kind:?} {place} {crash:?}");
            }
        }
    }
}

#[test]
fn a_pended_registration_survives_crashes() {
    for place in [4, 6, 8] {
        for crash in CRASHES {
            let mut world = World::with(CaKind::Cca, |config| config.issuers[0].review = true);
            world.crash_at = Some((place, crash));
            let told = world.command(register(order(CaKind::Cca)));
            let first = outcome(&mut world, told);
            assert!(first.starts_with("pended"), "{place} {crash:?} {first}");
            let ca::Outcome::Pending { requests, .. } =
                world.operator(ca::Command::ListPending { after: None, limit: 10 })
            else {
                panic!()
            };
            assert_eq!(requests.len(), 1, "{place} {crash:?}");
            let registration = requests[0].registration.clone();
            world.operator(ca::Command::Approve { registration });
            let registration = world.registrations().remove(0);
            let told = world.command(Command::Resume { registration });
            assert_eq!(outcome(&mut world, told), "registered", "{place} {crash:?}");
            assert_eq!(world.issued(), 1);
        }
    }
}
