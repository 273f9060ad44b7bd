//! `bench logs`: our analysis against DuckDB and jq on the same made logs, in one run.

mod generate;
mod peer;
mod run;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use serde_json::{Value, json};

use self::generate::Made;
use self::run::{Ran, run};
use crate::failure::{Failure, Status};
use crate::table::aligned;

/// Octets of a mebibyte.
const MIB: u64 = 1024 * 1024;
/// Greatest size of the made logs.
const SIZE_MIB_MAX: u64 = 65_536;

/// Arguments of `bench logs`.
#[derive(Debug, Args)]
pub struct Logs {
    /// Size of the made logs
    #[arg(long, value_name = "N", default_value_t = 1_024)]
    size_mib: u64,
    /// Seed of the made logs
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Only write the made logs into this folder
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// The Python that has DuckDB
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: String,
    /// How often each is run; the quickest run counts
    #[arg(long, value_name = "N", default_value_t = 1)]
    runs: u32,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What was measured of one program.
struct Figure {
    name: &'static str,
    question: &'static str,
    /// Octets that it read.
    bytes: u64,
    ran: Ran,
    /// Whether its answers are ours; `None` where it answers only a part.
    agrees: Option<bool>,
}

impl Logs {
    /// Measures, or only writes the logs.
    pub fn run(self) -> Result<Status, Failure> {
        if self.size_mib == 0 || self.size_mib > SIZE_MIB_MAX || self.runs == 0 {
            let sentence = format!("--size-mib is 1 to {SIZE_MIB_MAX}, --runs at least 1");
            return Err(Failure::input(
                "number-out-of-range",
                sentence,
                "choose a number in range",
            ));
        }
        if let Some(folder) = &self.write {
            let made = make(folder, self.size_mib, self.seed)?;
            println!("{}\n{}", made.json.display(), made.access.display());
            return Ok(Status::Fine);
        }
        let folder = std::env::temp_dir().join(format!("counterfoil-bench-{}", std::process::id()));
        let outcome = make(&folder, self.size_mib, self.seed).and_then(|made| self.measure(&made));
        // What cannot be removed is in the folder for temporary files.
        drop(std::fs::remove_dir_all(&folder));
        self.print(&outcome?);
        Ok(Status::Fine)
    }

    fn measure(&self, made: &Made) -> Result<Vec<Figure>, Failure> {
        let whole = "all: when, codes, who, steps, changes, latency";
        let own = self.best(&mut ours(made)?)?;
        let own_document: Value = serde_json::from_str(&own.said).unwrap_or_default();
        let agrees = Some(own_document["period"]["lines"] == made.lines);
        let mut figures = vec![Figure {
            name: "counterfoil logs",
            question: whole,
            bytes: made.bytes,
            ran: own,
            agrees,
        }];
        if peer::is_there(&self.python, &["-c", "import duckdb"]) {
            let ran = self.best(&mut peer::duckdb(&self.python, &made.json, &made.access))?;
            let said: Value = serde_json::from_str(&ran.said).unwrap_or_default();
            let agrees = Some(
                said["lines"] == own_document["period"]["lines"]
                    && said["failures"] == own_document["period"]["failures"],
            );
            let question = "counts by minute, codes, who, steps with quantiles";
            figures.push(Figure { name: "DuckDB", question, bytes: made.bytes, ran, agrees });
        } else {
            eprintln!("SKIPPED: DuckDB: `{} -c 'import duckdb'` fails", self.python);
        }
        if peer::is_there("jq", &["--version"]) {
            let ran = self.best(&mut peer::jq(&made.json))?;
            let bytes = made.json.metadata().map(|data| data.len()).unwrap_or(0);
            let question = "codes of the JSON Lines alone";
            figures.push(Figure { name: "jq", question, bytes, ran, agrees: None });
        } else {
            eprintln!("SKIPPED: jq is not installed");
        }
        Ok(figures)
    }

    /// The quickest of the runs.
    fn best(&self, command: &mut Command) -> Result<Ran, Failure> {
        let mut best = run(command)?;
        for _ in 1..self.runs {
            let again = run(command)?;
            if again.seconds < best.seconds {
                best = again;
            }
        }
        Ok(best)
    }

    fn print(&self, figures: &[Figure]) {
        let rate = |figure: &Figure| figure.bytes as f64 / 1e6 / figure.ran.seconds;
        let own = figures.first().map_or(1.0, rate);
        let first = figures.first().map_or(1.0, |own| own.ran.processor_seconds / own.bytes as f64);
        // Times the processor time of ours, octet for octet.
        let work = |figure: &Figure| {
            figure.ran.processor_seconds / figure.bytes as f64 / first.max(f64::MIN_POSITIVE)
        };
        let peak = |figure: &Figure| figure.ran.peak_bytes as f64 / MIB as f64;
        if self.json {
            let of = |figure: &Figure| {
                json!({
                    "program": figure.name, "question": figure.question, "bytes": figure.bytes,
                    "seconds": figure.ran.seconds,
                    "processor_seconds": figure.ran.processor_seconds,
                    "times_processor": work(figure), "mb_per_second": rate(figure),
                    "peak_mib": peak(figure), "agrees": figure.agrees, "status": figure.ran.status,
                    "times_slower": own / rate(figure),
                })
            };
            let figures: Vec<Value> = figures.iter().map(of).collect();
            println!(
                "{}",
                json!({"size_mib": self.size_mib, "seed": self.seed, "figures": figures})
            );
            return;
        }
        let mut rows = vec![
            [
                "program",
                "seconds",
                "MB/s",
                "peak MiB",
                "times slower",
                "processor s",
                "times",
                "answers",
                "question",
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        rows.extend(figures.iter().map(|figure| {
            vec![
                figure.name.to_owned(),
                format!("{:.2}", figure.ran.seconds),
                format!("{:.0}", rate(figure)),
                format!("{:.0}", peak(figure)),
                format!("{:.1}", own / rate(figure)),
                format!("{:.2}", figure.ran.processor_seconds),
                format!("{:.1}", work(figure)),
                match figure.agrees {
                    Some(true) => "the same",
                    Some(false) => "DIFFERENT",
                    None => "a part",
                }
                .to_owned(),
                figure.question.to_owned(),
            ]
        }));
        aligned(&rows).iter().for_each(|line| println!("{line}"));
    }
}

/// Our own analysis, as a process of its own like the others.
fn ours(made: &Made) -> Result<Command, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        let sentence = format!("this program cannot find itself: {error}");
        Failure::unseen("program-not-run", sentence, "call it by its full path")
    })?;
    let mut command = Command::new(program);
    command.arg("logs").arg(&made.json).arg(&made.access).arg("--json");
    Ok(command)
}

fn make(folder: &Path, size_mib: u64, seed: u64) -> Result<Made, Failure> {
    let made = std::fs::create_dir_all(folder)
        .and_then(|()| generate::write(folder, size_mib * MIB, seed));
    made.map_err(|error| {
        let sentence = format!("logs cannot be written to {}: {error}", folder.display());
        Failure::unseen(
            "folder-unwritable",
            sentence,
            "choose another folder with TMPDIR or --write",
        )
    })
}
