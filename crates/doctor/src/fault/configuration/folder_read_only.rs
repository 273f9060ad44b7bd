//! A party cannot write to its folder.
//!
//! It can record nothing, hence acknowledge nothing.
//!
//! ## How it shows
//!
//! `party.storage_failed` with "read-only" or "permission denied" on the terminal of the party; its
//! log stands still.
//!
//! ## How it is confirmed
//!
//! The system, asked for the folder's owner, refuses writing to it: the file system is mounted
//! read-only, or the permission bits do not let the owner write.
//!
//! ## How it is repaired
//!
//! Permission bits are set so that the owner may write. A file system that is mounted read-only is
//! so for a reason, often a failing disk: whoever runs the machine has to look.
//!
//! ## How the repair is proved
//!
//! The system is asked again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It takes the owner's permission to write away. As the superuser, whom bits do not bind, it
//! cannot.

use super::next_start;
use crate::fact::{Facts, FolderSeen, Observation as _};
use crate::fault::{Class, Fault};
use crate::finding::Case;
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "folder-read-only",
    class: Class::Configuration,
    title: "A party cannot write to its folder.",
    source: include_str!("folder_read_only.rs"),
    symptoms: &["read-only file system", "a party's log stands still while it is used"],
    explains: &["party-not-ready", "party-down", "restart-loop", "backlog-growing"],
    needs: &[FolderSeen::KIND],
    look,
    plan,
};

/// The owner's permission to read, write and enter.
const OWNER: u32 = 0o700;

fn look(facts: &Facts) -> Vec<Case> {
    let folders = facts.of::<FolderSeen>().into_iter();
    // Others than these are only read.
    let written = folders.filter(|folder| {
        folder.source == folder.party || folder.source == format!("{}/log", folder.party)
    });
    written
        .filter_map(|folder| {
            let why = folder.unwritable.clone()?;
            let summary = format!("{} cannot be written to: {why}", folder.source);
            let bits = format!("{:04o}", folder.mode);
            let effect = next_start::stops(facts, folder.party);
            Some(
                Case::confirmed(folder.source, folder.party, effect, summary)
                    .with("mode", bits, folder.source)
                    .with("refused", why, folder.source)
                    .check_again(format!("findmnt -T {0}; stat -c '%a %U' {0}", folder.source))
                    .stopping([format!("everything that {} has to record", folder.party)]),
            )
        })
        .collect()
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let (place, owner) = (case.subject.as_str(), case.owner.as_str());
    let mode = facts.at::<FolderSeen>(place).map(|folder| folder.mode).unwrap_or_default();
    if mode & OWNER == OWNER {
        let text =
            format!("find out why the file system of {place} is read-only, and mount it anew");
        return vec![Step::advice(owner, text)];
    }
    let bits = format!("{:04o}", (mode | OWNER) & 0o777);
    let set = Step::automatic("set-mode", owner, format!("give {place} the mode {bits}"))
        .with("file", place)
        .with("mode", bits);
    [vec![set], remedy::read_again(facts, owner)].concat()
}
