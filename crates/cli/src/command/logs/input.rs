//! What is read: files, folders of them and standard input; plain, gzip or zstd.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use ruzstd::decoding::StreamingDecoder;

use counterfoil_logs::limit::{FILES_MAX, HEAD_BYTES_MAX};

use super::rotation::{self, Age};
use crate::failure::Failure;

/// Octets that are asked of the system at once.
const READ_BYTES: usize = 256 * 1024;
/// Endings of files in a folder that are no logs.
const NO_LOGS: [&str; 8] =
    ["sqlite", "sqlite-wal", "sqlite-shm", "pem", "toml", "key", "lock", "pid"];

/// Where to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Standard input.
    Standard,
    /// A file, a pipe, or a device.
    File(PathBuf),
}

/// A place that was opened: its first octets, and the rest.
pub struct Input {
    /// Its name, for people.
    pub name: String,
    /// Its first octets, decompressed.
    pub head: Vec<u8>,
    /// What follows them.
    pub rest: Box<dyn Read + Send>,
    /// When it was last written, or now.
    pub written: Timestamp,
}

impl Place {
    /// The name, for people.
    pub fn name(&self) -> String {
        match self {
            Self::Standard => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// Whether it can be read a second time.
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::File(path) if path.is_file())
    }
}

/// The places that the arguments name, parts of rotated sets in the order of time.
pub fn places(arguments: &[String]) -> Result<Vec<Place>, Failure> {
    let mut found = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if argument == "-" {
            found.push(Place::Standard);
        } else if path.is_dir() {
            found.extend(folder(path)?);
        } else {
            found.push(Place::File(path.to_path_buf()));
        }
    }
    if found.len() > FILES_MAX {
        let sentence = format!("{} files are more than {FILES_MAX}", found.len());
        return Err(Failure::input(
            "log-files-too-many",
            sentence,
            "give fewer, or join them first",
        ));
    }
    Ok(in_order(found))
}

/// The logs of a folder, those of its `log` folder when it is a party's.
fn folder(path: &Path) -> Result<Vec<Place>, Failure> {
    let unseen = |error: io::Error| {
        let sentence = format!("the folder {} cannot be read: {error}", path.display());
        Failure::unseen("folder-unreadable", sentence, "check its path and permissions")
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unseen)? {
        let file = entry.map_err(unseen)?.path();
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let is_hidden = name.is_none_or(|name| name.starts_with('.'));
        let ending = file.extension().map(|ending| ending.to_string_lossy().into_owned());
        let is_other = ending.is_some_and(|ending| NO_LOGS.contains(&ending.as_str()));
        if file.is_file() && !is_hidden && !is_other {
            files.push(file);
        }
    }
    if files.is_empty() {
        let sentence = format!("the folder {} holds no log files", path.display());
        return Err(Failure::input(
            "folder-without-logs",
            sentence,
            "name the folder that holds them",
        ));
    }
    files.sort();
    Ok(files.into_iter().map(Place::File).collect())
}

/// Sets in the order in which they came, each with its oldest part first; nothing twice.
fn in_order(places: Vec<Place>) -> Vec<Place> {
    let mut sets: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut keyed: Vec<(usize, Age, Place)> = Vec::new();
    for place in places {
        if !seen.insert(place.name()) {
            continue;
        }
        let (set, age) = rotation::of(&place.name());
        let index = sets.iter().position(|known| *known == set).unwrap_or_else(|| {
            sets.push(set);
            sets.len() - 1
        });
        keyed.push((index, age, place));
    }
    keyed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    keyed.into_iter().map(|(_, _, place)| place).collect()
}

impl Input {
    /// Opens a place and reads its first octets.
    pub fn open(place: &Place) -> Result<Self, Failure> {
        let name = place.name();
        let unseen = |error: &io::Error| {
            let sentence = format!("{name} cannot be read: {error}");
            Failure::unseen(
                "log-unreadable",
                sentence,
                "check the path, its permissions and, if compressed, the file",
            )
        };
        let (raw, written): (Box<dyn Read + Send>, _) = match place {
            Place::Standard => (Box::new(io::stdin()), None),
            Place::File(path) => {
                let file = File::open(path).map_err(|error| unseen(&error))?;
                let written = file.metadata().and_then(|data| data.modified()).ok();
                (Box::new(file), written)
            }
        };
        let written = written.and_then(|time| Timestamp::try_from(time).ok());
        let mut rest = plain(raw).map_err(|error| unseen(&error))?;
        let mut head = Vec::new();
        let limit = HEAD_BYTES_MAX as u64;
        if let Err(error) = rest.by_ref().take(limit).read_to_end(&mut head) {
            if head.is_empty() {
                return Err(unseen(&error));
            }
            // What came before the damage is read; the damage is told where it is.
            rest = Box::new(Damaged(Some(error)));
        }
        Ok(Self { name, head, rest, written: written.unwrap_or_else(Timestamp::now) })
    }
}

/// What is left of a file that cannot be read further.
struct Damaged(Option<io::Error>);

impl Read for Damaged {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A reader of what is in a file that may be compressed.
fn plain(raw: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut raw = BufReader::with_capacity(READ_BYTES, raw);
    let start = raw.fill_buf()?;
    Ok(match start {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(raw)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(Frames::new(raw)?),
        _ => Box::new(raw),
    })
}

/// The frames of a zstd file, one after another (RFC 8878 section 3).
struct Frames<R: BufRead> {
    decoder: Option<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> io::Result<Self> {
        let decoder = StreamingDecoder::new(source).map_err(io::Error::other)?;
        Ok(Self { decoder: Some(decoder) })
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(decoder) = &mut self.decoder else { return Ok(0) };
            let len = decoder.read(buffer)?;
            if len > 0 || buffer.is_empty() {
                return Ok(len);
            }
            let mut source = match self.decoder.take() {
                Some(decoder) => decoder.into_inner(),
                None => return Ok(0),
            };
            if source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            self.decoder = Some(StreamingDecoder::new(source).map_err(io::Error::other)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_sets_stand_in_order_and_sets_as_they_came() {
        let given = ["b.log", "a.log", "a.log.1", "b.log.1", "a.log.2.gz", "a.log"];
        let places = given.map(|name| Place::File(name.into())).to_vec();
        let names: Vec<String> = in_order(places).iter().map(Place::name).collect();
        assert_eq!(names, ["b.log.1", "b.log", "a.log.2.gz", "a.log.1", "a.log"]);
    }
}
