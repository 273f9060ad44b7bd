//! `cert watch`: everything that a deployment, or a list of hosts and files, depends on.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use counterfoil_ops::watch::{Server, TARGETS_MAX, Targets, gather};
use counterfoil_pki::watch::{Facts, Margins, Stop, View, judge, stops, words};
use counterfoil_remark::{Remark, Severity};

use super::input;
use crate::failure::{Failure, Status};
use crate::table::aligned;

/// The roots that Linux distributions keep.
const SYSTEM_TRUST: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Id of the remark that something could not be read.
const UNSEEN: &str = "watch-unseen";

/// Arguments of `cert watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// Folder of a deployment
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Certificates that are trusted; those of the system, when absent
    #[arg(long, value_name = "FILE", num_args = 1)]
    trust: Vec<PathBuf>,
    /// Days before an end from which it is a warning
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    soon: u32,
    /// Days before an end from which it is an error
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    urgent: u32,
    /// The time to judge at; now, when absent
    #[arg(long, value_name = "RFC3339")]
    time: Option<Timestamp>,
    /// Fetch no CRLs and OCSP responses from where certificates point
    #[arg(long)]
    offline: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Print metrics in the text format of Prometheus
    #[arg(long, conflicts_with = "json")]
    prometheus: bool,
    /// Files with certificates, and servers as HOST or HOST:PORT
    #[arg(value_name = "FILE|HOST")]
    targets: Vec<String>,
}

/// What was seen, and what follows.
struct Report {
    facts: Facts,
    view: View,
    remarks: Vec<Remark>,
    stops: Vec<Stop>,
}

impl Watch {
    /// Does the work.
    pub fn run(self) -> Result<Status, Failure> {
        let targets = self.targets()?;
        let days = |days: u32| SignedDuration::from_hours(24 * i64::from(days));
        let margins = Margins { soon: days(self.soon), urgent: days(self.urgent) };
        let view = View { now: self.time.unwrap_or_else(Timestamp::now), margins };
        let facts = gather(&targets);
        let (remarks, stops) = (judge(&facts, &view), stops(&facts, &view));
        let report = Report { facts, view, remarks, stops };
        if self.json {
            println!("{}", report.document());
        } else if self.prometheus {
            print!("{}", report.metrics());
        } else {
            report.text().iter().for_each(|line| println!("{line}"));
        }
        Ok(report.status())
    }

    fn targets(&self) -> Result<Targets, Failure> {
        let hint = "name a deployment (--data DIR), files, or servers as HOST:PORT";
        if self.data.is_none() && self.targets.is_empty() {
            return Err(Failure::input("usage", "nothing to watch is named", hint));
        }
        if self.targets.len() > TARGETS_MAX {
            let sentence = format!("more than {TARGETS_MAX} files and servers");
            return Err(Failure::input("usage", sentence, "watch them in several calls"));
        }
        let mut targets = Targets {
            data: self.data.clone(),
            anchors: self.anchors()?,
            online: !self.offline,
            ..Targets::default()
        };
        for target in &self.targets {
            if Server::is_file(target) {
                targets.files.push(target.into());
            } else {
                let server = Server::parse(target).map_err(|unknown| {
                    let sentence = format!("`{}` is neither a file nor a server", unknown.0);
                    Failure::input("target-unknown", sentence, hint)
                })?;
                targets.servers.push(server);
            }
        }
        Ok(targets)
    }

    /// Those that are named; else those of the system, if there are and hosts or files ask.
    fn anchors(&self) -> Result<Vec<counterfoil_pki::Certificate>, Failure> {
        let system = Path::new(SYSTEM_TRUST);
        if self.trust.is_empty() && !self.targets.is_empty() && system.exists() {
            // A root of the system that cannot be read makes no chain valid.
            return Ok(input::readable_certificates(system));
        }
        input::all(&self.trust, input::certificates)
    }
}

impl Report {
    fn status(&self) -> Status {
        let bad = |remark: &&Remark| remark.id != UNSEEN && remark.severity > Severity::Notice;
        if self.remarks.iter().any(|remark| bad(&remark)) {
            Status::Found
        } else if self.facts.unseen.is_empty() {
            Status::Fine
        } else {
            Status::Unseen
        }
    }

