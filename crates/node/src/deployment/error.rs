//! What can be wrong with the folder of a deployment, told by file.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use thiserror::Error;

use counterfoil_secret::{Fault, Report};

/// A deployment or a party of it cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeploymentError {
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
    /// The deployment has no such party.
    #[error("the deployment has no party `{name}`")]
    UnknownParty {
        /// The name asked for.
        name: String,
        /// The names that there are, separated by commas.
        known: String,
    },
    /// A party has not been certified yet.
    #[error("{name} has no certificates yet: {} is missing", file.display())]
    NotRegistered {
        /// The party.
        name: String,
        /// The first file that is missing.
        file: PathBuf,
    },
    /// A file is missing or cannot be read.
    #[error("{} cannot be read: {cause}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// A file or folder cannot be written.
    #[error("{} cannot be written: {cause}", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// A private file can be read by others.
    #[error("{} can be read by others (mode {mode:03o})", file.display())]
    Exposed {
        /// The file.
        file: PathBuf,
        /// Its permissions.
        mode: u32,
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
    /// A file or folder could not be read.
    pub fn unreadable(file: &Path, error: &dyn Display) -> Self {
        Self::Unreadable { file: file.to_path_buf(), cause: error.to_string() }
    }

    /// A file or folder could not be written.
    pub fn unwritable(file: &Path, error: &dyn Display) -> Self {
        Self::Unwritable { file: file.to_path_buf(), cause: error.to_string() }
    }

    /// A file does not hold what it should, as `report` says.
    pub fn malformed(file: &Path, report: &dyn Report) -> Self {
        Self::Malformed {
            file: file.to_path_buf(),
            reason: report.to_string(),
            hint: report.hint(),
        }
    }

    /// The plan does not work out, as `report` says.
    pub fn plan(report: &dyn Report) -> Self {
        Self::Plan { reason: report.to_string(), hint: report.hint() }
    }
}

impl Report for DeploymentError {
    fn id(&self) -> &'static str {
        match self {
            Self::NoDeployment { .. } => "no-deployment",
            Self::NotEmpty { .. } => "folder-not-empty",
            Self::UnknownParty { .. } => "party-unknown",
            Self::NotRegistered { .. } => "not-registered",
            Self::Unreadable { .. } => "file-unreadable",
            Self::Unwritable { .. } => "file-unwritable",
            Self::Exposed { .. } => "private-file-exposed",
            Self::Malformed { .. } => "file-malformed",
            Self::Plan { .. } => "plan-impossible",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoDeployment { folder } => {
                format!("make one with `counterfoil init --data {}`", folder.display())
            }
            Self::NotEmpty { .. } => "name another folder, or empty this one yourself".into(),
            Self::UnknownParty { known, .. } => format!("name one of {known}"),
            Self::NotRegistered { name, .. } => {
                format!("run `counterfoil register {name}` while its CA runs")
            }
            Self::Unreadable { file, .. } => {
                format!("put {} in its place and let this user read it", file.display())
            }
            Self::Unwritable { file, .. } => {
                format!("let this user write {}, on a disk with room", file.display())
            }
            Self::Exposed { file, .. } => format!("run `chmod 600 {}`", file.display()),
            Self::Malformed { hint, .. } | Self::Plan { hint, .. } => hint.clone(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Malformed { .. } => Fault::Malformed,
            Self::Unwritable { .. } => Fault::Environment,
            _ => Fault::OurMisuse,
        }
    }
}
