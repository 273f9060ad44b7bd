//! Something in front of a party breaks its connections.
//!
//! An intrusion filter, a load balancer without a healthy back end or a firewall that rejects: the
//! party is well, and its callers are thrown out at once or after so many octets.
//!
//! ## How it shows
//!
//! `call.failed` with `connection reset`, `unexpected end of file` or `connection refused`; in the
//! log of the party called, nothing.
//!
//! ## How it is confirmed
//!
//! At the address that others call, which is the one that the party's settings give as its own,
//! connections end without an answer more than once; the party's own listener answers the same
//! requests in the same minute.
//!
//! ## How it is repaired
//!
//! The party that runs what stands there has to say why it breaks them. Until then callers can be
//! led to the party's own listener, when somebody approves that.
//!
//! ## How the repair is proved
//!
//! Both requests are answered at the address that others call, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! The relay in front of a party breaks each connection, at once or after so many octets.

use crate::between::{Pair, bypass, pairs};
use crate::fact::{Facts, Observation as _, Outcome, Passage, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::Case;
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "connection-reset",
    class: Class::Compatibility,
    title: "Something in front of a party breaks its connections.",
    source: include_str!("connection_reset.rs"),
    symptoms: &["connections are reset or refused while the party called is ready"],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Passage::KIND, Settings::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    pairs(facts).iter().filter_map(|pair| case(facts, pair)).collect()
}

fn case(facts: &Facts, pair: &Pair<'_>) -> Option<Case> {
    let through = &pair.through;
    let broken = |outcome: Outcome| matches!(outcome, Outcome::Reset | Outcome::Refused);
    let (small, large) = (broken(through.small.outcome), broken(through.large.outcome));
    // A caller with a wrong address is refused too; that is for the caller to mend.
    if !(small || large) || !is_own_address(facts, pair) {
        return None;
    }
    let when = match (small, &through.large) {
        (true, passed) if passed.outcome == Outcome::Refused => "refused",
        (true, _) => "broken off",
        (false, passed) if passed.handshake => "broken off when more than a small request is said",
        (false, _) => "broken off in a handshake of usual length",
    };
    let summary = format!(
        "at {}, where others call {}, connections are {when}; at {} they are answered",
        through.address, pair.party, pair.direct.address
    );
    let case = pair.case(facts, summary);
    let is_sure = (small && large) || pair.is_patient();
    Some(if is_sure { case } else { case.suspected(pair.question()) })
}

/// Is it the address that the party itself gives to others?
fn is_own_address(facts: &Facts, pair: &Pair<'_>) -> bool {
    let settings = facts.about::<Settings>(&pair.party);
    let public = pair.direct.setting.replace(".listen", ".public");
    settings.iter().any(|all| all.text(&public) == Some(pair.through.address.as_str()))
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let mut steps = bypass(facts, &case.subject, &case.owner);
    let text = format!("find out why what stands at {} breaks connections", case.subject);
    steps.push(Step::advice(&case.owner, text));
    steps
}
