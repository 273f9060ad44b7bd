//! `lab score`: the doctor measured on every fault, in several variants, in pairs, and on none.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use counterfoil_ops::inject::{INJECTORS, Injector};
use counterfoil_sim::chance::Chance;

use super::deployment::Laboratory;
use super::run::{self, Outcome};
use crate::failure::{Failure, Status};
use crate::table::aligned;

/// Arguments of `lab score`.
#[derive(Debug, Args)]
pub struct Score {
    /// Faults, or names of injectors; all, when absent
    faults: Vec<String>,
    /// Chooses variants and pairs
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Variants of each injector
    #[arg(long, value_name = "N", default_value_t = 2)]
    variants: u64,
    /// Pairs of injectors at once
    #[arg(long, value_name = "N", default_value_t = 8)]
    pairs: u64,
    /// Runs with nothing injected
    #[arg(long, value_name = "N", default_value_t = 4)]
    healthy: u64,
    /// Write the table as a page of Markdown as well
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What was counted for one fault.
#[derive(Debug, Default, Clone, Serialize)]
struct Row {
    fault: String,
    runs: u64,
    found: u64,
    cause_right: u64,
    party_right: u64,
    wrong_party: u64,
    abstained: u64,
    false_alarms: u64,
    find_ms: u64,
    repaired: u64,
    verified: u64,
    not_injected: u64,
}

impl Score {
    /// Runs all of it.
    pub fn run(self) -> Result<Status, Failure> {
        let folder = std::env::temp_dir().join(format!("counterfoil-score-{}", std::process::id()));
        let scored = self.score(&folder);
        // What cannot be removed is only left over.
        drop(std::fs::remove_dir_all(&folder));
        let (rows, notes) = scored?;
        if let Some(page) = &self.page {
            std::fs::write(page, self.markdown(&rows, &notes)).map_err(|error| {
                Failure::unseen("page-unwritable", error, "name a file in a folder that exists")
            })?;
        }
        if self.json {
            println!("{}", json!({"seed": self.seed, "rows": rows, "notes": notes}));
        } else {
            aligned(&cells(&rows)).iter().for_each(|line| println!("{line}"));
            notes.iter().for_each(|note| println!("{note}"));
        }
        let bad = |row: &Row| row.wrong_party + row.false_alarms > 0 || row.found < row.runs;
        Ok(if rows.iter().any(bad) { Status::Found } else { Status::Fine })
    }

    fn score(&self, folder: &Path) -> Result<(Vec<Row>, Vec<String>), Failure> {
        let injectors = self.injectors()?;
        let template = folder.join("template");
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::unseen("folder-unwritable", error, "check the disk"))?;
        Laboratory::make(template.clone(), false)?.stop();
        let mut bench = Scoring { template, folder, rows: Vec::new(), notes: Vec::new() };
        for turn in 0..self.healthy {
            bench.one(&[], self.seed + turn);
        }
        for injector in &injectors {
            for turn in 0..self.variants {
                bench.one(&[injector], self.seed + turn);
            }
        }
        if injectors.len() > 1 {
            let mut chance = Chance::new(self.seed, "pairs");
            for turn in 0..self.pairs {
                let pair = pair(&injectors, &mut chance);
                bench.one(&pair, self.seed + turn);
            }
        }
        Ok((bench.rows, bench.notes))
    }

    /// The page of docs/ with the table.
    fn markdown(&self, rows: &[Row], notes: &[String]) -> String {
        let mut page = format!(
            "# What the doctor finds\n\n\
             Written by `counterfoil lab score --seed {} --variants {} --pairs {} --healthy {} \
             --page FILE`\non a machine with {} processors. A run is a fresh deployment in which \
             the fault is really\ncaused; *found* is confirmed by its own evidence, *cause right* \
             is that and no other cause,\n*party right* blames whom the injector blames and \
             nobody else.\n\n",
            self.seed,
            self.variants,
            self.pairs,
            self.healthy,
            std::thread::available_parallelism().map_or(1, usize::from),
        );
        for (index, row) in cells(rows).iter().enumerate() {
            page += &format!("| {} |\n", row.join(" | "));
            if index == 0 {
                page += &format!("|{}\n", "---|".repeat(row.len()));
            }
        }
        if !notes.is_empty() {
            page += "\nWhat was not as it should be:\n\n";
            notes.iter().for_each(|note| page += &format!("- {note}\n"));
        }
        page
    }

    fn injectors(&self) -> Result<Vec<&'static Injector>, Failure> {
        if self.faults.is_empty() {
            return Ok(INJECTORS.to_vec());
        }
        let mut all = Vec::new();
        for name in &self.faults {
            all.extend(run::injectors(name)?);
        }
        Ok(all)
    }
}

