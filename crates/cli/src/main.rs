//! The one binary, `counterfoil`. Each command is one file of [`command`].
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the edge: this crate reads the clock, the disk and the terminal"
)]
#![allow(unreachable_pub, reason = "a binary has no outside")]

mod api;
mod command;
mod data;
mod failure;
mod passphrase;
mod purse;
mod stage;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let entries = command::all();
    let matches = match command::parser(&entries).try_get_matches() {
        Ok(matches) => matches,
        Err(usage) => return failure::show_usage(&usage),
    };
    let Some((name, arguments)) = matches.subcommand() else {
        return ExitCode::from(failure::USAGE);
    };
    let json = arguments.try_get_one::<bool>("json").ok().flatten().copied().unwrap_or(false);
    let entry = entries.iter().find(|entry| entry.name == name);
    match entry.map(|entry| (entry.run)(arguments)) {
        Some(Ok(status)) => ExitCode::from(status as u8),
        Some(Err(failure)) => failure.show(json),
        None => ExitCode::from(failure::USAGE),
    }
}
