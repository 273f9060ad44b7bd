//! `bench cert`: the validator of certificate paths against OpenSSL's, on the same files.
//!
//! Both read every certificate from its file and build and verify its path with the same root,
//! intermediate and CRLs. Both are measured by processor time. What `openssl verify` costs before
//! it verifies anything is measured by calls for a single file, and taken off.

mod chains;
mod peer;

use std::path::Path;

use clap::Args;
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use counterfoil_crypto::suite::{P256, RSA3072, Suite};
use counterfoil_node::files;
use counterfoil_pki::purpose::{self, Question};
use counterfoil_pki::{Certificate, Crl};

use self::chains::Chains;
use self::peer::Peer;
use crate::failure::{Failure, Status};
use crate::table::aligned;

/// Most chains: as many names of files as one call of a program takes.
const CHAINS_MAX: usize = 20_000;

/// Arguments of `bench cert`.
#[derive(Debug, Args)]
pub struct Cert {
    /// How many chains are verified in each round
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    chains: usize,
    /// Rounds, of which the middle one counts
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
    /// Certificates on each CRL
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    revoked: usize,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// One row: a suite, with or without CRLs; microseconds of processor time for one chain.
struct Row {
    suite: &'static str,
    crls: bool,
    own_us: f64,
    peer_us: f64,
}

impl Cert {
    /// Measures.
    pub fn run(self) -> Result<Status, Failure> {
        if !(2..=CHAINS_MAX).contains(&self.chains) || self.rounds == 0 {
            let sentence = format!("2 to {CHAINS_MAX} chains, and at least one round");
            return Err(Failure::input("usage", sentence, "give other numbers"));
        }
        let peer = Peer::find()?;
        let folder = std::env::temp_dir().join(format!("counterfoil-bench-{}", std::process::id()));
        let measured = self.measure(&folder, &peer);
        // A folder that cannot be removed changes no figure.
        drop(std::fs::remove_dir_all(&folder));
        let rows = measured?;
        self.print(&rows, &peer);
        Ok(Status::Fine)
    }

    fn measure(&self, folder: &Path, peer: &Peer) -> Result<Vec<Row>, Failure> {
        let mut rows = Vec::new();
        for suite in [&P256, &RSA3072] {
            let chains = Chains::make(suite, &folder.join(suite.name), self.chains, self.revoked)?;
            for crls in [false, true] {
                rows.push(self.row(suite, crls, &chains, peer)?);
            }
        }
        Ok(rows)
    }

    /// The two take turns, so that what else the machine does meets both.
    fn row(
        &self,
        suite: &'static Suite,
        crls: bool,
        chains: &Chains,
        peer: &Peer,
    ) -> Result<Row, Failure> {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            own.push(verify_all(chains, crls)? / self.chains as f64);
            let start = peer.verify(chains, 1, crls)?;
            let all = peer.verify(chains, self.chains, crls)?;
            others.push((all - start) / (self.chains - 1) as f64);
        }
        Ok(Row { suite: suite.name, crls, own_us: middle(own), peer_us: middle(others) })
    }

    fn print(&self, rows: &[Row], peer: &Peer) {
        if self.json {
            println!("{}", self.document(rows, peer));
            return;
        }
        println!("{} chains of three certificates, {} rounds", self.chains, self.rounds);
        println!("{}", peer.version);
        let head = ["suite", "CRLs", "counterfoil", "openssl", "ratio"].map(str::to_owned);
        let lines = rows.iter().map(|row| {
            let crls = if row.crls { format!("two of {}", self.revoked) } else { "none".into() };
            let own = format!("{:.1} us", row.own_us);
            let other = format!("{:.1} us", row.peer_us);
            vec![row.suite.into(), crls, own, other, format!("{:.2}", row.ratio())]
        });
        let table: Vec<Vec<String>> = std::iter::once(head.to_vec()).chain(lines).collect();
        aligned(&table).iter().for_each(|line| println!("{line}"));
        println!("processor time for one chain; ratio: ours by OpenSSL's, less is better");
    }

    fn document(&self, rows: &[Row], peer: &Peer) -> Value {
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                json!({
                    "suite": row.suite, "crls": row.crls, "counterfoil_us": row.own_us,
                    "openssl_us": row.peer_us, "ratio": row.ratio(),
                })
            })
            .collect();
        json!({
            "chains": self.chains, "rounds": self.rounds, "revoked_on_each_crl": self.revoked,
            "openssl": peer.version, "results": rows,
        })
    }
}

impl Row {
    fn ratio(&self) -> f64 {
        self.own_us / self.peer_us
    }
}

/// Microseconds of this thread for all chains, everything that several chains share read once, as
/// `openssl verify` does.
fn verify_all(chains: &Chains, with_crls: bool) -> Result<f64, Failure> {
    let read = |path: &Path| -> Result<Vec<Certificate>, Failure> {
        Ok(Certificate::from_pem_all(&files::read_text(path)?)?)
    };
    let began = thread_us();
    let anchors = read(&chains.root)?;
    let pool = read(&chains.intermediate)?;
    let crls = match with_crls {
        true => Crl::from_pem_all(&files::read_text(&chains.crls)?)?,
        false => Vec::new(),
    };
    let purpose = purpose::named("any").expect("invariant: `any` is in the list of purposes");
    for leaf in &chains.leaves {
        let leaf = read(&chains.folder.join(leaf))?;
        purpose::judge(&Question {
            leaf: &leaf[0],
            pool: &pool,
            anchors: &anchors,
            crls: &crls,
            ocsp: &[],
            now: Timestamp::now(),
            purpose,
            name: None,
            depth_max: None,
        })?;
    }
    Ok(thread_us() - began)
}

/// Processor time of this thread in microseconds.
fn thread_us() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
