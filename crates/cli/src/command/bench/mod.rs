//! `bench`: measurements, each against something else measured in the same run. Nothing is
//! judged: a figure is printed, and whoever reads it judges.

mod cert;
mod dissect;
mod logs;
mod payment;

use clap::{Args, Subcommand};

use super::Command;
use crate::failure::{Failure, Status};

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

/// What can be measured, one file or folder each.
#[derive(Debug, Subcommand)]
enum What {
    /// The validator of certificate paths against OpenSSL's
    Cert(cert::Cert),
    /// Reading packet captures, against tshark
    Dissect(dissect::Dissect),
    /// Reading logs, against DuckDB and jq
    Logs(logs::Logs),
    /// Real purchases against real processes, and the cryptography that the gateway must do
    Payment(payment::Payment),
}

impl Command for Bench {
    const NAME: &'static str = "bench";
    const ABOUT: &'static str = "Measure, as ratios against something measured in the same run";

    fn run(self) -> Result<Status, Failure> {
        match self.what {
            What::Cert(cert) => cert.run(),
            What::Dissect(dissect) => dissect.run(),
            What::Logs(logs) => logs.run(),
            What::Payment(payment) => payment.run(),
        }
    }
}
