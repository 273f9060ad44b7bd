//! `counterfoil sim`: purchases with every party in one thread on virtual time.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use counterfoil_sim::deployment::Deployment;
use counterfoil_sim::world::{self, Report};
use serde_json::{Value, json};

use super::Command;
use crate::failure::{Failure, Status};

/// Most seeds of one call.
const SEEDS_MAX: u64 = 1_000_000;

/// Arguments of `sim`.
#[derive(Debug, Args)]
pub struct Sim {
    /// How many seeds to run
    #[arg(long, default_value_t = 16)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run every seed twice and compare the traces
    #[arg(long)]
    twice: bool,
    /// Print the trace of each seed
    #[arg(long)]
    trace: bool,
    /// Print one JSON line a seed, then a summary
    #[arg(long)]
    json: bool,
}

impl Command for Sim {
    const NAME: &'static str = "sim";
    const ABOUT: &'static str = "Simulate purchases in bad weather; the same seed, the same trace";

    fn run(self) -> Result<Status, Failure> {
        if !(1..=SEEDS_MAX).contains(&self.seeds) {
            return Err(Failure::input(
                "seeds-out-of-range",
                format!("{} is no number of seeds", self.seeds),
                format!("give --seeds from 1 to {SEEDS_MAX}"),
            ));
        }
        let started = Instant::now();
        let deployment = Deployment::found();
        let mut summary = Summary::default();
        for seed in self.seed..self.seed.saturating_add(self.seeds) {
            let report = self.one(seed, &deployment);
            self.show(&report);
            summary.add(&report);
        }
        self.conclude(&summary, started.elapsed().as_secs_f64());
        Ok(if summary.failed == 0 { Status::Fine } else { Status::Found })
    }
}

impl Sim {
    fn one(&self, seed: u64, deployment: &Arc<Deployment>) -> Report {
        let mut report = world::run(seed, deployment);
        if self.twice && report.failure.is_none() {
            let again = world::run(seed, deployment);
            if again.digest != report.digest {
                report.failure = Some("two runs of this seed have two traces".into());
            }
        }
        report
    }

    fn show(&self, report: &Report) {
        if self.trace {
            for line in &report.trace {
                println!("{line}");
            }
        }
        if self.json {
            println!("{}", line_of(report));
            return;
        }
        if let Some(failure) = &report.failure {
            println!("seed {:>6}  BROKEN  {failure}", report.seed);
            println!("    again: counterfoil sim --seeds 1 --seed {} --trace", report.seed);
        } else if std::io::stdout().is_terminal() || self.trace {
            println!(
                "seed {:>6}  holds   {} of {} purchases paid, {} events, trace {}",
                report.seed,
                report.paid,
                report.purchases,
                report.lines,
                &report.digest[..16]
            );
        }
    }

    fn conclude(&self, summary: &Summary, seconds: f64) {
        if self.json {
            println!("{}", summary.json(seconds));
            return;
        }
        println!(
            "{} {}: {} hold, {} broken; {} purchases, {} paid, {} voided",
            summary.seeds,
            if summary.seeds == 1 { "seed" } else { "seeds" },
            summary.seeds - summary.failed,
            summary.failed,
            summary.purchases,
            summary.paid,
            summary.voided
        );
        let i = &summary.injected;
        println!(
            "injected: {} requests lost, {} answers lost, {} doubled, {} delayed, {} stops before \
             the commit, {} after it",
            i.requests_lost,
            i.answers_lost,
            i.duplicated,
            i.delayed,
            i.crashes_before_commit,
            i.crashes_after_commit
        );
        println!(
            "{:.0} seeds a minute; {:.0} virtual seconds a second",
            summary.seeds as f64 * 60.0 / seconds,
            summary.virtual_seconds as f64 / seconds
        );
    }
}

/// Sums over seeds.
#[derive(Debug, Default)]
struct Summary {
    seeds: u64,
    failed: u64,
    purchases: u64,
    paid: u64,
    voided: u64,
    virtual_seconds: i64,
    injected: counterfoil_sim::engine::Injected,
}

impl Summary {
    fn add(&mut self, report: &Report) {
        self.seeds += 1;
        self.failed += u64::from(report.failure.is_some());
        self.purchases += report.purchases;
        self.paid += report.paid;
        self.voided += report.voided;
        self.virtual_seconds += report.seconds;
        self.injected.add(&report.injected);
    }

    fn json(&self, seconds: f64) -> Value {
        json!({
            "seeds": self.seeds,
            "failed": self.failed,
            "purchases": self.purchases,
            "paid": self.paid,
            "voided": self.voided,
            "seeds_per_minute": self.seeds as f64 * 60.0 / seconds,
            "virtual_seconds_per_second": self.virtual_seconds as f64 / seconds,
            "injected": injected(&self.injected),
        })
    }
}

fn line_of(report: &Report) -> Value {
    json!({
        "seed": report.seed,
        "holds": report.failure.is_none(),
        "failure": report.failure,
        "purchases": report.purchases,
        "paid": report.paid,
        "voided": report.voided,
        "events": report.lines,
        "digest": report.digest,
        "injected": injected(&report.injected),
    })
}

fn injected(injected: &counterfoil_sim::engine::Injected) -> Value {
    json!({
        "requests_lost": injected.requests_lost,
        "answers_lost": injected.answers_lost,
        "duplicated": injected.duplicated,
        "delayed": injected.delayed,
        "crashes_before_commit": injected.crashes_before_commit,
        "crashes_after_commit": injected.crashes_after_commit,
        "refused_connections": injected.refused_connections,
    })
}
