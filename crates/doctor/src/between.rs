//! What stands between a party and whoever calls it: the same is asked at the address that others
//! call and at the party's own listener, and the answers are compared.

use std::collections::BTreeMap;

use crate::fact::{Facts, Link, Outcome, PartySeen, Passage, Role, Seen, Settings};
use crate::finding::{Case, Effect, Question};
use crate::plan::Step;

/// Milliseconds after which "nothing came" is no longer a matter of a busy machine.
const PATIENCE_MS: u64 = 4_000;

/// A link through whatever stands in between, beside the same party's own listener.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    /// From the address that others call.
    pub(crate) through: Seen<'a, Passage>,
    /// From the party's own listener.
    pub(crate) direct: Seen<'a, Passage>,
    /// The party.
    pub(crate) party: String,
}

/// Every link on which something stands in between, when the party itself is quite well. Of looks
/// at the same link, the most patient one counts.
pub(crate) fn pairs(facts: &Facts) -> Vec<Pair<'_>> {
    let mut best: BTreeMap<String, Seen<'_, Passage>> = BTreeMap::new();
    for passage in facts.of::<Passage>() {
        let key = format!("{} {}", passage.source, passage.setting);
        match best.get(&key) {
            Some(known) if known.waited_ms >= passage.waited_ms => {}
            _ => drop(best.insert(key, passage)),
        }
    }
    let is_direct =
        |one: &Passage| [Link::SET_LISTENER, Link::BANK_LISTENER].contains(&one.setting.as_str());
    let direct = |through: &Passage| {
        let wanted = direct_setting(&through.setting);
        best.values().find(|one| one.setting == wanted && one.to == through.to).cloned()
    };
    best.values()
        .filter(|one| !is_direct(one))
        .filter_map(|through| {
            let party = through.to.clone()?;
            let direct = direct(through)?;
            let is_well =
                [&direct.small, &direct.large].iter().all(|one| one.outcome == Outcome::Reached);
            let apart = direct.address != through.address;
            (is_well && apart).then(|| Pair { through: through.clone(), direct, party })
        })
        .collect()
}

/// The setting of the listener that a link with this setting is meant to end at.
fn direct_setting(setting: &str) -> &'static str {
    if setting.starts_with("node.bank_") { Link::BANK_LISTENER } else { Link::SET_LISTENER }
}

impl Pair<'_> {
    /// Was it looked at with patience?
    pub(crate) fn is_patient(&self) -> bool {
        self.through.waited_ms >= PATIENCE_MS
    }

    /// A case about what stands in between, with both looks as evidence.
    pub(crate) fn case(&self, facts: &Facts, summary: String) -> Case {
        let (through, direct) = (&self.through, &self.direct);
        let effect = effect(facts, &self.party);
        Case::confirmed(&through.address, &self.party, effect, summary)
            .with("through", told(&through.small), format!("{}, small request", through.source))
            .with("through", told(&through.large), format!("{}, large request", through.source))
            .with("itself", told(&direct.large), format!("{}, large request", direct.address))
            .check_again(format!(
                "openssl s_client -connect {} -tls1_3 </dev/null; openssl s_client -connect {} \
                 -tls1_3 </dev/null",
                through.address, direct.address
            ))
            .touching([format!("link:{}>{}", through.from, self.party)])
            .stopping([stopped(facts, &self.party)])
    }

    /// The question whose answer is a patient look.
    pub(crate) fn question(&self) -> Vec<Question> {
        vec![Question { ask: "passage", about: self.through.source.to_owned() }]
    }
}

fn told(passed: &crate::fact::Passed) -> String {
    let step = if passed.handshake { "after the TLS handshake" } else { "in the TLS handshake" };
    match (passed.outcome, &passed.said) {
        (Outcome::Reached, _) => format!("answered after {} ms", passed.millis),
        (_, Some(said)) => format!("{step}: {said}, after {} ms", passed.millis),
        (_, None) => format!("{step}: no answer, after {} ms", passed.millis),
    }
}

/// What stops when nobody reaches a party.
pub(crate) fn effect(facts: &Facts, party: &str) -> Effect {
    match facts.party(party).map(|party: Seen<'_, PartySeen>| party.role) {
        Some(Role::Ca) => Effect::StopsRegistrations,
        _ => Effect::StopsPurchases,
    }
}

/// The same in a phrase.
pub(crate) fn stopped(facts: &Facts, party: &str) -> String {
    match facts.party(party).map(|party| party.role) {
        Some(Role::Ca) => format!("registrations at {party}"),
        Some(Role::Merchant) => format!("all purchases at {party}"),
        _ => "all purchases".to_owned(),
    }
}

/// Steps that lead callers around what stands at `address` in front of `party`: to the party's own
/// listener. They change who reaches what, so that somebody has to approve them.
pub(crate) fn bypass(facts: &Facts, address: &str, party: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let links = facts.of::<Link>();
    for link in links.iter().filter(|link| !link.is_direct() && link.address == address) {
        let wanted = link.direct_setting();
        let direct =
            links.iter().find(|one| one.setting == wanted && one.to.as_deref() == Some(party));
        let Some(direct) = direct else { continue };
        let holder = if link.setting == "party.set_url" { party } else { link.from.as_str() };
        let set = |key: String, value: String| {
            let text = format!("set {key} of {holder} to {value}, past what stands at {address}");
            Step::approved("set-setting", holder, text).with("key", key).with("value", value)
        };
        if link.setting == "node.bank_link" {
            let Some((host, port)) = direct.address.rsplit_once(':') else { continue };
            steps.push(set("node.bank_link.host".into(), format!("\"{host}\"")));
            steps.push(set("node.bank_link.port".into(), port.to_owned()));
        } else {
            let settings = facts.about::<Settings>(holder);
            let Some(url) = settings.iter().find_map(|all| all.text(&link.setting)) else {
                continue;
            };
            let around = url.replace(address, &direct.address);
            steps.push(set(link.setting.clone(), format!("\"{around}\"")));
        }
        let text = format!("have {holder} read its settings");
        steps.push(Step::approved("reload", holder, text));
    }
    steps
}
