//! Files of a new deployment, written whole or not at all.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use counterfoil_secret::Secret;

use super::error::DeploymentError;

const FOLDER_MODE: u32 = 0o750;
const PRIVATE_FOLDER_MODE: u32 = 0o700;
const PUBLIC_MODE: u32 = 0o640;
const PRIVATE_MODE: u32 = 0o600;

/// What will be written, by path below the deployment's folder.
#[derive(Debug, Default)]
pub(super) struct Draft {
    files: BTreeMap<PathBuf, (u32, Secret<String>)>,
}

impl Draft {
    /// Adds a file that others of the group may read.
    pub(super) fn public(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) {
        self.files.insert(path.into(), (PUBLIC_MODE, Secret::new(text.into())));
    }

    /// Adds a file that its owner alone may read.
    pub(super) fn private(&mut self, path: impl Into<PathBuf>, text: Secret<String>) {
        self.files.insert(path.into(), (PRIVATE_MODE, text));
    }

    /// Writes everything below `folder`.
    pub(super) fn write(&self, folder: &Path) -> Result<(), DeploymentError> {
        for (path, (mode, text)) in &self.files {
            let path = folder.join(path);
            let parent = path.parent().unwrap_or(folder);
            let folder_mode =
                if *mode == PRIVATE_MODE { PRIVATE_FOLDER_MODE } else { FOLDER_MODE };
            make_folder(parent, folder_mode)?;
            create(&path, *mode, text.expose())?;
        }
        Ok(())
    }
}

/// Makes a folder and those above it; one that is there stays as it is.
pub(super) fn make_folder(path: &Path, mode: u32) -> Result<(), DeploymentError> {
    let made = DirBuilder::new().recursive(true).mode(mode).create(path);
    made.map_err(|error| DeploymentError::unwritable(path, &error))
}

/// Replaces a file in one step, so that a reader sees the old one or the new one.
///
/// # Errors
/// [`DeploymentError::Unwritable`]; the old file is then still there.
pub fn replace(path: &Path, private: bool, text: &str) -> Result<(), DeploymentError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    make_folder(parent, if private { PRIVATE_FOLDER_MODE } else { FOLDER_MODE })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent.join(format!(".{name}.{}", std::process::id()));
    drop(std::fs::remove_file(&beside));
    create(&beside, if private { PRIVATE_MODE } else { PUBLIC_MODE }, text)?;
    std::fs::rename(&beside, path).map_err(|error| {
        drop(std::fs::remove_file(&beside));
        DeploymentError::unwritable(path, &error)
    })
}

fn create(path: &Path, mode: u32, text: &str) -> Result<(), DeploymentError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| DeploymentError::unwritable(path, &error))
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
    /// [`DeploymentError::NotEmpty`] when `target` holds something,
    /// [`DeploymentError::Unwritable`].
    pub(super) fn beside(target: &Path) -> Result<Self, DeploymentError> {
        match std::fs::read_dir(target) {
            Ok(mut entries) if entries.next().is_none() => {}
            Ok(_) => return Err(DeploymentError::NotEmpty { folder: target.to_path_buf() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(DeploymentError::unwritable(target, &error)),
        }
        let target = std::path::absolute(target)
            .map_err(|error| DeploymentError::unwritable(target, &error))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let folder = target.with_file_name(format!(".{name}.init-{}", std::process::id()));
        if folder.exists() {
            return Err(DeploymentError::NotEmpty { folder });
        }
        make_folder(&folder, FOLDER_MODE)?;
        Ok(Self { folder, target, done: false })
    }

    /// Where to write meanwhile.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts the folder in its place.
    ///
    /// # Errors
    /// [`DeploymentError::Unwritable`]; nothing is left then.
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
