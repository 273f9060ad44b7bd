//! Messages come again with other octets.
//!
//! Whoever repeats a message repeats it as it was; the same id with other octets is somebody who
//! changes captured messages and tries what passes, or a client that makes ids wrongly. Each is
//! refused and causes nothing, but it does not come by itself.
//!
//! ## How it shows
//!
//! `message.refused` or `request.refused` with `rrpid-reused` in the log of the party that gets
//! them.
//!
//! ## How it is confirmed
//!
//! The party's own log has such refusals, at least three, the last of them within a quarter of an
//! hour. An honest repetition is `message.repeated` and is not counted.
//!
//! ## How it is repaired
//!
//! Nothing has to be put right at the party. Who sends them is found out: the journal holds every
//! such message with its source.
//!
//! ## How the repair is proved
//!
//! No further such message comes.
//!
//! ## How the laboratory causes it
//!
//! It takes messages that a party has received from its journal, changes an octet of each, and
//! sends them again.

use jiff::SignedDuration;

use crate::fact::{Facts, LogEvent, Observation as _};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// Refusals below which it may be chance.
const COUNT_MIN: u64 = 3;
/// How long ago the last of them may be.
const RECENT_MINUTES: i64 = 15;
/// Events in which a party refuses a message.
const EVENTS: [&str; 2] = ["message.refused", "request.refused"];

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "messages-altered",
    class: Class::Attack,
    title: "Messages come again with other octets.",
    source: include_str!("messages_altered.rs"),
    symptoms: &["`rrpid-reused` in a log"],
    explains: &[],
    needs: &[LogEvent::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let recent = facts.now() - SignedDuration::from_mins(RECENT_MINUTES);
    let events = facts.of::<LogEvent>().into_iter();
    events
        .filter(|event| EVENTS.contains(&event.event.as_str()))
        .filter(|event| event.fields.get("error").is_some_and(|id| id == "rrpid-reused"))
        .filter(|event| event.count >= COUNT_MIN && event.last >= recent)
        .map(|event| {
            let party = event.party;
            let summary = format!(
                "{party} got {} messages with the id of an earlier one and other octets, the last \
                 at {}",
                event.count, event.last
            );
            let case = Case::confirmed(party, party, Effect::Hinders, summary)
                .with("count", event.count.to_string(), event.source)
                .with("first", event.first.to_string(), event.source)
                .with("last", event.last.to_string(), event.source)
                .check_again(format!("grep rrpid-reused {}", event.source))
                .stopping(["nothing: they are refused"]);
            match event.fields.get("peer") {
                Some(peer) => case.with("last_source", peer, event.source),
                None => case,
            }
        })
        .collect()
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = "look up who sends them: the journal holds each with its source; keep both versions \
                as evidence, and deny the address when it is not a client's";
    vec![Step::advice(&case.owner, text)]
}
