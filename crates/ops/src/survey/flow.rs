//! Flow: how the latest payments went, compared with those before: how authorizations ended, from
//! the
//! gateway's log; how long each step took, from the moments in the journals of merchant and
//! gateway.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use counterfoil_doctor::fact::{Fact, Flow, Observation as _, Outcomes, StepTimes, Times};
use counterfoil_node::config::PartyEntry;
use counterfoil_node::deployment::Material;
use counterfoil_party::machine::Role;
use counterfoil_party::records::Direction::{self, Received, Sent};
use counterfoil_store::Inspector;

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "flow", run };

/// Octets of a log that are read, from its end.
const LOG_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Lines of a journal that are looked at.
const LINES_MAX: usize = 4_000;
/// Authorizations that are looked at.
const OUTCOMES_MAX: usize = 2_000;
/// Sizes of the latest part that are tried; the one that differs most from what came before counts.
const LATEST: [usize; 4] = [10, 25, 60, 150];
/// Payments that count as the latest for times.
const LATEST_TIMED: usize = 8;
/// The latest payment is no older than this, in minutes: else nothing can be said of now.
const RECENT_MINUTES: i64 = 15;

/// A step: between which messages, and who is waited for.
struct Step {
    from: (&'static str, Direction),
    to: (&'static str, Direction),
    waits_for: Role,
}

/// The merchant's steps and the gateway's.
const AT_MERCHANT: [Step; 2] = [
    Step { from: ("PInitRes", Sent), to: ("PReq", Received), waits_for: Role::Wallet },
    Step { from: ("AuthReq", Sent), to: ("AuthRes", Received), waits_for: Role::Gateway },
];
const AT_GATEWAY: [Step; 2] = [
    Step { from: ("AuthReq", Received), to: ("AuthRes", Sent), waits_for: Role::Gateway },
    Step { from: ("0100", Sent), to: ("0110", Received), waits_for: Role::Bank },
];

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        let steps: &[Step] = match entry.role {
            Role::Merchant => &AT_MERCHANT,
            Role::Gateway => &AT_GATEWAY,
            _ => continue,
        };
        if !material.folder().state().exists() {
            continue;
        }
        let source = place.name_of(&material.folder().state());
        match look(place, &entry, &material, steps) {
            Ok(flow) => facts.push(Fact::of(&entry.name, source, place.now, &flow)),
            Err(why) => facts.push(place.unseen(&entry.name, &source, Flow::KIND, why)),
        }
    }
    facts
}

