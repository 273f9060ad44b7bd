//! What the faults of pressed listeners have in common: which measurement counts, and what is done.

use std::net::IpAddr;

use crate::between::{effect, stopped};
use crate::fact::{Facts, Pressure, Seen, Source};
use crate::finding::{Case, Effect, Question};
use crate::plan::Step;

/// Milliseconds of a measurement that counts as a confirmation.
const SURE_MS: u64 = 2_500;

/// The longest measurement of each listener.
pub(super) fn measured(facts: &Facts) -> Vec<Seen<'_, Pressure>> {
    let mut longest: Vec<Seen<'_, Pressure>> = Vec::new();
    for seen in facts.of::<Pressure>() {
        match longest.iter_mut().find(|one| one.source == seen.source) {
            Some(known) if known.window_ms >= seen.window_ms => {}
            Some(known) => *known = seen,
            None => longest.push(seen),
        }
    }
    longest
}

/// A case about a listener: confirmed when it was measured for long enough.
pub(super) fn case(
    facts: &Facts,
    pressure: &Seen<'_, Pressure>,
    address: Option<IpAddr>,
    summary: String,
) -> Case {
    let party = pressure.party;
    let subject = match address {
        Some(address) => format!("{party}/{}/{address}", pressure.listener),
        None => format!("{party}/{}", pressure.listener),
    };
    let others = pressure.sources.iter().filter(|source| Some(source.address) != address);
    let away: u64 = others.map(|source| source.turned_away).sum();
    let (effect, stops) = if away > 0 {
        (effect(facts, party), stopped(facts, party))
    } else {
        (Effect::Hinders, format!("nothing yet: {party} still has room for others"))
    };
    let case = Case::confirmed(subject, party, effect, summary)
        .with("window", format!("{} ms", pressure.window_ms), pressure.source)
        .with("others_turned_away", away.to_string(), pressure.source)
        .check_again(format!("curl -s http://OPERATIONS/visitors  # of {party}; or: ss -tn | sort"))
        .touching([format!("listener:{party}/{}", pressure.listener)])
        .stopping([stops]);
    if pressure.window_ms >= SURE_MS {
        return case;
    }
    case.suspected(vec![Question { ask: "pressure", about: party.to_owned() }])
}

/// What an address did, as evidence.
pub(super) fn of(source: &Source) -> String {
    format!(
        "{} connections, {} never used, {} with a request that does not end; {} came, {} were \
         turned away, {} handshakes failed, {} requests answered, {} refused",
        source.open,
        source.unused,
        source.slow,
        source.opened,
        source.turned_away,
        source.handshakes_failed,
        source.answered,
        source.refused
    )
}

/// Lets the address in no more, when the case names one.
pub(super) fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let advice = Step::advice(
        &case.owner,
        "have whoever runs the network in front limit connections and requests by source, and keep \
         the log for those who have to know",
    );
    let address = case.subject.rsplit('/').next().filter(|text| text.parse::<IpAddr>().is_ok());
    let Some(address) = address else { return vec![advice] };
    let text = format!("let {address} in no more at {}", case.owner);
    vec![
        Step::approved("block-source", &case.owner, text).with("address", address),
        Step::approved("reload", &case.owner, format!("have {} read its settings", case.owner)),
        advice,
    ]
}
