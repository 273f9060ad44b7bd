//! Files of a new deployment, written whole or not at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterfoil_secret::Secret;

use super::error::DeploymentError;
use crate::files::{self, Access, PartyFolder};

/// Mode of the folder of a deployment.
const FOLDER_MODE: u32 = 0o755;

/// What will be written, by path below the deployment's folder.
#[derive(Debug, Default)]
pub(super) struct Draft {
    files: BTreeMap<PathBuf, (Access, Secret<String>)>,
}

impl Draft {
    /// Adds a file that others may read.
    pub(super) fn public(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) {
        self.files.insert(path.into(), (Access::Public, Secret::new(text.into())));
    }

    /// Adds a file that its owner alone may read.
    pub(super) fn private(&mut self, path: impl Into<PathBuf>, text: Secret<String>) {
        self.files.insert(path.into(), (Access::Private, text));
    }

    /// Writes everything below `data`, in a folder for each party.
    pub(super) fn write(&self, data: &Path) -> Result<(), DeploymentError> {
        for (path, (access, text)) in &self.files {
            if let Some(party) = path.parent().and_then(|parent| parent.iter().next()) {
                PartyFolder::new(data, &party.to_string_lossy())?.create()?;
            }
            files::write(&data.join(path), text.expose().as_bytes(), *access)?;
        }
        Ok(())
    }
}

/// A folder beside `target` that takes its place when it is done, and is removed when not.
#[derive(Debug)]
pub(super) struct Scaffold {
    folder: PathBuf,
    target: PathBuf,
    done: bool,
}

impl Scaffold {
    /// Makes the folder.
    ///
    /// # Errors
    /// [`DeploymentError::NotEmpty`] when `target` holds something, or the disk's.
    pub(super) fn beside(target: &Path) -> Result<Self, DeploymentError> {
        let unwritable = |error| DeploymentError::unwritable(target, &error);
        match std::fs::read_dir(target).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => return Err(DeploymentError::NotEmpty { folder: target.to_path_buf() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unwritable(error)),
        }
        let target = std::path::absolute(target).map_err(unwritable)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let folder = target.with_file_name(format!(".{name}.init-{}", std::process::id()));
        if folder.exists() {
            return Err(DeploymentError::NotEmpty { folder });
        }
        files::make_folder(&folder, FOLDER_MODE)?;
        Ok(Self { folder, target, done: false })
    }

    /// Where to write meanwhile.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts the folder in its place.
    ///
    /// # Errors
    /// The disk's; nothing is left then.
    pub(super) fn finish(mut self) -> Result<(), DeploymentError> {
        std::fs::rename(&self.folder, &self.target)
            .map_err(|error| DeploymentError::unwritable(&self.target, &error))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Scaffold {
    fn drop(&mut self) {
        if !self.done {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}
