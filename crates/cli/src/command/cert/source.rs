//! The files that a command looks at, and the time at which it judges them.

use std::cmp::Reverse;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use rustix::fs::OFlags;
use serde_json::{Value, json};

use counterfoil_pki::file::{self, FILE_BYTES_MAX, Item, KINDS, Reading, read};
use counterfoil_pki::lint::is_found;
use counterfoil_remark::{Remark, Severity};
use counterfoil_secret::{Secret, SecretBytes};

use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;

/// Files given on the command line.
#[derive(Debug, Clone, Args)]
pub struct Sources {
    /// Files to look at, in any usual form; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Judge as if it were this time (RFC 3339); now, when absent
    #[arg(long, value_name = "TIME")]
    time: Option<Timestamp>,
}

/// What was read, and what was not.
pub struct Sourced {
    /// Each file by its name, with what it holds.
    pub readings: Vec<(String, Reading)>,
    /// Files that could not be read.
    pub unread: Vec<Failure>,
    /// The time at which everything is judged.
    pub now: Timestamp,
}

impl Sources {
    /// Reads every file. Fails only when none of them holds anything.
    pub fn read(&self) -> Result<Sourced, Failure> {
        let now = self.time.unwrap_or_else(Timestamp::now);
        let mut sourced = Sourced { readings: Vec::new(), unread: Vec::new(), now };
        let mut passphrase = None;
        for path in &self.files {
            match octets(path) {
                Ok(octets) => {
                    let name = name(path);
                    let reading = self.reading(&name, &octets, &mut passphrase)?;
                    sourced.readings.push((name, reading));
                }
                Err(failure) => sourced.unread.push(failure),
            }
        }
        if sourced.items().next().is_none() {
            return Err(sourced.nothing());
        }
        Ok(sourced)
    }

    /// Reads once without a passphrase, and again with one when that would show more.
    fn reading(
        &self,
        name: &str,
        octets: &SecretBytes,
        passphrase: &mut Option<Secret<String>>,
    ) -> Result<Reading, Failure> {
        let reading = read(name, octets.expose(), passphrase.as_ref());
        if !reading.wants_passphrase {
            return Ok(reading);
        }
        if passphrase.is_none() {
            *passphrase = self.passphrase.read_if_given(name)?;
        }
        match passphrase {
            Some(passphrase) => Ok(read(name, octets.expose(), Some(passphrase))),
            None => Ok(reading),
        }
    }
}

impl Sourced {
    /// Every item of every file.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.readings.iter().flat_map(|(_, reading)| &reading.items)
    }

    /// What was remarked while the files were read.
    pub fn remarks(&self) -> impl Iterator<Item = &Remark> {
        self.readings.iter().flat_map(|(_, reading)| &reading.remarks)
    }

    /// Files that could not be read, for programs.
    pub fn unread_json(&self) -> Value {
        let one = |f: &Failure| json!({"id": f.id, "message": f.sentence, "hint": f.hint});
        self.unread.iter().map(one).collect()
    }

    /// Says on standard error what could not be read.
    pub fn tell_unread(&self) {
        self.unread.iter().for_each(Failure::tell);
    }

    /// The exit status: a file that could not be read weighs more than what was found.
    pub fn status(&self, remarks: &[Remark], from: Severity) -> Status {
        if !self.unread.is_empty() {
            Status::Unseen
        } else if is_found(remarks, from) {
            Status::Found
        } else {
            Status::Fine
        }
    }

    /// Why there is nothing to show.
    fn nothing(mut self) -> Failure {
        if !self.unread.is_empty() {
            return self.unread.remove(0);
        }
        // The first of the worst.
        let worst = self.remarks().min_by_key(|remark| Reverse(remark.severity));
        let Some(remark) = worst else {
            return Failure::input(
                "nothing-to-look-at",
                "the files hold nothing that is known here",
                "give files with certificates, CRLs, keys or requests",
            );
        };
        let kind = KINDS.iter().find(|kind| kind.id == remark.id);
        let sentence = format!("{}: {}", remark.subject, remark.summary);
        Failure::input(remark.id, sentence, kind.map_or("", |kind| kind.page))
    }
}

/// The name of a file for people.
fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "stdin".into() } else { path.display().to_string() }
}

/// The octets of a file, or of standard input; a little more than is looked at, when it is long.
pub(super) fn octets(path: &Path) -> Result<SecretBytes, Failure> {
    let mut octets = Vec::new();
    let limit = FILE_BYTES_MAX as u64 + 1;
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(limit).read_to_end(&mut octets)
    } else {
        match open(path) {
            Ok(Some(file)) => file.take(limit).read_to_end(&mut octets),
            Ok(None) => return Err(not_regular(path)),
            Err(error) => Err(error),
        }
    };
    match read {
        Ok(_) => Ok(SecretBytes::from(octets)),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Opens a file; `None` for what is no regular file: a pipe is not waited for and a device not
/// read. What the shell hands over as an open pipe, `<(command)`, is read as it is.
fn open(path: &Path) -> io::Result<Option<File>> {
    let handed_over = ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.starts_with(folder));
    if handed_over || path == Path::new("/dev/stdin") {
        return File::open(path).map(Some);
    }
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).expect("invariant: a flag fits an int");
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let kind = file.metadata()?;
    // Reading a folder fails, and says that it is one.
    Ok((kind.is_file() || kind.is_dir()).then_some(file))
}

fn not_regular(path: &Path) -> Failure {
    Failure::input(
        "file-not-regular",
        format!("{} is a pipe or a device, not a file", path.display()),
        "give a file, or pipe it to standard input and name it -",
    )
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::IsADirectory => Failure::input(
            "file-is-folder",
            format!("{path} is a folder"),
            format!("give the files in it, for example {path}/*.pem"),
        ),
        io::ErrorKind::NotFound => Failure::unseen(
            "file-missing",
            format!("{path} does not exist"),
            "check the name of the file",
        ),
        _ => Failure::unseen(
            "file-unreadable",
            format!("{path} cannot be read: {error}"),
            "check who may read the file",
        ),
    }
}

/// A remark as one line, with where the rule stands.
pub fn line(remark: &Remark) -> String {
    format!("{remark} ({})", remark.reference)
}

/// The file that a remark is about: remarks name a place in it.
pub fn file_of<'a>(sourced: &'a Sourced, remark: &Remark) -> &'a str {
    let names = sourced.readings.iter().map(|(name, _)| name.as_str());
    let fitting = names.filter(|name| {
        let rest = remark.subject.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    fitting.max_by_key(|name| name.len()).unwrap_or_default()
}

/// What every remark about a file can be.
pub fn kinds() -> &'static [&'static counterfoil_remark::Kind] {
    file::KINDS
}
