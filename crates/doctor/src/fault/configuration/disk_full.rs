//! The disk of a party's folder is full.
//!
//! A party that cannot make its records durable acknowledges nothing: it stops serving.
//!
//! ## How it shows
//!
//! `party.storage_failed` or `store.failed` in the log, if there is room for the line;
//! `counterfoil status` says `not ready`.
//!
//! ## How it is confirmed
//!
//! The file system says how much is free for the party: less than a party needs to commit and to
//! log that it cannot.
//!
//! ## How it is repaired
//!
//! Nobody's data is deleted by a machine. Whoever runs the party makes room: old logs
//! (`log/*.1.jsonl` and further), copies, files of others. The party goes on by itself.
//!
//! ## How the repair is proved
//!
//! The file system is asked again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It fills the file system with one file, where the deployment lies on a small one of its own.

use super::disk;
use crate::fact::{Facts, FolderSeen, Observation as _};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "disk-full",
    class: Class::Configuration,
    title: "The disk of a party's folder is full.",
    source: include_str!("disk_full.rs"),
    symptoms: &["`party.storage_failed` in a log", "no space left on device"],
    explains: &["party-not-ready", "party-down", "restart-loop", "backlog-growing"],
    needs: &[FolderSeen::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let full = disk::all(facts).into_iter().filter(|disk| disk.free < disk::FULL_BYTES);
    full.map(|disk| disk.case(facts, Effect::StopsPurchases)).collect()
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    disk::make_room(case)
}
