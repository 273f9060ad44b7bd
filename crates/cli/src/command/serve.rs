//! `serve`: one party as this process.

use std::io::IsTerminal as _;

use clap::Args;

use counterfoil_node::deployment::serve;
use counterfoil_node::supervise::Ready;

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Name of the party, as in counterfoil.toml
    party: String,
    #[command(flatten)]
    data: Data,
}

impl Command for Serve {
    const NAME: &'static str = "serve";
    const ABOUT: &'static str = "Run one party until SIGINT or SIGTERM; SIGHUP re-reads its files";

    fn run(self) -> Result<Status, Failure> {
        let for_people = std::io::stderr().is_terminal();
        serve::serve(self.data.path(), &self.party, for_people, Ready::print)
            .map_err(|error| Failure::of(&*error))?;
        Ok(Status::Fine)
    }
}
