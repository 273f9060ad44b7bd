//! A party may not have as many files open as it is set to have connections.
//!
//! At the limit it takes no further connections: callers wait and give up, while the party says
//! that it is well.
//!
//! ## How it shows
//!
//! `too many open files`; new connections hang when there is much to do, those that stand go on.
//!
//! ## How it is confirmed
//!
//! The kernel's limit of the process is lower than `connections_max` of its settings and what a
//! party needs besides.
//!
//! ## How it is repaired
//!
//! The limit of the running process is raised as far as it may be. Where that is not enough, or for
//! the next start, whoever starts the party has to raise it (`LimitNOFILE=`, `ulimit -n`).
//!
//! ## How the repair is proved
//!
//! The limit is read again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It lowers the limit of a running party.

use crate::fact::{Facts, Observation as _, ProcessSeen, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "descriptor-limit-low",
    class: Class::Configuration,
    title: "A party may not have as many files open as it is set to have connections.",
    source: include_str!("descriptor_limit_low.rs"),
    symptoms: &["too many open files", "new connections hang while those that stand go on"],
    explains: &["party-hung", "latency-risen"],
    needs: &[Settings::KIND],
    look,
    plan,
};

/// `connections_max` where the settings name none.
const CONNECTIONS_MAX: u64 = 1_024;
/// Files, listeners and own calls of a party.
const BESIDES: u64 = 64;

fn look(facts: &Facts) -> Vec<Case> {
    let processes = facts.of::<ProcessSeen>().into_iter();
    processes
        .filter_map(|process| {
            let need = need(facts, process.party)?;
            if process.open_files_max >= need {
                return None;
            }
            let left = process.open_files_max.saturating_sub(process.open_files);
            let effect = if left < BESIDES / 8 { Effect::StopsPurchases } else { Effect::Hinders };
            let summary = format!(
                "{} may have {} files open and is set to need {need}",
                process.party, process.open_files_max
            );
            Some(
                Case::confirmed(process.party, process.party, effect, summary)
                    .with("limit", process.open_files_max.to_string(), process.source)
                    .with("open", process.open_files.to_string(), process.source)
                    .with("needed", need.to_string(), format!("{}/config.toml", process.party))
                    .check_again(format!("grep 'open files' {}", process.source))
                    .stopping([format!("connections beyond {}", process.open_files_max)]),
            )
        })
        .collect()
}

fn need(facts: &Facts, party: &str) -> Option<u64> {
    let settings = facts.about::<Settings>(party).into_iter().next()?;
    let connections = settings.number("node.limits.connections_max").unwrap_or(CONNECTIONS_MAX);
    Some(connections + BESIDES)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let owner = case.owner.as_str();
    let need = need(facts, owner).unwrap_or(CONNECTIONS_MAX + BESIDES);
    let limit = facts.about::<ProcessSeen>(owner).into_iter().next();
    let limit = limit.map_or(0, |process| process.open_files_limit);
    let advice = Step::advice(
        owner,
        format!(
            "start {owner} with a limit of at least {need} open files (LimitNOFILE=, ulimit -n)"
        ),
    );
    if limit < need {
        return vec![advice];
    }
    let text = format!("let the process of {owner} have {need} files open");
    vec![Step::automatic("raise-open-files", owner, text).with("limit", need.to_string()), advice]
}
