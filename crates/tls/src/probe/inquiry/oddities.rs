//! Does the server take up what nobody should: compression (CRIME), heartbeat?

use super::{Inquiry, Step, newest_before_tls13};
use crate::{
    extension::ExtensionType as E,
    probe::{Answer, Facts, Offer, facts::Known},
};

#[derive(Default)]
pub(super) struct Oddities {
    asked: bool,
}

impl Inquiry for Oddities {
    fn about(&self) -> String {
        "compression and heartbeat".into()
    }

    fn next(&mut self, facts: &Facts) -> Step {
        if self.asked {
            return Step::Done;
        }
        let version = match newest_before_tls13(facts) {
            Ok(Some(version)) => version,
            Ok(None) => return Step::Done,
            Err(step) => return step,
        };
        let Some(known) = facts.version(version) else { return Step::Done };
        self.asked = true;
        let suites = known.suites.iter().map(|suite| suite.code as u16).collect();
        Step::Ask(Offer { oddities: true, ..Offer::of(version, suites) })
    }

    fn answer(&mut self, answer: &Answer, facts: &mut Facts) {
        if let Some(hello) = &answer.flight.hello {
            facts.compression = Some(hello.compression);
            facts.heartbeat = Known::from(hello.extensions.has(E::HEARTBEAT));
        }
    }
}
