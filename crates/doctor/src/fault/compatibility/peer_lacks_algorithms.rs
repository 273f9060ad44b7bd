//! What answers at a party's address speaks no TLS of today.
//!
//! A load balancer or a partner's system that ends TLS with an old version or without the suites of
//! today: parties speak TLS 1.3 and nothing older, so no payment gets through, however well both
//! sides are.
//!
//! ## How it shows
//!
//! `call.failed` or `bank_link.call_failed` with `ProtocolVersion` or `HandshakeFailure`; an old
//! client gets through.
//!
//! ## How it is confirmed
//!
//! At the address that others call, both handshakes, with little and with much on offer, end with
//! an alert that nothing was agreed on, or with TLS 1.2; the party's own listener agrees on TLS
//! 1.3.
//!
//! ## How it is repaired
//!
//! The party that runs what stands there renews it, or has it pass TLS through. Until then callers
//! can be led to the party's own listener, when somebody approves that.
//!
//! ## How the repair is proved
//!
//! Both handshakes end with TLS 1.3 at the address that others call, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! `openssl s_server` that speaks TLS 1.2 only stands in front of a party.

use crate::between::{Pair, bypass, pairs};
use crate::fact::{Facts, Observation as _, Outcome, Passage, Passed};
use crate::fault::{Class, Fault};
use crate::finding::Case;
use crate::plan::Step;

/// The version that parties speak.
const TODAY: &str = "TLSv1_3";
/// What is said when nothing can be agreed on.
const ALERTS: [&str; 4] =
    ["ProtocolVersion", "HandshakeFailure", "InsufficientSecurity", "peer is incompatible"];

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "peer-lacks-algorithms",
    class: Class::Compatibility,
    title: "What answers at a party's address speaks no TLS of today.",
    source: include_str!("peer_lacks_algorithms.rs"),
    symptoms: &["`ProtocolVersion` or `HandshakeFailure` in a caller's log"],
    explains: &["proxy-rewrites", "connection-reset"],
    needs: &[Passage::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts).iter().filter_map(|pair| case(facts, pair)).collect()
}

fn case(facts: &Facts, pair: &Pair<'_>) -> Option<Case> {
    let through = &pair.through;
    let today = pair.direct.large.version.as_deref() == Some(TODAY);
    if !today || !is_old(&through.small) || !is_old(&through.large) {
        return None;
    }
    let what = through.large.version.clone().unwrap_or_else(|| "nothing that is offered".into());
    let summary = format!(
        "at {}, where others call {}, {what} is spoken; at {} it is {TODAY}",
        through.address, pair.party, pair.direct.address
    );
    let case = pair.case(facts, summary);
    Some(case.check_again(format!(
        "openssl s_client -connect {} -tls1_3 </dev/null; openssl s_client -connect {} -tls1_2 \
         </dev/null",
        through.address, through.address
    )))
}

/// Was nothing agreed on, or something old?
fn is_old(passed: &Passed) -> bool {
    let said = passed.said.as_deref().unwrap_or_default();
    let refused = !passed.handshake
        && passed.outcome == Outcome::Disagreed
        && ALERTS.iter().any(|alert| said.contains(alert));
    refused || passed.version.as_deref().is_some_and(|version| version != TODAY)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let mut steps = bypass(facts, &case.subject, &case.owner);
    let text = format!("renew what ends TLS at {}, or have it pass TLS 1.3 through", case.subject);
    steps.push(Step::advice(&case.owner, text));
    steps
}
