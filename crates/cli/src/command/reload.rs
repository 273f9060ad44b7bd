//! `reload`: parties read their files anew.

use clap::Args;

use counterfoil_node::deployment::{Material, running};

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};

/// Arguments of `reload`.
#[derive(Debug, Args)]
pub struct Reload {
    /// Name of a party; all that run, when absent
    party: Option<String>,
    #[command(flatten)]
    data: Data,
}

impl Command for Reload {
    const NAME: &'static str = "reload";
    const ABOUT: &'static str = "Have parties read changed settings, keys and certificates";

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
        let mut reloaded = 0;
        for material in &materials {
            let name = material.folder().name();
            let process = running::process_of(material.folder());
            if process.is_some_and(running::reload) {
                println!("{name} reads its files; its log says whether they are good");
                reloaded += 1;
            }
        }
        if reloaded == 0 {
            let what = self.party.as_deref().unwrap_or("no party of the deployment");
            let sentence = if self.party.is_some() {
                format!("{what} does not run")
            } else {
                format!("{what} runs")
            };
            return Err(Failure::unseen(
                "nothing-runs",
                sentence,
                "start the deployment with `counterfoil up`",
            ));
        }
        Ok(Status::Fine)
    }
}
