//! Does the server refuse a needless fallback to an older version (RFC 7507)?

use super::{Inquiry, Step, newest_before_tls13};
use crate::{
    Version, alert,
    probe::{Answer, Facts, Offer, facts::Known},
    suite::FALLBACK_SCSV,
};

/// Asks for the second newest version, with the signal that it is a fallback.
#[derive(Default)]
pub(super) struct Fallback {
    asked: bool,
}

impl Inquiry for Fallback {
    fn about(&self) -> String {
        "refusal of a needless fallback".into()
    }

    fn next(&mut self, facts: &Facts) -> Step {
        if self.asked {
            return Step::Done;
        }
        let newest = match newest_before_tls13(facts) {
            Ok(newest) => newest,
            Err(step) => return step,
        };
        if facts.version(Version::TLS13).is_none() {
            return Step::Wait;
        }
        let usable = facts.spoken().filter(|known| known.version > Version::SSL2);
        let mut spoken: Vec<_> = usable.collect();
        // Only an older version than the newest can be a fallback.
        let (Some(_), Some(_newest), Some(second)) = (newest, spoken.pop(), spoken.pop()) else {
            return Step::Done;
        };
        self.asked = true;
        let codes = second.suites.iter().map(|suite| suite.code as u16);
        let suites = codes.chain([FALLBACK_SCSV]).collect();
        Step::Ask(Offer::of(second.version, suites))
    }

    fn answer(&mut self, answer: &Answer, facts: &mut Facts) {
        let alert = answer.flight.fatal_alert();
        facts.fallback_scsv = if answer.is_hello() {
            Known::No
        } else if alert.is_some_and(|a| a.description == alert::INAPPROPRIATE_FALLBACK) {
            Known::Yes
        } else {
            Known::Unseen
        };
    }
}
