//! `bench payment`: real purchases against real processes, and in the same run the bare
//! cryptographic operations that a gateway must do for one.
//!
//! Every party and the load share this machine, so payments per second are those of the whole
//! deployment. The gateway's share is told by its own processor time. The bare operations are
//! timed while the payments run, by the processor time of one thread, so that both sides of the
//! ratio meet the same machine.

mod bare;
mod load;
mod report;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use rand_core::Rng as _;

use counterfoil_node::deployment::{Material, layout};
use counterfoil_node::files::{self, Access};
use counterfoil_node::rng::SystemRng;
use counterfoil_secret::Secret;

use crate::data::operations;
use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;
use crate::purse::Purse;
use crate::stage::{Stage, free_ports};
use bare::Bare;
use load::{Gauges, Load};
use report::Report;

/// Payments that one minor unit each leaves to the card that pays.
const PAYMENTS_MAX: u32 = 100_000;
/// Most payments at once.
const AT_ONCE_MAX: u32 = 128;
/// Payments before the measured ones: connections are made, certificates learned.
const WARM_UP: u32 = 64;
/// The card that pays, and the one that warms up.
const CARDS: [&str; 2] = ["card-1", "card-2"];
/// File with the wallet's passphrase, in the folder of the deployment.
const PASSPHRASE: &str = "passphrase";

/// Arguments of `bench payment`.
#[derive(Debug, Args)]
pub struct Payment {
    /// How many payments are measured
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    payments: u32,
    /// How many cardholders pay at once
    #[arg(long, value_name = "N", default_value_t = 16)]
    at_once: u32,
    /// Suite of every key: p256 or rsa3072
    #[arg(long, value_name = "SUITE", default_value = "p256")]
    suite: String,
    /// Keep the temporary folder of the deployment
    #[arg(long)]
    keep: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Payment {
    /// Measures.
    pub fn run(self) -> Result<Status, Failure> {
        within("payments", self.payments, PAYMENTS_MAX)?;
        within("at-once", self.at_once, AT_ONCE_MAX)?;
        let folder = format!("counterfoil-bench-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        let measured = self.measure(&folder);
        if self.keep {
            eprintln!("kept: {}", folder.display());
        } else {
            // A folder that cannot be removed changes no figure.
            drop(std::fs::remove_dir_all(&folder));
        }
        let report = measured?;
        report.print(self.json);
        Ok(Status::Fine)
    }

    fn measure(&self, data: &Path) -> Result<Report, Failure> {
        let stage = Stage { data, passphrase: passphrase() };
        let port = free_ports()?.to_string();
        let suite = self.suite.as_str();
        stage.run(&["init", "--with-test-cards", "--base-port", &port, "--suite", suite])?;
        let mut up = stage.up()?;
        up.ready("deployment")?;
        stage.run(&["register", "merchant"])?;
        for card in CARDS {
            stage.run(&["register", "cardholder", "--card", card])?;
        }
        up.ready("merchant")?;
        let report = self.pay(data, &stage.passphrase);
        up.stop()?;
        report
    }

    fn pay(&self, data: &Path, passphrase: &Secret<String>) -> Result<Report, Failure> {
        let file = data.join(PASSPHRASE);
        files::write(&file, passphrase.expose().as_bytes(), Access::Private)?;
        let wallet = Material::at(data, layout::WALLET)?;
        let purse = Purse::open(&wallet, &Passphrase { file: Some(file) })?;
        let merchant = Material::at(data, "merchant")?;
        let load = |card, payments| Load::new(&purse, &merchant, card, payments, self.at_once);
        load(CARDS[1], WARM_UP)?.run()?;

        let gateway = operations(&Material::at(data, "gateway")?)?;
        let bare = Bare::of(&self.suite)?;
        let over = AtomicBool::new(false);
        let before = Gauges::read(gateway)?;
        let started = Instant::now();
        let (paid, bare) = std::thread::scope(|scope| {
            let timing = scope.spawn(|| bare.measure_until(&over));
            let paid = load(CARDS[0], self.payments).and_then(Load::run);
            over.store(true, Ordering::Release);
            (paid, timing.join().expect("invariant: timing returns its failure"))
        });
        let seconds = started.elapsed().as_secs_f64();
        let after = Gauges::read(gateway)?;
        let paid = paid?;
        purse.close();
        Ok(Report {
            suite: self.suite.clone(),
            at_once: self.at_once,
            seconds,
            paid,
            gateway_cpu_seconds: after.cpu_seconds - before.cpu_seconds,
            gateway_rss_bytes: after.resident_bytes,
            gateway_inputs_per_commit: (after.inputs - before.inputs)
                / (after.commits - before.commits),
            gateway_disk_bytes: disk_bytes(&data.join("gateway")),
            bare: bare?,
        })
    }
}

fn within(name: &str, value: u32, max: u32) -> Result<(), Failure> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    let sentence = format!("--{name} {value} is out of range");
    Err(Failure::input("number-out-of-range", sentence, format!("give 1 to {max}")))
}

fn passphrase() -> Secret<String> {
    let mut random = [0; 16];
    SystemRng::new().fill_bytes(&mut random);
    Secret::new(hex::encode(random))
}

/// Octets of the files of a party's records.
fn disk_bytes(folder: &Path) -> u64 {
    let sizes = ["state.sqlite", "state.sqlite-wal"].map(|name| {
        let path: PathBuf = folder.join(name);
        path.metadata().map_or(0, |file| file.len())
    });
    sizes.iter().sum()
}
