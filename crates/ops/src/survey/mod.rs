//! Survey: gathers the facts of a deployment's folder and of what runs from it. One source of facts
//! is one file and one line in [`GATHERERS`].
//!
//! Everything is read, nothing is changed. What cannot be read becomes a fact of its own.

mod backlog;
mod books;
mod certificates;
mod clocks;
mod files;
mod flow;
mod folders;
mod key_checks;
mod leaked_keys;
mod links;
mod logs;
mod old_hellos;
mod parties;
pub(crate) mod passages;
pub(crate) mod pressure;
mod processes;
mod programs;
mod purchases;
mod recorded;
mod settings;
mod starts;
mod traffic;

pub(crate) use processes::limits as open_file_limits;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use counterfoil_doctor::fact::{Fact, Facts, Observation as _, Unseen};
use counterfoil_node::config::{Deployment, PartyEntry};
use counterfoil_node::deployment::{DeploymentError, Material, layout, serve};
use counterfoil_party::machine::Role;

/// A deployment that is looked at.
#[derive(Debug)]
pub struct Place {
    /// Its folder.
    pub data: PathBuf,
    /// Its parties.
    pub deployment: Deployment,
    /// The time of the look.
    pub now: Timestamp,
}

/// A source of facts.
pub struct Gatherer {
    /// What it gathers, in a word.
    pub name: &'static str,
    /// Gathers.
    pub run: fn(&Place) -> Vec<Fact>,
}

/// Every source of facts.
pub static GATHERERS: &[&Gatherer] = &[
    &parties::GATHERER,
    &settings::GATHERER,
    &files::GATHERER,
    &certificates::GATHERER,
    &links::GATHERER,
    &passages::GATHERER,
    &pressure::GATHERER,
    &programs::GATHERER,
    &logs::GATHERER,
    &recorded::GATHERER,
    &clocks::GATHERER,
    &folders::GATHERER,
    &key_checks::GATHERER,
    &processes::GATHERER,
    &books::GATHERER,
    &traffic::GATHERER,
    &starts::GATHERER,
    &backlog::GATHERER,
    &flow::GATHERER,
    &leaked_keys::GATHERER,
    &old_hellos::GATHERER,
    &purchases::GATHERER,
];

impl Place {
    /// Opens a deployment to look at.
    ///
    /// # Errors
    /// [`DeploymentError`] when `counterfoil.toml` cannot be used.
    pub fn open(data: &Path) -> Result<Self, DeploymentError> {
        let deployment = serve::open(data)?;
        Ok(Self { data: data.to_owned(), deployment, now: Timestamp::now() })
    }

    /// Every party, the wallet in the deployment's folder among them.
    pub fn parties(&self) -> Vec<PartyEntry> {
        let mut parties = self.deployment.parties.clone();
        let known = parties.iter().any(|party| party.name == layout::WALLET);
        if !known && self.data.join(layout::WALLET).is_dir() {
            let name = layout::WALLET.to_owned();
            parties.push(PartyEntry { name, role: Role::Wallet, start: false });
        }
        parties
    }

    /// What each party has; the name of one cannot be wrong here.
    pub fn materials(&self) -> Vec<(PartyEntry, Material)> {
        let parties = self.parties().into_iter();
        parties
            .filter_map(|party| {
                let material = Material::at(&self.data, &party.name).ok()?;
                Some((party, material))
            })
            .collect()
    }

    /// A path as facts name it: relative to the deployment's folder.
    pub fn name_of(&self, path: &Path) -> String {
        path.strip_prefix(&self.data).unwrap_or(path).display().to_string()
    }

    /// That something could not be looked at.
    pub fn unseen(&self, party: &str, source: &str, kind: &str, why: impl ToString) -> Fact {
        let why = why.to_string().trim_end_matches('.').to_owned();
        let why = why.replace(&format!("{}/", self.data.display()), "");
        Fact::of(party, source, self.now, &Unseen { kind: kind.to_owned(), why })
    }
}

/// Gathers everything.
pub fn survey(place: &Place) -> Facts {
    // Links wait for others, files for nobody: each source is a thread.
    let gathered = std::thread::scope(|scope| {
        let running: Vec<_> = GATHERERS
            .iter()
            .map(|gatherer| (gatherer.name, scope.spawn(|| (gatherer.run)(place))))
            .collect();
        let mut facts = Vec::new();
        for (name, thread) in running {
            match thread.join() {
                Ok(gathered) => facts.extend(gathered),
                Err(_) => {
                    facts.push(place.unseen("", name, Unseen::KIND, "the look itself failed"))
                }
            }
        }
        facts
    });
    Facts::new(place.now, gathered)
}
