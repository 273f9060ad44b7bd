//! The folders of a deployment and of a party: PEM files that ordinary tools read and replace.
//!
//! A file is written whole or not at all, and a private key that others may read is refused.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use thiserror::Error;

use counterfoil_secret::{Fault, Report, SecretBytes};

use crate::tls::PemFile;

/// Octets of a file that is read.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Files of one folder that are read.
pub const FILES_MAX: usize = 1_000;
/// Characters of a party's name.
pub const NAME_CHARS_MAX: usize = 32;
/// Name of a deployment's settings.
pub const DEPLOYMENT_FILE: &str = "counterfoil.toml";
/// Permission bits that a private key must not have: those of group and others.
const FORBIDDEN_BITS: u32 = 0o077;

/// A file or folder could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileError {
    /// It is not there.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// It is there already and would be overwritten.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// It cannot be read.
    #[error("{} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// It cannot be written.
    #[error("{} cannot be written: {cause}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// It is a folder, a device or a pipe.
    #[error("{} is not a regular file", .0.display())]
    NotRegular(PathBuf),
    /// It is longer than [`FILE_BYTES_MAX`].
    #[error("{} is longer than {FILE_BYTES_MAX} octets", .0.display())]
    TooLong(PathBuf),
    /// The folder has more files than [`FILES_MAX`].
    #[error("{} holds more than {FILES_MAX} files", .0.display())]
    TooMany(PathBuf),
    /// It is not text.
    #[error("{} is not UTF-8 text", .0.display())]
    NotText(PathBuf),
    /// A private key that others may read.
    #[error("the private key {} can be read by others (mode {mode:04o})", path.display())]
    KeyExposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a name of a party.
    #[error("`{0}` is not a name of a party")]
    BadName(String),
}

impl Report for FileError {
    fn id(&self) -> &'static str {
        match self {
            Self::Missing(_) => "file-missing",
            Self::Exists(_) => "file-exists",
            Self::Unreadable { .. } => "file-unreadable",
            Self::Unwritable { .. } => "file-unwritable",
            Self::NotRegular(_) => "file-not-regular",
            Self::TooLong(_) => "file-too-long",
            Self::TooMany(_) => "folder-too-full",
            Self::NotText(_) => "file-not-text",
            Self::KeyExposed { .. } => "key-exposed",
            Self::BadName(_) => "party-name-invalid",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Missing(_) => {
                "check the path; the files of a deployment are made by `counterfoil init`".into()
            }
            Self::Exists(path) => {
                format!("choose another name, or move {} away", path.display())
            }
            Self::NotRegular(path) => format!("put a file with that name at {}", path.display()),
            Self::Unreadable { path, .. } => {
                format!("make {} readable for the user that runs the party", path.display())
            }
            Self::Unwritable { path, .. } => format!(
                "check that the folder exists, that the disk has room and that the user may write \
                 {}",
                path.display()
            ),
            Self::TooLong(_) => "check that this is the file that was meant".into(),
            Self::TooMany(path) => {
                format!("move what is not needed out of {}", path.display())
            }
            Self::NotText(_) => "save the file as UTF-8, without special formatting".into(),
            Self::KeyExposed { path, .. } => format!(
                "run `chmod 600 {}`, and replace the key if others may have read it",
                path.display()
            ),
            Self::BadName(_) => format!(
                "use lower-case letters, digits and hyphens, at most {NAME_CHARS_MAX} characters"
            ),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Unreadable { .. } | Self::Unwritable { .. } => Fault::Environment,
            Self::NotText(_) => Fault::Malformed,
            Self::Missing(_)
            | Self::Exists(_)
            | Self::NotRegular(_)
            | Self::TooLong(_)
            | Self::TooMany(_)
            | Self::KeyExposed { .. }
            | Self::BadName(_) => Fault::OurMisuse,
        }
    }
}

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The owner alone: keys, and what is derived from them.
    Private,
    /// Everybody whom the folder lets in.
    Public,
}

impl Access {
    fn mode(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
        }
    }
}

/// The folders of PEM files that a party has, apart from its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// Its own certificates and their chains.
    Certs,
    /// What it trusts.
    Trust,
    /// Revocation lists and brand CRL identifiers.
    Crls,
}

impl Folder {
    /// Its name on disk.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certs => "certs",
            Self::Trust => "trust",
            Self::Crls => "crls",
        }
    }
}

/// A file of a folder, by the stem of its name.
#[derive(Debug, Clone)]
pub struct Named<T> {
    /// File name without `.pem`.
    pub name: String,
    /// What it holds.
    pub value: T,
}

/// The folder of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyFolder {
    name: String,
    root: PathBuf,
}

impl PartyFolder {
    /// The folder of the party of this name in a data folder. Does not look at the disk.
    ///
    /// # Errors
    /// [`FileError::BadName`].
    pub fn new(data: &Path, name: &str) -> Result<Self, FileError> {
        let is_name = !name.is_empty()
            && name.len() <= NAME_CHARS_MAX
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name {
            return Err(FileError::BadName(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), root: data.join(name) })
    }

