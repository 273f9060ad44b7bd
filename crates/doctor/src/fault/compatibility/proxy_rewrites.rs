//! A proxy in front of a party changes what passes.
//!
//! SET's messages are signed and sealed; a proxy that compresses, rewrites media types, statuses or
//! bodies breaks them. Headers that a proxy adds for itself (`Server`, `Via`) do no harm.
//!
//! ## How it shows
//!
//! `media-type-refused`, `message.refused` with a signature or form that is wrong, only for callers
//! through that address.
//!
//! ## How it is confirmed
//!
//! The party refuses a harmless request with an answer that never varies; through the address that
//! others call, the answer to the same request has another status, media type, coding or body than
//! at the party's own listener.
//!
//! ## How it is repaired
//!
//! The party that runs the proxy has it pass requests and answers on unchanged, best without ending
//! TLS. Until then callers can be led to the party's own listener, when somebody approves that.
//!
//! ## How the repair is proved
//!
//! Both answers say the same, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! The relay in front of a party ends TLS with a certificate that the party knows, and replaces a
//! media type or a word of the answer.

use crate::between::{Pair, bypass, pairs};
use crate::fact::{Facts, Observation as _, Outcome, Passage};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// Characters of a line that are shown.
const SHOWN_CHARS_MAX: usize = 120;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "proxy-rewrites",
    class: Class::Compatibility,
    title: "A proxy in front of a party changes what passes.",
    source: include_str!("proxy_rewrites.rs"),
    symptoms: &["messages are refused as altered or of a wrong media type on one path only"],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Passage::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts).iter().filter_map(|pair| case(facts, pair)).collect()
}

fn case(facts: &Facts, pair: &Pair<'_>) -> Option<Case> {
    let (through, direct) = (&pair.through.small, &pair.direct.small);
    if through.outcome != Outcome::Reached {
        return None;
    }
    let (changed, right) = (through.answer.as_deref()?, direct.answer.as_deref()?);
    let (seen, expected) = first_difference(changed, right)?;
    let summary = format!(
        "what passes at {} on the way to {} is changed: the same request is answered otherwise",
        pair.through.address, pair.party
    );
    let case = Case { effect: Effect::Weakens, ..pair.case(facts, summary) };
    Some(
        case.with("seen", shown(&seen), pair.through.source)
            .with("expected", shown(&expected), pair.direct.address.as_str())
            .check_again(format!(
                "curl -sik -H 'content-type: application/set-payment-initiation' -d '' \
                 https://{}/set; the same at https://{}/set",
                pair.through.address, pair.direct.address
            )),
    )
}

/// The first thing in which two answers differ and that matters to a message.
fn first_difference(seen: &str, expected: &str) -> Option<(String, String)> {
    let both = matters(seen).into_iter().zip(matters(expected));
    both.into_iter().find(|(seen, expected)| seen != expected)
}

/// What of an answer matters: status, media type, coding, body.
fn matters(answer: &str) -> [String; 4] {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    let header = |wanted: &str| {
        let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let found = lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        format!("{wanted}: {}", found.map_or("absent", |(_, value)| value.trim()))
    };
    let status = format!("status {status}");
    [status, header("content-type"), header("content-encoding"), body.to_owned()]
}

fn shown(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let mut steps = bypass(facts, &case.subject, &case.owner);
    let text = format!("have what stands at {} pass HTTP on unchanged", case.subject);
    steps.push(Step::advice(&case.owner, text));
    steps
}
