//! What files were before a plan: kept on disk, so that it can be put back.

use std::io::{Error, ErrorKind, Result, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Name of the list of what is kept.
const INDEX: &str = "index.json";

/// Files as they were before a plan. They may be keys, so that only their owner gets at them.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    index: Vec<Entry>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    path: PathBuf,
    /// Permission bits; absent when there was no such file.
    mode: Option<u32>,
    /// Name of the copy in the folder; empty for a folder, of which only the mode is kept.
    copy: String,
}

impl Kept {
    /// A place to keep files of one plan in, new or begun before.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn at(folder: &Path) -> Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let index = match std::fs::read(folder.join(INDEX)) {
            Ok(octets) => serde_json::from_slice(&octets)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { folder: folder.to_owned(), index })
    }

    /// Keeps a file as it is now, or that there is none; of what is kept already, nothing.
    ///
    /// # Errors
    /// The file cannot be read or the copy not be written.
    pub fn keep(&mut self, path: &Path) -> Result<()> {
        if self.index.iter().any(|entry| entry.path == path) {
            return Ok(());
        }
        let copy = self.index.len().to_string();
        let mode = match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {
                write(&self.folder.join(&copy), &std::fs::read(path)?, 0o600)?;
                Some(metadata.permissions().mode() & 0o7777)
            }
            // Of a folder, nothing but who may enter.
            Ok(metadata) if metadata.is_dir() => {
                let mode = metadata.permissions().mode() & 0o7777;
                self.index.push(Entry {
                    path: path.to_owned(),
                    mode: Some(mode),
                    copy: String::new(),
                });
                return write(&self.folder.join(INDEX), &serde_json::to_vec(&self.index)?, 0o600);
            }
            Ok(_) => return Err(Error::other("it is not a regular file")),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        self.index.push(Entry { path: path.to_owned(), mode, copy });
        write(&self.folder.join(INDEX), &serde_json::to_vec(&self.index)?, 0o600)
    }

    /// Files that are kept.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.index.iter().map(|entry| entry.path.as_path())
    }

    /// Puts every file back as it was.
    ///
    /// # Errors
    /// The first file that cannot be put back; the others are.
    pub fn put_back(&self) -> Result<()> {
        let mut ended = Ok(());
        for entry in &self.index {
            let put = match entry.mode {
                Some(mode) if entry.copy.is_empty() => {
                    std::fs::set_permissions(&entry.path, std::fs::Permissions::from_mode(mode))
                }
                Some(mode) => std::fs::read(self.folder.join(&entry.copy))
                    .and_then(|octets| write(&entry.path, &octets, mode)),
                None => match std::fs::remove_file(&entry.path) {
                    Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                },
            };
            if ended.is_ok() {
                ended = put;
            }
        }
        ended
    }

    /// Forgets what was kept: the plan has proved itself.
    ///
    /// # Errors
    /// The folder cannot be removed.
    pub fn forget(self) -> Result<()> {
        std::fs::remove_dir_all(&self.folder)
    }
}

/// Replaces a file whole: after a crash it is as before or as it shall be.
pub(crate) fn write(path: &Path, octets: &[u8], mode: u32) -> Result<()> {
    let name = path.file_name().ok_or_else(|| Error::from(ErrorKind::InvalidInput))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(".new");
    let beside = path.with_file_name(beside);
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(octets)?;
    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_folder_the_mode_is_put_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&folder, mode(0o750)).unwrap();
        let mut kept = Kept::at(&place.path().join("kept")).unwrap();
        kept.keep(&folder).unwrap();
        std::fs::set_permissions(&folder, mode(0o777)).unwrap();
        Kept::at(&place.path().join("kept")).unwrap().put_back().unwrap();
        let now = std::fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(now & 0o777, 0o750);
    }

    #[test]
    fn files_are_put_back_with_their_modes_and_new_ones_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        write(&old, b"before", 0o640).unwrap();
        let mut kept = Kept::at(&folder.path().join("kept")).unwrap();
        kept.keep(&old).unwrap();
        kept.keep(&new).unwrap();
        write(&old, b"after", 0o600).unwrap();
        write(&new, b"made", 0o600).unwrap();
        // A second keeping does not take what the plan has made for what was there.
        kept.keep(&old).unwrap();
        let kept = Kept::at(&folder.path().join("kept")).unwrap();
        kept.put_back().unwrap();
        assert_eq!(std::fs::read(&old).unwrap(), b"before");
        assert_eq!(std::fs::metadata(&old).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(!new.exists());
        kept.put_back().unwrap();
        kept.forget().unwrap();
        assert!(!folder.path().join("kept").exists());
    }
}
