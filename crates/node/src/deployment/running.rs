//! Which process serves from a party's folder, as the lock of its records says, and having it
//! read its files anew.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};

use crate::files::PartyFolder;
use crate::runner::reload::told;

/// Octets of a lock file that are read.
const HOLDER_BYTES_MAX: u64 = 64;
/// Octets of a log that are read at once.
const LOG_READ_BYTES_MAX: u64 = 1024 * 1024;
/// Time for a party to say what came of a reload, besides the time in which it ends what is begun.
const SAY_MS_MAX: u64 = 10_000;
/// Pause between two looks at a log.
const LOOK_MS: u64 = 20;

/// The process that serves from this folder, if one does.
pub fn process_of(folder: &PartyFolder) -> Option<Pid> {
    let mut path = folder.state().into_os_string();
    path.push(".lock");
    let file = std::fs::File::open(path).ok()?;
    if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
        // Nobody holds it: what stands in the file is of a process that has ended.
        return None;
    }
    let mut text = String::new();
    file.take(HOLDER_BYTES_MAX).read_to_string(&mut text).ok()?;
    Pid::from_raw(text.trim().strip_prefix("process ")?.parse().ok()?)
}

/// Has a process read its files anew; false when it is gone.
pub fn reload(process: Pid) -> bool {
    kill_process(process, Signal::HUP).is_ok()
}

/// What a party said of the files that it was told to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Settings that wait for the party's next start, by name.
    pub restart_needed: Vec<String>,
    /// Why files were refused: id, sentence, hint. What there was before stays in use.
    pub refused: Vec<Refused>,
    /// Whether the party has come to an end of it.
    pub is_done: bool,
}

/// Files that a party refused to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Stable id of the error.
    pub id: String,
    /// One sentence.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// Has a process read its files anew and waits for what its log says of it. A party first ends
/// what it has begun, for at most `drain`. None when the process is gone.
pub fn reload_and_hear(folder: &PartyFolder, process: Pid, drain: Duration) -> Option<Reloaded> {
    let mut log = LogTail::at_end(folder);
    if !reload(process) {
        return None;
    }
    let until = Instant::now() + drain + Duration::from_millis(SAY_MS_MAX);
    let mut heard = Reloaded::default();
    while !heard.is_done && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(LOOK_MS));
        log.new_lines().iter().for_each(|line| heard.hear(line));
    }
    Some(heard)
}

impl Reloaded {
    fn hear(&mut self, line: &str) {
        let Ok(event) = serde_json::from_str::<Value>(line) else { return };
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        let name = text("event");
        if name == told::RESTART_NEEDED {
            self.restart_needed = text("settings").split(", ").map(str::to_owned).collect();
        }
        if name == told::FILES_REFUSED || name == told::PARTY_REFUSED {
            let refused = Refused { id: text("id"), reason: text("cause"), hint: text("hint") };
            // The same file may be in the way of both.
            if !self.refused.contains(&refused) {
                self.refused.push(refused);
            }
        }
        self.is_done |= name == told::PARTY || name == told::PARTY_REFUSED;
    }
}

/// The lines that a party's log grows by.
struct LogTail {
    file: PathBuf,
    read: u64,
    /// A line that is not whole yet.
    begun: Vec<u8>,
}

impl LogTail {
    fn at_end(folder: &PartyFolder) -> Self {
        let file = folder.log().join(format!("{}.jsonl", folder.name()));
        let read = std::fs::metadata(&file).map_or(0, |metadata| metadata.len());
        Self { file, read, begun: Vec::new() }
    }

    fn new_lines(&mut self) -> Vec<String> {
        let Ok(mut file) = std::fs::File::open(&self.file) else { return Vec::new() };
        if file.metadata().is_ok_and(|metadata| metadata.len() < self.read) {
            // A new file was begun.
            self.read = 0;
            self.begun.clear();
        }
        let mut octets = Vec::new();
        let read = file
            .seek(SeekFrom::Start(self.read))
            .and_then(|_| file.take(LOG_READ_BYTES_MAX).read_to_end(&mut octets));
        self.read += read.unwrap_or(0) as u64;
        self.begun.append(&mut octets);
        let whole = self.begun.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.begun.drain(..whole).collect();
        String::from_utf8_lossy(&lines).lines().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_says_of_a_reload_is_heard() {
        let data = tempfile::tempdir().unwrap();
        let folder = PartyFolder::new(data.path(), "echo").unwrap();
        std::fs::create_dir_all(folder.log()).unwrap();
        let file = folder.log().join("echo.jsonl");
        let write = |text: &str| {
            use std::io::Write as _;
            let mut file =
                std::fs::OpenOptions::new().create(true).append(true).open(&file).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        write("{\"event\":\"party.reload_refused\",\"id\":\"old\"}\n");
        let mut log = LogTail::at_end(&folder);
        assert!(log.new_lines().is_empty());
        write(
            "{\"event\":\"files.restart_needed\",\"settings\":\"node.set.listen, node.log\"}\nnon",
        );
        write("sense\n{\"event\":\"party.reload_refused\",\"id\":\"x\",\"cau");
        let mut heard = Reloaded::default();
        log.new_lines().iter().for_each(|line| heard.hear(line));
        assert_eq!(heard.restart_needed, ["node.set.listen", "node.log"]);
        assert!(heard.refused.is_empty() && !heard.is_done);
        write("se\":\"why\",\"hint\":\"do\"}\n");
        log.new_lines().iter().for_each(|line| heard.hear(line));
        assert!(heard.is_done);
        assert_eq!((heard.refused[0].id.as_str(), heard.refused[0].reason.as_str()), ("x", "why"));
        std::fs::write(&file, "{\"event\":\"a\"}\n").unwrap();
        assert_eq!(log.new_lines(), ["{\"event\":\"a\"}"]);
    }
}
