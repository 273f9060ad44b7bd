//! `drill`: emergency plans carried out against a copy of a deployment, and measured.
//!
//! One plan is one file and one line in [`PLANS`]. The copy has other ports and nothing of it calls
//! the deployment that it is a copy of.

mod copy;
mod restore_party;

use std::time::Instant;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;
use crate::table::aligned;
use copy::Copy;

/// An emergency plan.
struct Plan {
    /// Its name.
    name: &'static str,
    /// What it is for, in a sentence.
    title: &'static str,
    /// Carries it out.
    run: fn(&Copy, &mut Course) -> Result<(), Failure>,
}

/// Every plan.
static PLANS: &[&Plan] = &[&restore_party::PLAN];

/// What a drill did, as it goes.
#[derive(Debug, Default, Serialize)]
struct Course {
    /// Phases in their order.
    phases: Vec<Phase>,
    /// What the plan did not bring back, or did not go as it should.
    missed: Vec<String>,
}

/// One part of a plan.
#[derive(Debug, Serialize)]
struct Phase {
    name: &'static str,
    /// What came of it.
    what: String,
    millis: u64,
    /// Is this time in which nobody can pay?
    is_outage: bool,
}

impl Course {
    /// Does a part of the plan and measures it.
    fn phase(
        &mut self,
        name: &'static str,
        is_outage: bool,
        work: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        let what = work()?;
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.phases.push(Phase { name, what, millis, is_outage });
        Ok(())
    }

    /// Time in which nobody could pay.
    fn outage_ms(&self) -> u64 {
        self.phases.iter().filter(|phase| phase.is_outage).map(|phase| phase.millis).sum()
    }
}

/// Arguments of `drill`.
#[derive(Debug, Args)]
pub struct Drill {
    #[command(subcommand)]
    what: What,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the emergency plans
    List,
    /// Carry a plan out against a copy of a deployment; exit status 1 when something was missed
    Run {
        /// Name of the plan
        name: String,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

impl Command for Drill {
    const NAME: &'static str = "drill";
    const ABOUT: &'static str =
        "Carry out an emergency plan against a copy of a deployment, and measure it";

    fn run(self) -> Result<Status, Failure> {
        let What::Run { name, data, passphrase } = &self.what else {
            list(self.json);
            return Ok(Status::Fine);
        };
        let plan = PLANS.iter().find(|plan| plan.name == name.as_str());
        let plan = plan.ok_or_else(|| {
            let sentence = format!("there is no drill `{name}`");
            Failure::input("drill-unknown", sentence, "`counterfoil drill list` names all of them")
        })?;
        data.open()?;
        let passphrase = passphrase.read(false)?;
        let mut course = Course::default();
        let began = Instant::now();
        let copy = Copy::make(data.path(), passphrase)?;
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let what = copy.said();
        course.phases.push(Phase { name: "copy", what, millis, is_outage: false });
        (plan.run)(&copy, &mut course)?;
        tell(plan, &course, self.json);
        Ok(if course.missed.is_empty() { Status::Fine } else { Status::Found })
    }
}

fn list(json: bool) {
    if json {
        let plans: Vec<_> =
            PLANS.iter().map(|plan| json!({"name": plan.name, "title": plan.title})).collect();
        println!("{}", json!({ "drills": plans }));
        return;
    }
    let rows: Vec<Vec<String>> =
        PLANS.iter().map(|plan| vec![plan.name.to_owned(), plan.title.to_owned()]).collect();
    aligned(&rows).iter().for_each(|line| println!("{line}"));
}

fn tell(plan: &Plan, course: &Course, json: bool) {
    if json {
        println!(
            "{}",
            json!({"drill": plan.name, "phases": course.phases, "missed": course.missed,
                "outage_ms": course.outage_ms()})
        );
        return;
    }
    let rows: Vec<Vec<String>> = course
        .phases
        .iter()
        .map(|phase| {
            let outage = if phase.is_outage { "nobody can pay" } else { "" };
            vec![
                phase.name.to_owned(),
                format!("{} ms", phase.millis),
                outage.to_owned(),
                phase.what.clone(),
            ]
        })
        .collect();
    aligned(&rows).iter().for_each(|line| println!("{line}"));
    println!("nobody could pay for {} ms", course.outage_ms());
    match course.missed.as_slice() {
        [] => println!("nothing was missed"),
        missed => missed.iter().for_each(|what| println!("missed: {what}")),
    }
}
