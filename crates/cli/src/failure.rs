//! How a command fails: an id, one sentence, a hint, and an exit status.

use std::fmt;
use std::process::ExitCode;

use counterfoil_secret::{Fault, Report};
use serde_json::json;

/// Exit status of wrong usage and bad input.
pub const USAGE: u8 = 2;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All is well.
    Fine = 0,
    /// Something was found, refused or not proved.
    Found = 1,
    /// Some of the input was bad; the rest was done.
    BadInput = 2,
    /// Something could not be looked at; the rest was.
    Unseen = 3,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// Stable id in kebab-case.
    pub id: String,
    /// One sentence.
    pub sentence: String,
    /// What to do.
    pub hint: String,
    /// Exit status: 1 failed, 2 bad input, 3 could not look.
    pub status: u8,
}

impl Failure {
    /// Bad usage or input: exit status 2.
    pub fn input(id: &str, sentence: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self {
            id: id.into(),
            sentence: sentence.to_string(),
            hint: hint.to_string(),
            status: USAGE,
        }
    }

    /// The work was tried and failed: exit status 1.
    pub fn failed(id: &str, sentence: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { status: 1, ..Self::input(id, sentence, hint) }
    }

    /// What was to be looked at could not be reached: exit status 3.
    pub fn unseen(id: &str, sentence: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { status: 3, ..Self::input(id, sentence, hint) }
    }

    /// The same, where it is the input that cannot be had: exit status 2.
    pub fn into_input(self) -> Self {
        Self { status: USAGE, ..self }
    }

    /// What an error of any crate says.
    pub fn of(error: &(impl Report + ?Sized)) -> Self {
        let status = match error.fault() {
            Fault::Malformed | Fault::OurMisuse => USAGE,
            Fault::PeerMisbehaved | Fault::PeerIncompatible => 1,
            Fault::Environment => 3,
        };
        Self { id: error.id().into(), sentence: error.to_string(), hint: error.hint(), status }
    }

    /// Writes the failure to standard error.
    pub fn tell(&self) {
        eprintln!("error[{}]: {}\n hint: {}", self.id, self.sentence, self.hint);
    }

    /// Writes the failure to standard error, or as a JSON document to standard output.
    pub fn show(&self, json: bool) -> ExitCode {
        if json {
            let error = json!({"id": self.id, "message": self.sentence, "hint": self.hint});
            println!("{}", json!({ "error": error }));
        } else {
            self.tell();
        }
        ExitCode::from(self.status)
    }
}

impl<E: Report> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

/// Shows what the argument parser says: help and version on standard output, mistakes as a
/// failure with exit status 2.
pub fn show_usage(usage: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    if matches!(usage.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        print!("{usage}");
        return ExitCode::SUCCESS;
    }
    let text = usage.to_string();
    if usage.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        eprint!("{text}");
        return ExitCode::from(USAGE);
    }
    let text = text.trim_start_matches("error: ").trim_end();
    Failure::input(
        "usage",
        first_sentence(text),
        "run 'counterfoil --help' or 'counterfoil COMMAND --help'",
    )
    .show(false)
}

/// What the parser says first, on one line: where it names arguments, it does so on lines below.
fn first_sentence(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("wrong usage").trim_end_matches('.');
    let named: Vec<&str> = lines.take_while(|line| line.starts_with("  ")).map(str::trim).collect();
    if named.is_empty() { first.to_owned() } else { format!("{first} {}", named.join(", ")) }
}