/// Two different faults.
fn pair(injectors: &[&'static Injector], chance: &mut Chance) -> Vec<&'static Injector> {
    let draw = |chance: &mut Chance| {
        let index = chance.below(injectors.len() as u64);
        injectors[usize::try_from(index).unwrap_or_default()]
    };
    let first = draw(chance);
    for _ in 0..100 {
        let second = draw(chance);
        if second.fault != first.fault {
            return vec![first, second];
        }
    }
    vec![first]
}

struct Scoring<'a> {
    template: PathBuf,
    folder: &'a Path,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Scoring<'_> {
    /// One run in a fresh copy.
    fn one(&mut self, injectors: &[&'static Injector], seed: u64) {
        let names: Vec<&str> = injectors.iter().map(|one| one.fault).collect();
        let name = match names.as_slice() {
            [] => "(healthy)".to_owned(),
            [fault] => (*fault).to_owned(),
            _ => "(pairs)".to_owned(),
        };
        let copy = self.folder.join("run");
        let outcome = Laboratory::copy(&self.template, copy.clone())
            .and_then(|mut laboratory| run::run(&mut laboratory, injectors, seed, &|_| {}));
        drop(std::fs::remove_dir_all(&copy));
        eprintln!("{name} {} seed {seed}", names.join(" + "));
        match outcome {
            Ok(outcome) => self.count(&name, &names.join(" + "), seed, &outcome),
            Err(failure) => {
                self.row(&name).not_injected += 1;
                self.note(format!("{name} seed {seed}: {}", failure.sentence));
            }
        }
    }

    /// Something that was not as it should be, without the folder of this machine.
    fn note(&mut self, text: String) {
        self.notes.push(text.replace(&format!("{}/", self.folder.display()), ""));
    }

    fn row(&mut self, name: &str) -> &mut Row {
        let place = self.rows.iter().position(|row| row.fault == name);
        let place = place.unwrap_or_else(|| {
            self.rows.push(Row { fault: name.to_owned(), ..Row::default() });
            self.rows.len() - 1
        });
        &mut self.rows[place]
    }

    fn count(&mut self, name: &str, names: &str, seed: u64, outcome: &Outcome) {
        let injected = &outcome.injected;
        let found = injected.iter().all(|one| outcome.found(one));
        let party = injected.iter().all(|one| outcome.blamed(one));
        let false_alarms: Vec<String> = outcome
            .false_alarms()
            .iter()
            .map(|(fault, owner)| format!("{fault} of {owner}"))
            .collect();
        let row = self.row(name);
        row.runs += 1;
        row.found += u64::from(found);
        let causes = injected.iter().all(|one| outcome.is_cause(one));
        row.cause_right += u64::from(causes && false_alarms.is_empty());
        row.party_right += u64::from(party && !outcome.wrong_party());
        row.wrong_party += u64::from(outcome.wrong_party());
        row.abstained += u64::from(!found && !injected.is_empty());
        row.false_alarms += false_alarms.len() as u64;
        row.find_ms += outcome.found_ms.unwrap_or_default();
        row.repaired += u64::from(!outcome.treatments.is_empty() && outcome.done());
        row.verified += u64::from(outcome.proved());
        let what: Vec<&str> = injected.iter().map(|one| one.what.as_str()).collect();
        let place = format!("{names} seed {seed} ({})", what.join("; "));
        if !found && !injected.is_empty() {
            self.note(format!("not found: {place}; suspected {:?}", outcome.abstained));
        }
        if !false_alarms.is_empty() {
            self.note(format!("false alarm: {place}: {}", false_alarms.join(", ")));
        }
        if outcome.wrong_party() {
            self.note(format!("wrong party: {place}: {:?}", outcome.confirmed));
        }
        for treatment in outcome.treatments.iter().filter(|one| one.why.is_some()) {
            let why = treatment.why.as_deref().unwrap_or_default();
            self.note(format!("{:?}: {place}: {why}", treatment.ended));
        }
    }
}

/// The heads and one line for each fault.
fn cells(rows: &[Row]) -> Vec<Vec<String>> {
    let heads = [
        "fault",
        "runs",
        "found",
        "cause right",
        "party right",
        "wrong party",
        "abstained",
        "false alarms",
        "ms to find",
        "repaired",
        "verified",
        "not injected",
    ];
    let mut lines = vec![heads.map(str::to_owned).to_vec()];
    for row in rows {
        let mean = row.find_ms.checked_div(row.found).unwrap_or_default();
        let numbers = [
            row.runs,
            row.found,
            row.cause_right,
            row.party_right,
            row.wrong_party,
            row.abstained,
            row.false_alarms,
            mean,
            row.repaired,
            row.verified,
            row.not_injected,
        ];
        let cells = numbers.iter().map(u64::to_string);
        lines.push(std::iter::once(row.fault.clone()).chain(cells).collect());
    }
    lines
}