    /// The party's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `config.toml`.
    pub fn config(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// `state.sqlite`.
    pub fn state(&self) -> PathBuf {
        self.root.join("state.sqlite")
    }

    /// `log/`.
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// `keys/`.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// `certs/`, `trust/` or `crls/`.
    pub fn folder(&self, folder: Folder) -> PathBuf {
        self.root.join(folder.name())
    }

    /// A file given in the settings: relative paths start at this folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }

    /// Makes the folder with its subfolders; those that exist are left as they are.
    ///
    /// # Errors
    /// [`FileError::Unwritable`].
    pub fn create(&self) -> Result<(), FileError> {
        make_folder(&self.root, 0o755)?;
        make_folder(&self.keys(), 0o700)?;
        for folder in [Folder::Certs, Folder::Trust, Folder::Crls] {
            make_folder(&self.folder(folder), 0o755)?;
        }
        make_folder(&self.log(), 0o750)
    }

    /// The private key `keys/<name>.pem`.
    ///
    /// # Errors
    /// [`FileError`], also when others may read it.
    pub fn read_key(&self, name: &str) -> Result<SecretBytes, FileError> {
        read_secret(&self.keys().join(format!("{name}.pem")))
    }

    /// Every private key `keys/*.pem`, in order of name.
    ///
    /// # Errors
    /// [`FileError`], also when others may read one.
    pub fn read_keys(&self) -> Result<Vec<Named<SecretBytes>>, FileError> {
        pem_files(&self.keys())?
            .into_iter()
            .map(|(name, path)| Ok(Named { name, value: read_secret(&path)? }))
            .collect()
    }

    /// Every `*.pem` of a folder, in order of name; none when the folder does not exist.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read_all(&self, folder: Folder) -> Result<Vec<Named<PemFile>>, FileError> {
        pem_files(&self.folder(folder))?
            .into_iter()
            .map(|(name, path)| {
                let octets = read(&path)?;
                Ok(Named { name, value: PemFile { path, octets } })
            })
            .collect()
    }

    /// Writes the private key `keys/<name>.pem`, readable by its owner alone.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn write_key(&self, name: &str, pem: &SecretBytes) -> Result<(), FileError> {
        write(&self.keys().join(format!("{name}.pem")), pem.expose(), Access::Private)
    }

    /// Writes `<name>.pem` of a folder.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn write(&self, folder: Folder, name: &str, pem: &[u8]) -> Result<(), FileError> {
        write(&self.folder(folder).join(format!("{name}.pem")), pem, Access::Public)
    }
}

/// Reads a file of at most [`FILE_BYTES_MAX`] octets.
///
/// # Errors
/// [`FileError`].
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    read_open(path, open(path)?)
}

/// Opens a file to read it. A pipe is not waited for, and a device not read: whoever put it there
/// could hold a party up for ever.
fn open(path: &Path) -> Result<File, FileError> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).expect("invariant: a flag fits an int");
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|error| reading(path, &error))?;
    let metadata = file.metadata().map_err(|error| reading(path, &error))?;
    if metadata.is_file() { Ok(file) } else { Err(FileError::NotRegular(path.to_path_buf())) }
}

/// Reads a text file.
///
/// # Errors
/// [`FileError`].
pub fn read_text(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read(path)?).map_err(|_| FileError::NotText(path.to_path_buf()))
}

/// Reads a file that nobody but its owner may read.
///
/// # Errors
/// [`FileError`], [`FileError::KeyExposed`] among them.
pub fn read_secret(path: &Path) -> Result<SecretBytes, FileError> {
    let file = open(path)?;
    // The open file is looked at, not the name: it cannot be exchanged in between.
    let metadata = file.metadata().map_err(|error| reading(path, &error))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & FORBIDDEN_BITS != 0 {
        return Err(FileError::KeyExposed { path: path.to_path_buf(), mode });
    }
    read_open(path, file).map(SecretBytes::new)
}

/// Writes a file whole or not at all, and durably: under another name first, then renamed.
///
/// # Errors
/// [`FileError::Unwritable`].
pub fn write(path: &Path, octets: &[u8], access: Access) -> Result<(), FileError> {
    let failure = |error: std::io::Error| FileError::Unwritable {
        path: path.to_path_buf(),
        cause: error.to_string(),
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = folder.join(name);
    let written = write_new(&temporary, octets, access)
        .and_then(|()| std::fs::rename(&temporary, path))
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        // What could not be finished is not left lying around; if even that fails, it stays.
        drop(std::fs::remove_file(&temporary));
    }
    written.map_err(failure)
}

/// Makes a folder, and those above it, unless they exist.
///
/// # Errors
/// [`FileError::Unwritable`].
pub fn make_folder(path: &Path, mode: u32) -> Result<(), FileError> {
    DirBuilder::new().recursive(true).mode(mode).create(path).map_err(|error| {
        FileError::Unwritable { path: path.to_path_buf(), cause: error.to_string() }
    })
}

