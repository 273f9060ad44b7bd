//! What can be wrong with a deployment on disk, told by file.

use std::path::{Path, PathBuf};

use thiserror::Error;

use counterfoil_secret::{Fault, Report};

use crate::config::ConfigError;
use crate::files::FileError;

/// A deployment or a party of it cannot be made or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeploymentError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no deployment in the folder.
    #[error("{} is not the folder of a deployment", folder.display())]
    NoDeployment {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder for a new deployment holds something.
    #[error("{} exists and is not empty", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A party has not been certified yet.
    #[error("{name} has no certificates yet: {} is missing", file.display())]
    NotRegistered {
        /// The party.
        name: String,
        /// The first file that is missing.
        file: PathBuf,
    },
    /// A file does not hold what it should.
    #[error("{} is not usable: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Why, without a word of what is secret in it.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// A file does not hold what it should, as another part of the program found.
    #[error("{} is not usable: {reason}", file.display())]
    Unfit {
        /// The file.
        file: PathBuf,
        /// Stable id of what was found.
        id: &'static str,
        /// Why, in one sentence.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// Something in the plan does not fit, as another part of the program found.
    #[error("the deployment cannot be made: {reason}")]
    Unplannable {
        /// Stable id of what was found.
        id: &'static str,
        /// Why, in one sentence.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// The plan of a new deployment does not work out.
    #[error("the deployment cannot be made: {reason}")]
    Plan {
        /// Why.
        reason: String,
        /// What to do.
        hint: String,
    },
}

impl DeploymentError {
    /// A file does not hold what it should, as `report` says.
    pub fn malformed(file: &Path, report: &dyn Report) -> Self {
        Self::Unfit {
            file: file.to_path_buf(),
            id: report.id(),
            reason: sentence(report),
            hint: report.hint(),
        }
    }

    /// The plan does not work out, as `report` says.
    pub fn plan(report: &dyn Report) -> Self {
        Self::Unplannable { id: report.id(), reason: sentence(report), hint: report.hint() }
    }

    pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        let (path, cause) = (path.to_path_buf(), error.to_string());
        Self::File(FileError::Unwritable { path, cause })
    }
}

/// What a report says, to stand behind a colon.
fn sentence(report: &dyn Report) -> String {
    report.to_string().trim_end_matches('.').to_owned()
}

impl Report for DeploymentError {
    fn id(&self) -> &'static str {
        match self {
            Self::File(error) => error.id(),
            Self::Config(error) => error.id(),
            Self::NoDeployment { .. } => "no-deployment",
            Self::NotEmpty { .. } => "folder-not-empty",
            Self::NotRegistered { .. } => "not-registered",
            Self::Unfit { id, .. } | Self::Unplannable { id, .. } => id,
            Self::Malformed { .. } => "file-malformed",
            Self::Plan { .. } => "plan-impossible",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::File(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::NoDeployment { folder } => {
                format!("make one with `counterfoil init --data {}`", folder.display())
            }
            Self::NotEmpty { .. } => "name another folder, or empty this one yourself".into(),
            Self::NotRegistered { name, .. } => {
                format!("run `counterfoil register {name}` while its CA runs")
            }
            Self::Unfit { hint, .. }
            | Self::Unplannable { hint, .. }
            | Self::Malformed { hint, .. }
            | Self::Plan { hint, .. } => hint.clone(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::File(error) => error.fault(),
            Self::Config(error) => error.fault(),
            Self::Unfit { .. } | Self::Malformed { .. } => Fault::Malformed,
            _ => Fault::OurMisuse,
        }
    }
}
