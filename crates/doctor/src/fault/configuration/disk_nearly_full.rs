//! The disk of a party's folder is nearly full.
//!
//! When it is full, the party stops serving. Logs, journals and records grow with each payment.
//!
//! ## How it shows
//!
//! Not at all, until it is full.
//!
//! ## How it is confirmed
//!
//! The file system says how much is free for the party: a few hundred megabytes, or a small part of
//! a small disk.
//!
//! ## How it is repaired
//!
//! Whoever runs the party makes room or the disk larger.
//!
//! ## How the repair is proved
//!
//! The file system is asked again.
//!
//! ## How the laboratory causes it
//!
//! It fills most of the file system with one file, where the deployment lies on a small one of its
//! own.

use super::disk;
use crate::fact::{Facts, FolderSeen, Observation as _};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "disk-nearly-full",
    class: Class::Configuration,
    title: "The disk of a party's folder is nearly full.",
    source: include_str!("disk_nearly_full.rs"),
    symptoms: &["little room is left on the disk of a party"],
    explains: &[],
    needs: &[FolderSeen::KIND],
    look,
    plan,
};

/// Less than this is little on any disk.
const LITTLE_BYTES: u64 = 64 * 1024 * 1024;
/// Less than this is little where it is less than a twentieth of the disk.
const LITTLE_OF_A_DISK_BYTES: u64 = 512 * 1024 * 1024;
const PARTS: u64 = 20;

fn look(facts: &Facts) -> Vec<Case> {
    let all = disk::all(facts).into_iter().filter(|disk| disk.free >= disk::FULL_BYTES);
    let is_little = |free: u64, total: u64| {
        free < LITTLE_BYTES || (free < LITTLE_OF_A_DISK_BYTES && free < total / PARTS)
    };
    let little = all.filter(|disk| is_little(disk.free, disk.total));
    little.map(|disk| disk.case(facts, Effect::Weakens)).collect()
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    disk::make_room(case)
}
