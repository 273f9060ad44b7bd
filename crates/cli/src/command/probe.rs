//! `probe`: asks a TLS server what it speaks, and says what is wrong with it.

mod screen;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;

use counterfoil_node::deployment::DeploymentError;
use counterfoil_node::files;
use counterfoil_ops::probe::starttls::{self, StartTls};
use counterfoil_ops::probe::{Options, ProbeReport, Target, limit, probe};
use counterfoil_pki::Certificate;
use counterfoil_remark::Severity;

use super::Command;
use crate::failure::{Failure, Status};

/// Port of a target that names none.
const HTTPS_PORT: u16 = 443;

/// Arguments of `probe`.
#[derive(Debug, Args)]
pub struct Probe {
    /// Host and port, as shop.example:443 or [2001:db8::1]:443
    #[arg(value_name = "HOST:PORT")]
    target: String,
    /// Name to ask for and to judge the certificate by; HOST, when absent
    #[arg(long, value_name = "DNS")]
    name: Option<String>,
    /// Protocol that TLS begins in
    #[arg(long, value_name = "PROTOCOL", value_parser = protocols())]
    starttls: Option<String>,
    /// PEM file of roots to judge the chain by; without it its structure alone is judged
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Most connections at a time
    #[arg(long, value_name = "N", default_value_t = limit::PARALLEL_MAX as u16,
          value_parser = clap::value_parser!(u16).range(1..=32))]
    parallel: u16,
    /// Most seconds for everything
    #[arg(long, value_name = "S", default_value_t = limit::TOTAL_SECONDS_MAX.as_secs() as u16,
          value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// Show every suite, also those that nothing is wrong with
    #[arg(short, long)]
    verbose: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Command for Probe {
    const NAME: &'static str = "probe";
    const ABOUT: &'static str = "Ask a TLS server what it speaks, and say what is wrong with it";

    fn run(self) -> Result<Status, Failure> {
        let protocol = self.starttls.as_deref().and_then(starttls::find);
        let port = protocol.map_or(HTTPS_PORT, |protocol: &StartTls| protocol.port);
        let target = Target::parse(&self.target, port)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::unseen("runtime", error, "try again"))?;
        let report = runtime.block_on(probe(&target, &self.options(protocol)?))?;
        if self.json {
            println!("{}", serde_json::json!(report));
        } else {
            print!("{}", screen::of(&report, self.verbose));
        }
        self.status(&report)
    }
}

impl Probe {
    fn options(&self, protocol: Option<&'static StartTls>) -> Result<Options, Failure> {
        let trust = match &self.trust {
            Some(file) => Some(
                Certificate::from_pem_all(&files::read_text(file)?)
                    .map_err(|error| DeploymentError::malformed(file, &error))?,
            ),
            None => None,
        };
        Ok(Options {
            name: self.name.clone(),
            starttls: protocol,
            trust,
            parallel_max: usize::from(self.parallel),
            total_time_max: Duration::from_secs(u64::from(self.seconds)),
            ..Options::default()
        })
    }

    /// Something found outweighs something that could not be looked at.
    fn status(&self, report: &ProbeReport) -> Result<Status, Failure> {
        let found = report
            .remarks
            .iter()
            .any(|remark| remark.severity >= Severity::Warning && remark.group != "unseen");
        Ok(match (found, report.is_incomplete()) {
            (true, _) => Status::Found,
            (false, true) => Status::Unseen,
            (false, false) => Status::Fine,
        })
    }
}

fn protocols() -> PossibleValuesParser {
    PossibleValuesParser::new(starttls::ALL.map(|protocol| protocol.name))
}