fn look(
    place: &Place,
    entry: &PartyEntry,
    material: &Material,
    steps: &[Step],
) -> Result<Flow, String> {
    let mut flow = Flow::default();
    if entry.role == Role::Gateway {
        let file = material.folder().log().join(format!("{}.jsonl", entry.name));
        let ended = ended(&file).map_err(|error| error.to_string())?;
        (flow.now, flow.before) = split(&ended, place.now);
    }
    let store = Inspector::open(&material.folder().state()).map_err(|error| error.to_string())?;
    let mut lines = store.journal_heads(None, LINES_MAX).map_err(|error| error.to_string())?;
    lines.reverse();
    let mut moments: BTreeMap<String, BTreeMap<(String, &'static str), Timestamp>> =
        BTreeMap::new();
    let mut order = Vec::new();
    for line in lines {
        let Some(xid) = line.entry.xid else { continue };
        let first = !moments.contains_key(&xid);
        let of = moments.entry(xid.clone()).or_default();
        of.entry((line.entry.message, line.entry.direction.name())).or_insert(line.entry.at);
        if first {
            order.push(xid);
        }
    }
    flow.steps = steps
        .iter()
        .map(|step| {
            let all: Vec<(Timestamp, u64)> =
                order.iter().filter_map(|xid| measured(&moments[xid], step)).collect();
            times(place, entry, step, &all)
        })
        .collect();
    Ok(flow)
}

/// When a step of a payment began, and how long it took in milliseconds.
fn measured(
    of: &BTreeMap<(String, &'static str), Timestamp>,
    step: &Step,
) -> Option<(Timestamp, u64)> {
    let at = |(message, direction): (&str, Direction)| {
        of.get(&(message.to_owned(), direction.name())).copied()
    };
    let (from, to) = (at(step.from)?, at(step.to)?);
    let millis = u64::try_from(to.duration_since(from).as_millis()).ok()?;
    Some((from, millis))
}

fn times(place: &Place, entry: &PartyEntry, step: &Step, all: &[(Timestamp, u64)]) -> StepTimes {
    let recent = place.now - SignedDuration::from_mins(RECENT_MINUTES);
    let is_recent = all.last().is_some_and(|(at, _)| *at >= recent);
    let cut = if is_recent { all.len().saturating_sub(LATEST_TIMED) } else { all.len() };
    let millis = |part: &[(Timestamp, u64)]| summary(part.iter().map(|(_, ms)| *ms).collect());
    let parties = &place.deployment.parties;
    let other = parties.iter().find(|party| party.role == step.waits_for);
    let waits_for = match (step.waits_for == entry.role, other) {
        (false, Some(other)) => other.name.clone(),
        (false, None) => "wallet".to_owned(),
        (true, _) => entry.name.clone(),
    };
    let name = |(message, direction): (&str, Direction)| format!("{message} {}", direction.name());
    StepTimes {
        step: format!("{} -> {}", name(step.from), name(step.to)),
        waits_for,
        now: millis(&all[cut..]),
        before: millis(&all[..cut]),
    }
}

fn summary(mut millis: Vec<u64>) -> Times {
    millis.sort_unstable();
    let at = |tenths: usize| millis.get(millis.len() * tenths / 10).copied().unwrap_or_default();
    Times { count: millis.len() as u64, median_ms: at(5), most_ms: at(9) }
}

/// How authorizations ended, oldest first: nothing when approved, else the code.
fn ended(file: &Path) -> std::io::Result<Vec<(Timestamp, Option<String>)>> {
    let mut file = match std::fs::File::open(file) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let octets = file.metadata()?.len();
    file.seek(SeekFrom::Start(octets.saturating_sub(LOG_BYTES_MAX)))?;
    let mut read = Vec::new();
    file.take(LOG_BYTES_MAX).read_to_end(&mut read)?;
    let text = String::from_utf8_lossy(&read);
    let about = text.lines().filter(|line| line.contains("\"event\":\"authorization."));
    let mut all: Vec<_> = about.filter_map(outcome).collect();
    all.drain(..all.len().saturating_sub(OUTCOMES_MAX));
    Ok(all)
}

fn outcome(line: &str) -> Option<(Timestamp, Option<String>)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let at = line["time"].as_str()?.parse().ok()?;
    let code = || line["auth_code"].as_str().map(str::to_owned);
    match line["event"].as_str()? {
        "authorization.approved" => Some((at, None)),
        "authorization.declined" | "authorization.refused" => Some((at, Some(code()?))),
        "authorization.in_doubt" => Some((at, Some("in_doubt".to_owned()))),
        _ => None,
    }
}

/// The latest part and what came before, cut where they differ most.
fn split(all: &[(Timestamp, Option<String>)], now: Timestamp) -> (Outcomes, Outcomes) {
    let recent = now - SignedDuration::from_mins(RECENT_MINUTES);
    let is_recent = all.last().is_some_and(|(at, _)| *at >= recent);
    let cuts = LATEST.iter().filter(|size| is_recent && **size * 2 <= all.len() + 8);
    let parts = cuts.map(|size| all.len() - (*size).min(all.len()));
    let parts = parts.map(|cut| (outcomes(&all[cut..]), outcomes(&all[..cut])));
    let fall = |(now, before): &(Outcomes, Outcomes)| {
        before.per_mille().saturating_sub(now.per_mille()) * now.count().min(before.count())
    };
    parts.max_by_key(fall).unwrap_or_else(|| (Outcomes::default(), outcomes(all)))
}

fn outcomes(part: &[(Timestamp, Option<String>)]) -> Outcomes {
    let mut outcomes = Outcomes {
        from: part.first().map(|(at, _)| *at),
        to: part.last().map(|(at, _)| *at),
        ..Outcomes::default()
    };
    for (_, code) in part {
        match code {
            None => outcomes.approved += 1,
            Some(code) => *outcomes.failed.entry(code.clone()).or_default() += 1,
        }
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn outcomes_are_cut_where_they_differ_most() {
        let fine = (0..30).map(|second| (at(second), None));
        let bad = (30..42).map(|second| (at(second), Some("declined".to_owned())));
        let all: Vec<_> = fine.chain(bad).collect();
        let (now, before) = split(&all, at(60));
        assert_eq!((now.count(), now.approved), (10, 0));
        assert_eq!((before.count(), before.approved), (32, 30));
        let (now, before) = split(&all, at(3_600));
        assert_eq!((now.count(), before.count()), (0, 42), "nothing can be said of now");
    }

    #[test]
    fn half_and_nine_tenths_of_times() {
        let times = summary((1..=10).rev().collect());
        assert_eq!((times.count, times.median_ms, times.most_ms), (10, 6, 10));
        assert_eq!(summary(Vec::new()), Times::default());
    }

    #[test]
    fn the_end_of_an_authorization_is_read_from_its_line() {
        let line = |rest: &str| format!("{{\"time\":\"2026-01-01T00:00:00Z\",{rest}}}");
        let told = |rest: &str| outcome(&line(rest)).map(|(_, code)| code);
        assert_eq!(told("\"event\":\"authorization.approved\""), Some(None));
        let declined = "\"event\":\"authorization.declined\",\"auth_code\":\"declined\"";
        assert_eq!(told(declined), Some(Some("declined".to_owned())));
        assert_eq!(told("\"event\":\"authorization.reversed\""), None);
        assert_eq!(outcome("{\"event\":\"authorization.approved\""), None);
    }
}
