//! `status`: how every party is.

use clap::Args;
use serde_json::{Value, json};

use counterfoil_node::deployment::fetch::Fetch;
use counterfoil_node::deployment::{Material, running};

use super::Command;
use crate::data::{Data, operations};
use crate::failure::{Failure, Status};
use crate::table::aligned;

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct ShowStatus {
    #[command(flatten)]
    data: Data,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Command for ShowStatus {
    const NAME: &'static str = "status";
    const ABOUT: &'static str = "Ask every party how it is; exit status 1 unless all are ready";

    fn run(self) -> Result<Status, Failure> {
        let deployment = self.data.open()?;
        let mut parties = Vec::new();
        for entry in deployment.parties.iter().filter(|entry| entry.start) {
            let material = Material::at(self.data.path(), &entry.name)?;
            parties.push(look(&material)?);
        }
        let all_ready = parties.iter().all(|party| party.state == "ready");
        if self.json {
            let parties: Vec<Value> = parties.iter().map(Party::json).collect();
            println!("{}", json!({ "ready": all_ready, "parties": parties }));
        } else {
            let rows: Vec<Vec<String>> = parties.iter().map(Party::row).collect();
            aligned(&rows).iter().for_each(|line| println!("{line}"));
        }
        Ok(if all_ready { Status::Fine } else { Status::Found })
    }
}

struct Party {
    name: String,
    state: &'static str,
    process: Option<i32>,
    operations: String,
    reason: Option<String>,
}

fn look(material: &Material) -> Result<Party, Failure> {
    let operations = format!("http://{}", operations(material)?);
    let url = format!("{operations}/readyz");
    let fetched = Fetch { url: &url, authorization: None, post: None, trust: None }.run();
    let process = running::process_of(material.folder());
    let (state, reason) = match fetched {
        Ok(answer) if answer.status < 300 => ("ready", None),
        Ok(answer) => {
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            ("not ready", said["error"].as_str().map(str::to_owned))
        }
        Err(_) if process.is_some() => ("silent", Some("it runs and does not answer".into())),
        Err(_) => ("stopped", None),
    };
    Ok(Party {
        name: material.folder().name().to_owned(),
        state,
        process: process.map(|process| process.as_raw_nonzero().get()),
        operations,
        reason,
    })
}

impl Party {
    fn json(&self) -> Value {
        json!({
            "party": self.name, "state": self.state.replace(' ', "_"), "process": self.process,
            "operations": self.operations, "reason": self.reason,
        })
    }

    fn row(&self) -> Vec<String> {
        let process = self.process.map_or_else(|| "-".into(), |process| process.to_string());
        let reason = self.reason.clone().unwrap_or_default();
        let state = self.state.to_owned();
        vec![self.name.clone(), state, process, self.operations.clone(), reason]
    }
}
