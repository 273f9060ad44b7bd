//! `cert`: certificates and what stands around them.

mod input;
mod inspect;
mod lint;
mod sarif;
mod source;
mod verify;
mod watch;

use clap::{Args, Subcommand};

use super::Command;
use crate::failure::{Failure, Status};

/// Arguments of `cert`.
#[derive(Debug, Args)]
pub struct Cert {
    #[command(subcommand)]
    what: What,
}

/// What can be done with certificates, one file each.
#[derive(Debug, Subcommand)]
enum What {
    /// Show what files hold: certificates, CRLs, keys, requests, PKCS#7, PKCS#12
    Inspect(inspect::Inspect),
    /// Judge certificates, CRLs and BCIs by the rules of their profile
    Lint(lint::Lint),
    /// Judge one certificate; exit status 0 valid, 1 not valid
    Verify(Box<verify::Verify>),
    /// Judge all that a deployment, or hosts and files, depend on
    Watch(watch::Watch),
}

impl Command for Cert {
    const NAME: &'static str = "cert";
    const ABOUT: &'static str = "Look at certificates, CRLs and keys, and judge them";

    fn run(self) -> Result<Status, Failure> {
        match self.what {
            What::Inspect(inspect) => inspect.run(),
            What::Lint(lint) => lint.run(),
            What::Verify(verify) => verify.run(),
            What::Watch(watch) => watch.run(),
        }
    }
}
