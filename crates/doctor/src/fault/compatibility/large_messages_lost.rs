//! Large messages are lost on the way to a party.
//!
//! A path whose packets may be shorter than both ends believe, and on which nobody is told
//! (ICMP is filtered), carries short messages and loses long ones. Echoes and probes pass, payments
//! hang; since key shares of today have 1,216 octets, often the handshake already does.
//!
//! ## How it shows
//!
//! Calls end in a time-out; `ping`, a TCP connection and an old TLS client are fine.
//!
//! ## How it is confirmed
//!
//! At the address that others call, a handshake and request of short pieces are answered, and those
//! of usual length are not, within four seconds; the party's own listener answers both.
//!
//! ## How it is repaired
//!
//! The party that runs the path lets ICMP "fragmentation needed" and "packet too big" pass, or
//! clamps the segment size. Until then callers can be led to the party's own listener, when
//! somebody
//! approves that.
//!
//! ## How the repair is proved
//!
//! Both requests are answered at the address that others call, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! The relay in front of a party loses pieces above a length, and what follows them.

use crate::between::{Pair, bypass, pairs};
use crate::fact::{Facts, Observation as _, Outcome, Passage};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::Case;
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "large-messages-lost",
    class: Class::Compatibility,
    title: "Large messages are lost on the way to a party.",
    source: include_str!("large_messages_lost.rs"),
    symptoms: &["payments hang while connections and small requests pass"],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Passage::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts).iter().filter_map(|pair| case(facts, pair)).collect()
}

fn case(facts: &Facts, pair: &Pair<'_>) -> Option<Case> {
    let through = &pair.through;
    if through.small.outcome != Outcome::Reached || through.large.outcome != Outcome::Silent {
        return None;
    }
    let which =
        if through.large.handshake { "request of 12,000" } else { "first message of 1,500" };
    let summary = format!(
        "on the way to {} through {}, short pieces arrive and a {which} octets does not",
        pair.party, through.address
    );
    let case = pair.case(facts, summary);
    Some(if pair.is_patient() { case } else { case.suspected(pair.question()) })
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let mut steps = bypass(facts, &case.subject, &case.owner);
    let text = format!(
        "let ICMP types 3/4 (IPv4) and 2 (IPv6) pass at {}, or clamp the segment size there",
        case.subject
    );
    steps.push(Step::advice(&case.owner, text));
    steps
}
