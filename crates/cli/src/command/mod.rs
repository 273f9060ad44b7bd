//! The commands, one file each. A new one is a file and a line in [`all`].

mod bench;
mod cert;
mod demo;
mod dissect;
mod doctor;
mod drill;
mod evidence;
mod explain;
mod incident;
mod init;
mod lab;
mod logs;
mod order;
mod pay;
mod probe;
mod publish;
mod register;
mod reload;
mod serve;
mod sim;
mod status;
mod support_bundle;
mod up;
mod wallet;

use clap::{ArgMatches, Args, FromArgMatches};

use crate::failure::{Failure, Status};

/// What a command is: its arguments are the type's fields.
pub trait Command: Args + FromArgMatches {
    /// The word on the command line.
    const NAME: &'static str;
    /// One line for the list of commands.
    const ABOUT: &'static str;

    /// Does the work.
    fn run(self) -> Result<Status, Failure>;
}

/// A command as the binary lists and runs it.
pub struct Entry {
    /// The word on the command line.
    pub name: &'static str,
    /// Its parser.
    pub parser: fn() -> clap::Command,
    /// Its work.
    pub run: fn(&ArgMatches) -> Result<Status, Failure>,
}

/// Every command, in the order of the help page.
pub fn all() -> Vec<Entry> {
    vec![
        entry::<demo::Demo>(),
        entry::<init::Init>(),
        entry::<up::Up>(),
        entry::<serve::Serve>(),
        entry::<status::ShowStatus>(),
        entry::<reload::Reload>(),
        entry::<publish::Publish>(),
        entry::<register::Register>(),
        entry::<order::Order>(),
        entry::<pay::Pay>(),
        entry::<wallet::Wallet>(),
        entry::<doctor::Doctor>(),
        entry::<explain::Explain>(),
        entry::<support_bundle::SupportBundle>(),
        entry::<incident::IncidentCommand>(),
        entry::<drill::Drill>(),
        entry::<evidence::Evidence>(),
        entry::<dissect::Dissect>(),
        entry::<cert::Cert>(),
        entry::<logs::Logs>(),
        entry::<lab::Lab>(),
        entry::<sim::Sim>(),
        entry::<bench::Bench>(),
        entry::<probe::Probe>(),
    ]
}

/// The parser of the whole command line.
pub fn parser(entries: &[Entry]) -> clap::Command {
    clap::Command::new("counterfoil")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Secure Electronic Transaction for today, and the doctor that keeps it working")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(entries.iter().map(|entry| (entry.parser)()))
}

/// Makes the entry of a command.
fn entry<C: Command>() -> Entry {
    Entry {
        name: C::NAME,
        parser: || C::augment_args(clap::Command::new(C::NAME)).about(C::ABOUT).long_about(None),
        run: |matches| {
            let command = C::from_arg_matches(matches)
                .map_err(|error| Failure::input("usage", error, "run the command with --help"))?;
            command.run()
        },
    }
}
