//! Others than its owner may write to a file or folder of a party.
//!
//! Whoever may write to settings or trust decides whom the party believes and where it calls.
//! Whoever may write to a folder may replace every file in it.
//!
//! ## How it shows
//!
//! Not at all, until somebody does it.
//!
//! ## How it is confirmed
//!
//! The permission bits let the group or everybody write. Keys and other secrets, which others may
//! not even read, are `private-key-readable`.
//!
//! ## How it is repaired
//!
//! The bits that let others write are taken away, which loses nothing. Whether somebody has written
//! meanwhile, the recorded state says.
//!
//! ## How the repair is proved
//!
//! The bits are read again.
//!
//! ## How the laboratory causes it
//!
//! It gives settings, trust or a folder the mode 0666, 0664 or 0777.

use crate::fact::{Facts, FileSeen, FolderSeen, Observation as _};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "permissions-too-wide",
    class: Class::Configuration,
    title: "Others than its owner may write to a file or folder of a party.",
    source: include_str!("permissions_too_wide.rs"),
    symptoms: &["files of a party are changed and nobody knows by whom"],
    explains: &[],
    needs: &[FileSeen::KIND, FolderSeen::KIND],
    look,
    plan,
};

/// Bits that let the group and everybody write.
const OTHERS_WRITE: u32 = 0o022;

fn look(facts: &Facts) -> Vec<Case> {
    let files = facts.of::<FileSeen>().into_iter().filter(|file| !file.secret);
    let files = files.map(|file| (file.source.to_owned(), file.party.to_owned(), file.mode));
    let folders = facts.of::<FolderSeen>().into_iter();
    let folders = folders.map(|seen| (seen.source.to_owned(), seen.party.to_owned(), seen.mode));
    files
        .chain(folders)
        .filter(|(_, _, mode)| mode & OTHERS_WRITE != 0)
        .map(|(place, party, mode)| {
            let bits = format!("{:04o}", mode & 0o7777);
            let summary = format!("{place} has mode {bits}: others than its owner may write to it");
            Case::confirmed(&place, &party, Effect::Weakens, summary)
                .with("mode", bits, place.as_str())
                .with("expected", expected(mode), "")
                .check_again(format!("stat -c %a {place}"))
        })
        .collect()
}

fn expected(mode: u32) -> String {
    format!("{:04o}", mode & 0o777 & !OTHERS_WRITE)
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let place = case.subject.as_str();
    let mode = facts.at::<FileSeen>(place).map(|file| file.mode);
    let mode = mode.or_else(|| facts.at::<FolderSeen>(place).map(|folder| folder.mode));
    let bits = expected(mode.unwrap_or(0o644));
    let text = format!("give {place} the mode {bits}");
    vec![Step::automatic("set-mode", &case.owner, text).with("file", place).with("mode", bits)]
}
