//! `bench dissect`: this program and `tshark` on the same capture, counts compared.

mod traffic;

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::{Failure, Status};
use traffic::Truth;

/// Fewest and most MiB of a capture.
const SIZE_MIB: std::ops::RangeInclusive<u64> = 1..=16_384;

/// Arguments of `bench dissect`.
#[derive(Debug, Args)]
pub struct Dissect {
    /// Size of the capture that is made
    #[arg(long, value_name = "N", default_value_t = 100)]
    size_mib: u64,
    /// What the capture is made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave the capture in this file
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What one program counted, and how long it took.
#[derive(Debug, Clone, Serialize)]
struct Run {
    seconds: f64,
    mib_per_second: f64,
    counts: Truth,
}

impl Dissect {
    /// Does the work.
    pub fn run(self) -> Result<Status, Failure> {
        if !SIZE_MIB.contains(&self.size_mib) {
            let said = format!("{} MiB is no size of a capture", self.size_mib);
            return Err(Failure::input("size-out-of-range", said, "give --size-mib 1 to 16384"));
        }
        let name = format!("counterfoil-bench-{}.pcap", std::process::id());
        let path = self.keep.clone().unwrap_or_else(|| std::env::temp_dir().join(name));
        let outcome = self.measure(&path);
        if self.keep.is_none() {
            // A file that is left over harms nobody; what was measured is what matters.
            let _ = std::fs::remove_file(&path);
        }
        outcome
    }

    fn measure(&self, path: &Path) -> Result<Status, Failure> {
        let octets = self.size_mib * 1024 * 1024;
        let truth = make(self.seed, octets, path).map_err(|error| {
            let said = format!("the capture cannot be written: {error}");
            Failure::unseen("capture-unwritable", said, "make room in the temporary folder")
        })?;
        let mib = std::fs::metadata(path).map_or(0, |file| file.len()) as f64 / 1_048_576.0;
        let ours = ours(path, mib)?;
        let theirs = tshark(path, mib);
        let agrees = ours.counts == truth
            && theirs.as_ref().is_none_or(|theirs| agree(&theirs.counts, &truth));
        if self.json {
            let ratio = theirs.as_ref().map(|theirs| theirs.seconds / ours.seconds);
            println!(
                "{}",
                json!({
                    "seed": self.seed, "mib": mib, "written": truth, "counterfoil": ours,
                    "tshark": theirs, "ratio": ratio, "agrees": agrees,
                })
            );
        } else {
            show(mib, &truth, &ours, theirs.as_ref());
        }
        Ok(if agrees { Status::Fine } else { Status::Found })
    }
}

fn make(seed: u64, octets: u64, path: &Path) -> std::io::Result<Truth> {
    let mut file = BufWriter::new(File::create(path)?);
    let truth = traffic::write(seed, octets, &mut file)?;
    file.flush()?;
    // Both programs read it from memory.
    std::io::copy(&mut File::open(path)?, &mut std::io::sink())?;
    Ok(truth)
}

/// `tshark` does not tell out of order from sent again in the same way for every segment; what it
/// is compared in is what the issue asks for.
fn agree(theirs: &Truth, truth: &Truth) -> bool {
    let of = |counts: &Truth| {
        (counts.packets, counts.connections, counts.http_requests, counts.retransmitted)
    };
    of(theirs) == of(truth)
}

/// This program as a process of its own, its output read and thrown away as a pipe would.
fn ours(path: &Path, mib: f64) -> Result<Run, Failure> {
    let failed = |why: String| {
        let hint = "run 'counterfoil dissect' on a capture by hand";
        Failure::failed("dissect-failed", format!("dissect failed: {why}"), hint)
    };
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(["dissect", "--json"])
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let mut last = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::with_capacity(1 << 20, stdout).lines().map_while(Result::ok) {
            last = line;
        }
    }
    let ended = child.wait().map_err(|error| failed(error.to_string()))?;
    let seconds = started.elapsed().as_secs_f64();
    let summary: Value = serde_json::from_str(&last).unwrap_or_default();
    if summary["type"] != "summary" {
        return Err(failed(format!("it ended with {ended} and no summary")));
    }
    let count = |name: &str| summary[name].as_u64().unwrap_or(0);
    let counts = Truth {
        packets: count("packets"),
        connections: count("connections"),
        http_requests: count("http_requests"),
        retransmitted: count("retransmitted"),
        out_of_order: count("out_of_order"),
    };
    Ok(Run { seconds, mib_per_second: mib / seconds, counts })
}

/// `tshark` in the mode in which its counts are exact: two passes, segments put in order.
fn tshark(path: &Path, mib: f64) -> Option<Run> {
    let started = Instant::now();
    let child = Command::new("tshark")
        .args(["-2", "-o", "tcp.reassemble_out_of_order:TRUE", "-n", "-T", "fields"])
        .args(["-e", "tcp.stream", "-e", "http.request", "-e", "tcp.analysis.retransmission"])
        .args(["-e", "tcp.analysis.out_of_order", "-E", "occurrence=a", "-r"])
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: tshark is not installed, so there is nothing to compare with");
        return None;
    };
    let (mut counts, mut streams) = (Truth::default(), 0);
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::with_capacity(1 << 20, stdout).lines().map_while(Result::ok) {
            let fields: Vec<&str> = line.split('\t').collect();
            let has = |at: usize| fields.get(at).is_some_and(|field| !field.is_empty());
            counts.packets += 1;
            let stream = fields.first().and_then(|field| field.parse::<u64>().ok());
            streams = streams.max(stream.map_or(0, |stream| stream + 1));
            let requests = fields.get(1).map_or("", |field| field);
            counts.http_requests +=
                requests.split(',').filter(|one| !one.is_empty()).count() as u64;
            counts.retransmitted += u64::from(has(2));
            counts.out_of_order += u64::from(has(3));
        }
    }
    counts.connections = streams;
    let is_fine = child.wait().is_ok_and(|status| status.success());
    if !is_fine {
        eprintln!("SKIPPED: tshark failed on the capture");
        return None;
    }
    let seconds = started.elapsed().as_secs_f64();
    Some(Run { seconds, mib_per_second: mib / seconds, counts })
}

fn show(mib: f64, truth: &Truth, ours: &Run, theirs: Option<&Run>) {
    println!("capture of {mib:.1} MiB");
    let head = ["", "MiB/s", "packets", "connections", "requests", "sent again", "out of order"];
    let row = |name: &str, speed: String, counts: &Truth| {
        let Truth { packets, connections, http_requests, retransmitted, out_of_order } = counts;
        let numbers = [packets, connections, http_requests, retransmitted, out_of_order];
        let mut row = vec![name.to_owned(), speed];
        row.extend(numbers.map(ToString::to_string));
        row
    };
    let mut rows = vec![head.map(str::to_owned).to_vec(), row("written", "-".into(), truth)];
    rows.push(row("counterfoil", format!("{:.1}", ours.mib_per_second), &ours.counts));
    if let Some(theirs) = theirs {
        rows.push(row("tshark -2", format!("{:.1}", theirs.mib_per_second), &theirs.counts));
    }
    crate::table::aligned(&rows).iter().for_each(|line| println!("{line}"));
    if let Some(theirs) = theirs {
        println!("{:.1} times the throughput of tshark", theirs.seconds / ours.seconds);
    }
}
