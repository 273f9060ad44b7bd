//! `incident`: findings that somebody has to deal with, and their history.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use counterfoil_ops::incident::{Incident, Incidents, State};

use super::Command;
use super::support_bundle::write_signed;
use crate::data::Data;
use crate::failure::{Failure, Status};
use crate::table::aligned;

/// Arguments of `incident`.
#[derive(Debug, Args)]
pub struct IncidentCommand {
    #[command(subcommand)]
    what: What,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List incidents that are open; exit status 1 when there is one
    List {
        #[command(flatten)]
        data: Data,
        /// Those that are over too
        #[arg(long)]
        all: bool,
        /// Only those that this party has to deal with
        #[arg(long, value_name = "NAME")]
        party: Option<String>,
    },
    /// Show one incident with its history
    Show {
        #[command(flatten)]
        data: Data,
        /// Its name: I-0001
        id: String,
    },
    /// Write something down about an incident
    Note {
        #[command(flatten)]
        data: Data,
        /// Its name
        id: String,
        /// What is to be known
        text: String,
    },
    /// Close an incident
    Close {
        #[command(flatten)]
        data: Data,
        /// Its name
        id: String,
        /// Why it is over
        #[arg(long, value_name = "TEXT", default_value = "closed by its owner")]
        text: String,
    },
    /// Write what a party may see of an incident to a file, signed
    Export {
        #[command(flatten)]
        data: Data,
        /// Its name
        id: String,
        /// The party that it is for
        #[arg(long, value_name = "NAME")]
        party: String,
        /// The file to write; its signature is put beside it, with `.p7s` appended
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl What {
    fn data(&self) -> &Data {
        match self {
            Self::List { data, .. }
            | Self::Show { data, .. }
            | Self::Note { data, .. }
            | Self::Close { data, .. }
            | Self::Export { data, .. } => data,
        }
    }
}

impl Command for IncidentCommand {
    const NAME: &'static str = "incident";
    const ABOUT: &'static str = "List, show, note, close and export what somebody has to deal with";

    fn run(self) -> Result<Status, Failure> {
        let data = self.what.data();
        data.open()?;
        let opened = Incidents::open(data.path(), false)?;
        if let What::List { all, party, .. } = &self.what {
            let known = opened.map_or(Ok(Vec::new()), |incidents| incidents.list())?;
            let shown = known
                .into_iter()
                .filter(|one| *all || one.state == State::Open)
                .filter(|one| party.as_ref().is_none_or(|party| one.owner == *party));
            return Ok(list(&shown.collect::<Vec<_>>(), self.json));
        }
        let id = self.what.id();
        let mut incidents = opened.ok_or_else(|| {
            let hint = "`counterfoil doctor` opens one for each finding that it confirms";
            Failure::input("incident-unknown", format!("there is no incident `{id}`"), hint)
        })?;
        let now = Timestamp::now();
        let incident = match &self.what {
            What::Note { text, .. } => incidents.write(id, text, false, now)?,
            What::Close { text, .. } => incidents.write(id, text, true, now)?,
            What::Export { party, out, .. } => {
                let share = incidents.get(id)?.share_of(party)?;
                let text = json!(share).to_string() + "\n";
                let signed = write_signed(data, None, out, text.as_bytes())?;
                let document = json!({"out": out.display().to_string(), "signed_by": signed});
                let line =
                    format!("{id} for {party}: {}, signed by {}", out.display(), signed.subject);
                println!("{}", if self.json { document.to_string() } else { line });
                return Ok(Status::Fine);
            }
            _ => incidents.get(id)?,
        };
        if self.json {
            println!("{}", json!(incident));
        } else {
            show(&incident);
        }
        Ok(Status::Fine)
    }
}

impl What {
    fn id(&self) -> &str {
        match self {
            Self::List { .. } => "",
            Self::Show { id, .. }
            | Self::Note { id, .. }
            | Self::Close { id, .. }
            | Self::Export { id, .. } => id,
        }
    }
}

fn list(incidents: &[Incident], json: bool) -> Status {
    if json {
        println!("{}", json!({ "incidents": incidents }));
    } else if incidents.is_empty() {
        println!("No incident.");
    } else {
        let rows: Vec<Vec<String>> = incidents.iter().map(row).collect();
        aligned(&rows).iter().for_each(|line| println!("{line}"));
    }
    let is_open = incidents.iter().any(|one| one.state == State::Open);
    if is_open { Status::Found } else { Status::Fine }
}

fn row(incident: &Incident) -> Vec<String> {
    vec![
        incident.id.clone(),
        incident.priority.clone(),
        incident.state.name().to_owned(),
        incident.owner.clone(),
        format!("until {}", incident.deadline),
        incident.summary.clone(),
    ]
}

fn show(incident: &Incident) {
    println!("{}", row(incident).join("  "));
    println!("  {:<9} {}", "finding", incident.finding);
    for one in &incident.evidence {
        let at = one.at.as_deref().map(|at| format!("  ({at})")).unwrap_or_default();
        println!("  {:<9} {} = {}{at}", "evidence", one.what, one.value);
    }
    if let Some(command) = &incident.check_again {
        println!("  {:<9} {command}", "check");
    }
    incident.plan.iter().for_each(|text| println!("  {:<9} {text}", "repair"));
    if !incident.stops.is_empty() {
        println!("  {:<9} {}", "stops", incident.stops.join(", "));
    }
    for entry in &incident.history {
        println!("  {} {:<13} {}", entry.at, entry.what, entry.text);
    }
    println!("  seen {} times, last {}", incident.seen, incident.seen_at);
}
