//! `reload`: parties read their files anew, and say what came of it.

use std::time::Duration;

use clap::Args;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use counterfoil_node::config::PartyConfig;
use counterfoil_node::deployment::running::{self, Reloaded};
use counterfoil_node::deployment::{DeploymentError, Material};

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};

/// Longest wait for a party that is ending what it has begun, when its settings cannot be read.
const DRAIN_MS: u64 = 5_000;

/// Arguments of `reload`.
#[derive(Debug, Args)]
pub struct Reload {
    /// Name of a party; all that run, when absent
    party: Option<String>,
    #[command(flatten)]
    data: Data,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Command for Reload {
    const NAME: &'static str = "reload";
    const ABOUT: &'static str =
        "Have parties read changed files; exit status 1 unless all of it is in use";

    fn run(self) -> Result<Status, Failure> {
        let materials: Vec<Material> = match &self.party {
            Some(name) => vec![self.data.party(name)?],
            None => {
                let deployment = self.data.open()?;
                let parties = deployment.parties.iter().filter(|party| party.start);
                parties
                    .map(|party| Material::at(self.data.path(), &party.name))
                    .collect::<Result<_, _>>()?
            }
        };
        let heard: Vec<(&str, Reloaded)> = materials.iter().filter_map(reload).collect();
        if heard.is_empty() {
            return Err(self.nothing_runs());
        }
        if self.json {
            let parties: Vec<Value> =
                heard.iter().map(|(name, said)| document(name, said)).collect();
            println!("{}", json!({ "parties": parties }));
        } else {
            heard.iter().flat_map(|(name, said)| lines(name, said)).for_each(|l| println!("{l}"));
        }
        let all_used = heard.iter().all(|(_, said)| {
            said.is_done && said.refused.is_empty() && said.restart_needed.is_empty()
        });
        Ok(if all_used { Status::Fine } else { Status::Found })
    }
}

impl Reload {
    fn nothing_runs(&self) -> Failure {
        let sentence = match &self.party {
            Some(name) => format!("{name} does not run"),
            None => "no party of the deployment runs".to_owned(),
        };
        Failure::unseen("nothing-runs", sentence, "start the deployment with `counterfoil up`")
    }
}

fn reload(material: &Material) -> Option<(&str, Reloaded)> {
    let process = running::process_of(material.folder())?;
    let config: Result<PartyConfig<IgnoredAny>, DeploymentError> = material.config();
    let drain_ms = config.map_or(DRAIN_MS, |config| config.node.queue.drain_ms_max);
    let drain = Duration::from_millis(drain_ms);
    let heard = running::reload_and_hear(material.folder(), process, drain)?;
    Some((material.folder().name(), heard))
}

/// What people read, worst first.
fn lines(name: &str, said: &Reloaded) -> Vec<String> {
    let mut lines = Vec::new();
    for refused in &said.refused {
        lines.push(format!("{name}: refused[{}]: {}", refused.id, refused.reason));
        lines.push(format!(" hint: {}; until then it works with what it had", refused.hint));
    }
    if !said.is_done {
        lines.push(format!("{name}: has not said yet what came of it; its log will"));
    }
    if !said.restart_needed.is_empty() {
        let settings = said.restart_needed.join(", ");
        lines.push(format!("{name}: restart needed: {settings} is read only at a start"));
    }
    if lines.is_empty() {
        lines.push(format!("{name}: uses what its files say"));
    }
    lines
}

fn document(name: &str, said: &Reloaded) -> Value {
    let refused = said.refused.iter().map(
        |refused| json!({ "id": refused.id, "message": refused.reason, "hint": refused.hint }),
    );
    json!({
        "party": name,
        "done": said.is_done,
        "refused": refused.collect::<Vec<_>>(),
        "restart_needed": said.restart_needed,
    })
}
