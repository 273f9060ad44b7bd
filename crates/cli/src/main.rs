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

/// Messages are many small values that live for one input, which this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit status of a program whose reader has gone: that of one ended by SIGPIPE.
const READER_GONE: i32 = 141;

fn main() -> ExitCode {
    end_quietly_without_reader();
    let entries = command::all();
    let matches = match command::parser(&entries).try_get_matches() {
        Ok(matches) => matches,
        Err(usage) => return failure::show_usage(&usage),
    };
    let Some((name, arguments)) = matches.subcommand() else {
        return ExitCode::from(failure::USAGE);
    };
    let json = wants_json(arguments);
    let entry = entries.iter().find(|entry| entry.name == name);
    match entry.map(|entry| (entry.run)(arguments)) {
        Some(Ok(status)) => ExitCode::from(status as u8),
        Some(Err(failure)) => failure.show(json),
        None => ExitCode::from(failure::USAGE),
    }
}

/// Was `--json` given, to the command or to a subcommand of it?
fn wants_json(arguments: &clap::ArgMatches) -> bool {
    let own = arguments.try_get_one::<bool>("json").ok().flatten().copied();
    let inner = arguments.subcommand().is_some_and(|(_, inner)| wants_json(inner));
    own.unwrap_or(false) || inner
}

/// Ends the program when nobody reads what it prints any more (`counterfoil ... | head`), which
/// Rust reports as a panic of `println!`.
fn end_quietly_without_reader() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>().map_or("", String::as_str);
        if said.starts_with("failed printing to std") && said.contains("Broken pipe") {
            std::process::exit(READER_GONE);
        }
        report(panic);
    }));
}
