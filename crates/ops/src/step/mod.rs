//! Steps of plans: what a repair may do to a deployment. One step is one file and one line in
//! [`STEPS`].
//!
//! A step that touches files names them first; they are kept as they were, so that the plan can be
//! undone by [`keep::Kept`], also by another process after a crash. Files are replaced whole, so
//! that a step that fails half-way leaves each of them as it was or as it shall be, and taking a
//! step twice is the same as once.

mod block_source;
mod copy_key;
mod keep;
mod raise_open_files;
mod rebuild_chain;
mod refresh_lists;
mod reissue_certificate;
mod reload;
mod renew_tls_key;
mod resolve_in_doubt;
mod restart_party;
mod restore_files;
mod set_mode;
pub(crate) mod set_setting;
mod start_party;
mod unset_setting;

use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use counterfoil_doctor::Step;
use counterfoil_node::deployment::Material;
use counterfoil_secret::{Fault, Report};

pub use keep::Kept;
pub(crate) use keep::write;

/// Whoever carries out steps in one deployment.
#[derive(Debug, Clone)]
pub struct Hands {
    /// The deployment's folder.
    pub data: PathBuf,
    /// The program that runs parties: `counterfoil`.
    pub executable: PathBuf,
}

/// How one kind of step is taken.
pub struct Work {
    /// Its name in plans.
    pub verb: &'static str,
    /// How it is undone, in a phrase.
    pub undo: &'static str,
    /// The files that it replaces.
    pub touches: fn(&Hands, &Step) -> Result<Vec<PathBuf>, StepError>,
    /// Takes it and says what was done, in a phrase.
    pub run: fn(&Hands, &Step) -> Result<String, StepError>,
}

/// Every step.
pub static STEPS: &[&Work] = &[
    &block_source::WORK,
    &set_mode::WORK,
    &set_setting::WORK,
    &unset_setting::WORK,
    &reload::WORK,
    &start_party::WORK,
    &restore_files::WORK,
    &restart_party::WORK,
    &resolve_in_doubt::WORK,
    &resolve_in_doubt::CAPTURE,
    &rebuild_chain::WORK,
    &reissue_certificate::WORK,
    &refresh_lists::WORK,
    &renew_tls_key::WORK,
    &copy_key::WORK,
    &raise_open_files::WORK,
];

/// The step with a name.
pub fn named(verb: &str) -> Option<&'static Work> {
    STEPS.iter().find(|work| work.verb == verb).copied()
}

/// A step that was not taken, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepError {
    /// The plan asks for what this release cannot do.
    #[error("there is no step `{0}`")]
    Unknown(String),
    /// An argument is missing or cannot be used.
    #[error("`{verb}` cannot be done with `{name}`: {problem}")]
    Argument {
        /// The step.
        verb: String,
        /// The argument.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The machine or the party did not let it be done.
    #[error("`{verb}` at {party} failed: {cause}")]
    Failed {
        /// The step.
        verb: String,
        /// The party.
        party: String,
        /// What was said.
        cause: String,
    },
}

impl Report for StepError {
    fn id(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "step-unknown",
            Self::Argument { .. } => "step-argument",
            Self::Failed { .. } => "step-failed",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unknown(_) | Self::Argument { .. } => {
                "make the plan anew with this release: counterfoil doctor --dry-run".into()
            }
            Self::Failed { .. } => {
                "remove the obstacle, then run `counterfoil doctor --repair` again".into()
            }
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Unknown(_) | Self::Argument { .. } => Fault::OurMisuse,
            Self::Failed { .. } => Fault::Environment,
        }
    }
}

impl Hands {
    /// Takes a step. What it touches is kept in `kept` first.
    ///
    /// # Errors
    /// [`StepError`]. What was kept can be put back all the same.
    pub fn take(&self, step: &Step, kept: &mut Kept) -> Result<String, StepError> {
        let work = named(step.verb).ok_or_else(|| StepError::Unknown(step.verb.to_owned()))?;
        for path in (work.touches)(self, step)? {
            kept.keep(&path).map_err(|error| failed(step, &error))?;
        }
        (work.run)(self, step)
    }

    /// A file of the deployment that an argument names.
    fn file(&self, step: &Step, name: &'static str) -> Result<PathBuf, StepError> {
        let text = argument(step, name)?;
        let path = Path::new(text);
        let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || text.is_empty() {
            return Err(wrong(step, name, "it does not lie in the deployment's folder"));
        }
        Ok(self.data.join(path))
    }

    /// What the step's party has.
    fn party(&self, step: &Step) -> Result<Material, StepError> {
        Material::at(&self.data, &step.party).map_err(|error| failed(step, &error))
    }
}

fn argument<'a>(step: &'a Step, name: &'static str) -> Result<&'a str, StepError> {
    let value = step.arguments.get(name).map(String::as_str);
    value.ok_or_else(|| wrong(step, name, "it is missing"))
}

fn wrong(step: &Step, name: &str, problem: &str) -> StepError {
    let (verb, name) = (step.verb.to_owned(), name.to_owned());
    StepError::Argument { verb, name, problem: problem.to_owned() }
}

fn failed(step: &Step, cause: &impl ToString) -> StepError {
    let (verb, party) = (step.verb.to_owned(), step.party.clone());
    StepError::Failed { verb, party, cause: cause.to_string() }
}

/// Touches no file.
fn touches_nothing(_: &Hands, _: &Step) -> Result<Vec<PathBuf>, StepError> {
    Ok(Vec::new())
}