    /// One row for each thing that is said, then one for each that is well; below, what stops.
    fn text(&self) -> Vec<String> {
        let mut rows = Rows::default();
        for remark in &self.remarks {
            let state = if remark.id == UNSEEN { "unseen" } else { remark.severity.name() };
            rows.add(state, &remark.subject, format!("{} [{}]", remark.summary, remark.id));
        }
        let told = |place: &str| self.remarks.iter().any(|remark| remark.subject == place);
        let mut well = self.ends();
        well.retain(|(_, place, _)| !told(place));
        well.sort();
        for (left, place, what) in well {
            rows.add("fine", &place, format!("{what} ends {}", words(left)));
        }
        let mut lines = aligned(&rows.cells());
        if !self.stops.is_empty() {
            lines.push(String::new());
        }
        for Stop { at, what, because, place } in &self.stops {
            let left = at.duration_since(self.view.now);
            let verb = if left.is_negative() || left.is_zero() { "stopped" } else { "stop" };
            let away = words(left);
            lines.push(format!("{what} {verb} {away}, {at}: {because} ({place})"));
        }
        lines
    }

    /// What ends where, and how long it is until then.
    fn ends(&self) -> Vec<(SignedDuration, String, String)> {
        let now = self.view.now;
        let leaves = self.facts.holdings.iter().filter_map(|holding| {
            let leaf = holding.chain.first()?;
            let left = leaf.not_after().duration_since(now);
            Some((left, holding.place.clone(), format!("`{leaf}`")))
        });
        let lists = self.facts.lists.iter().filter_map(|list| {
            let left = list.published.until()?.duration_since(now);
            Some((left, list.place.clone(), format!("the {}", list.published.name())))
        });
        leaves.chain(lists).collect()
    }

    fn document(&self) -> Value {
        let ends: Vec<Value> = self
            .ends()
            .into_iter()
            .map(|(left, place, what)| {
                json!({ "place": place, "what": what, "seconds_left": left.as_secs() })
            })
            .collect();
        let unseen: Vec<Value> = self
            .facts
            .unseen
            .iter()
            .map(|unseen| json!({ "place": unseen.place, "why": unseen.why }))
            .collect();
        let stops: Vec<Value> = self
            .stops
            .iter()
            .map(|stop| {
                json!({
                    "at": stop.at.to_string(), "what": stop.what, "because": stop.because,
                    "place": stop.place,
                })
            })
            .collect();
        json!({
            "time": self.view.now.to_string(), "remarks": self.remarks, "watched": ends,
            "unseen": unseen, "stops": stops,
        })
    }

    /// Text format of Prometheus, version 0.0.4.
    fn metrics(&self) -> String {
        let mut text = String::new();
        let mut family = |name: &str, help: &str, samples: Vec<(String, i64)>| {
            let _ = writeln!(text, "# HELP counterfoil_{name} {help}");
            let _ = writeln!(text, "# TYPE counterfoil_{name} gauge");
            for (labels, value) in samples {
                let _ = writeln!(text, "counterfoil_{name}{{{labels}}} {value}");
            }
        };
        let ends = self.ends().into_iter().map(|(left, place, what)| {
            (labels(&[("place", &place), ("what", &what)]), left.as_secs())
        });
        family("watch_left_seconds", "Time until it ends.", ends.collect());
        let remarks = self.remarks.iter().map(|remark| {
            let severity = remark.severity.name();
            (labels(&[("id", remark.id), ("severity", severity), ("place", &remark.subject)]), 1)
        });
        let mut remarks: Vec<(String, i64)> = remarks.collect();
        // A series may be there once only.
        remarks.sort();
        remarks.dedup();
        family("watch_remark", "1 for each remark.", remarks);
        let stops = self.stops.iter().map(|stop| {
            let left = stop.at.duration_since(self.view.now).as_secs();
            (labels(&[("what", &stop.what), ("place", &stop.place)]), left)
        });
        family("watch_stop_seconds", "Time until it stops.", stops.collect());
        let unseen = i64::try_from(self.facts.unseen.len()).unwrap_or(i64::MAX);
        let _ = writeln!(text, "# HELP counterfoil_watch_unseen What could not be read.");
        let _ = writeln!(text, "# TYPE counterfoil_watch_unseen gauge");
        let _ = writeln!(text, "counterfoil_watch_unseen {unseen}");
        text
    }
}

/// Rows of the table; what is so in several places has one row.
#[derive(Default)]
struct Rows(Vec<(&'static str, Vec<String>, String)>);

impl Rows {
    fn add(&mut self, state: &'static str, place: &str, what: String) {
        match self.0.iter_mut().find(|row| row.0 == state && row.2 == what) {
            Some((_, places, _)) => places.push(place.to_owned()),
            None => self.0.push((state, vec![place.to_owned()], what)),
        }
    }

    fn cells(&self) -> Vec<Vec<String>> {
        let row = |(state, places, what): &(&'static str, Vec<String>, String)| {
            let more = places.len() - 1;
            let place = match more {
                0 => places[0].clone(),
                more => format!("{} and {more} more", places[0]),
            };
            vec![(*state).to_owned(), place, what.clone()]
        };
        self.0.iter().map(row).collect()
    }
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let escaped =
        |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let each = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    each.collect::<Vec<_>>().join(",")
}