fn write_new(path: &Path, octets: &[u8], access: Access) -> std::io::Result<()> {
    // A file of the same name can only be left over from a process that had the same number.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(access.mode()).open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

fn read_open(path: &Path, file: File) -> Result<Vec<u8>, FileError> {
    let mut octets = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut octets)
        .map_err(|error| reading(path, &error))?;
    if octets.len() as u64 > FILE_BYTES_MAX {
        return Err(FileError::TooLong(path.to_path_buf()));
    }
    Ok(octets)
}

/// Files `*.pem` of a folder by their stems, in order.
fn pem_files(folder: &Path) -> Result<Vec<(String, PathBuf)>, FileError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| reading(folder, &error))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| reading(folder, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "pem") {
            continue;
        }
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else {
            return Err(FileError::NotText(path));
        };
        if files.len() == FILES_MAX {
            return Err(FileError::TooMany(folder.to_path_buf()));
        }
        files.push((stem.to_owned(), path));
    }
    files.sort();
    Ok(files)
}

fn reading(path: &Path, error: &std::io::Error) -> FileError {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileError::Missing(path.to_path_buf()),
        _ => FileError::Unreadable { path: path.to_path_buf(), cause: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(data: &Path) -> PartyFolder {
        let party = PartyFolder::new(data, "gateway").unwrap();
        party.create().unwrap();
        party
    }

    #[test]
    fn key_is_written_for_its_owner_alone_and_read_back() {
        let data = tempfile::tempdir().unwrap();
        let party = party(data.path());
        party.write_key("signature", &SecretBytes::new(b"key".to_vec())).unwrap();
        assert_eq!(party.read_key("signature").unwrap().expose(), b"key");
        let names: Vec<_> = party.read_keys().unwrap().into_iter().map(|key| key.name).collect();
        assert_eq!(names, ["signature"]);
    }

    #[test]
    fn pipe_folder_and_device_are_no_files() {
        let data = tempfile::tempdir().unwrap();
        let pipe = data.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        let mut paths = vec![data.path().to_path_buf(), PathBuf::from("/dev/zero")];
        match made {
            Ok(status) if status.success() => paths.push(pipe),
            _ => println!("SKIPPED: there is no mkfifo to make a pipe with"),
        }
        for path in paths {
            let error = read(&path).unwrap_err();
            assert_eq!((error.id(), error.fault()), ("file-not-regular", Fault::OurMisuse));
            assert!(read_secret(&path).is_err());
        }
    }

    #[test]
    fn key_that_others_may_read_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let party = party(data.path());
        party.write_key("signature", &SecretBytes::new(b"key".to_vec())).unwrap();
        let path = party.keys().join("signature.pem");
        for mode in [0o640, 0o604, 0o660, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = party.read_key("signature").unwrap_err();
            assert_eq!(error.id(), "key-exposed", "{mode:o}");
            assert!(error.to_string().contains(&format!("{mode:04o}")), "{error}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert!(party.read_key("signature").is_ok());
    }

    #[test]
    fn folder_is_read_in_order_of_names_and_only_pem() {
        let data = tempfile::tempdir().unwrap();
        let party = party(data.path());
        for name in ["b", "a"] {
            party.write(Folder::Trust, name, name.as_bytes()).unwrap();
        }
        std::fs::write(party.folder(Folder::Trust).join("README"), b"x").unwrap();
        let all = party.read_all(Folder::Trust).unwrap();
        let all: Vec<_> = all.iter().map(|file| (file.name.as_str(), &file.value.octets)).collect();
        assert_eq!(all, [("a", &b"a".to_vec()), ("b", &b"b".to_vec())]);
        std::fs::remove_dir(party.folder(Folder::Crls)).unwrap();
        assert!(party.read_all(Folder::Crls).unwrap().is_empty());
    }

    #[test]
    fn file_is_replaced_whole_and_nothing_is_left_over() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("f");
        write(&path, b"old and long", Access::Public).unwrap();
        write(&path, b"new", Access::Private).unwrap();
        assert_eq!(read(&path).unwrap(), b"new");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1);
    }

    #[test]
    fn write_that_fails_leaves_nothing() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("folder");
        std::fs::create_dir_all(path.join("inside")).unwrap();
        assert_eq!(write(&path, b"x", Access::Public).unwrap_err().id(), "file-unwritable");
        assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 1);
        let absent = data.path().join("absent/f");
        assert_eq!(write(&absent, b"x", Access::Public).unwrap_err().id(), "file-unwritable");
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for name in ["", "..", "a/b", "/etc", "Gateway", "a.b", &"a".repeat(33)] {
            let error = PartyFolder::new(Path::new("/data"), name).unwrap_err();
            assert_eq!(error.id(), "party-name-invalid", "{name}");
        }
        assert!(PartyFolder::new(Path::new("/data"), "cca-2").is_ok());
    }

    #[test]
    fn reading_has_limits() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("f");
        File::create(&path).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
        assert_eq!(read(&path).unwrap_err().id(), "file-too-long");
        assert_eq!(read(&data.path().join("absent")).unwrap_err().id(), "file-missing");
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert_eq!(read_text(&path).unwrap_err().id(), "file-not-text");
    }
}
