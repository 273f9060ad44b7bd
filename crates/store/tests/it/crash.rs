//! A process is killed at random points while it writes; what it acknowledged is there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use counterfoil_party::records::Records as _;
use counterfoil_store::{Inspector, Storage as _, Store};

/// Names the data folder for the child, and marks the process as one.
const FOLDER_VARIABLE: &str = "COUNTERFOIL_STORE_CRASH_FOLDER";
const ROUNDS: u64 = 12;
/// Records that each input writes; all of them or none are there.
const RECORDS_PER_INPUT: u64 = 3;
/// Inputs that share a commit.
const INPUTS_PER_COMMIT: u64 = 4;

/// Not a test of its own: does the writing when this binary runs itself.
#[test]
fn child_writes_until_killed() {
    let Ok(folder) = std::env::var(FOLDER_VARIABLE) else { return };
    let mut store = Store::open(&Path::new(&folder).join("state.sqlite")).unwrap();
    let mut input = read_count(&store);
    let mut stdout = std::io::stdout();
    loop {
        for _ in 0..INPUTS_PER_COMMIT {
            input += 1;
            store.begin_input();
            for part in 0..RECORDS_PER_INPUT {
                let key = [input.to_be_bytes(), part.to_be_bytes()].concat();
                store.put("written", &key, vec![0x5a; 600]);
            }
            store.put("count", b"", input.to_be_bytes().to_vec());
            store.finish_input(true).unwrap();
        }
        store.commit().unwrap();
        writeln!(stdout, "\nacknowledged {input}").unwrap();
    }
}

fn read_count(store: &Store) -> u64 {
    let count = store.get("count", b"").unwrap();
    count.map_or(0, |octets| u64::from_be_bytes(octets.try_into().unwrap()))
}

/// Runs the child, kills it after it acknowledged `lines` times and then some, and returns the
/// last acknowledgement that was seen.
fn run_and_kill(folder: &Path, lines: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child_writes_until_killed", "--exact", "--nocapture"])
        .env(FOLDER_VARIABLE, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = 0;
    let mut seen = 0;
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap() == 0 {
            break;
        }
        if let Some(input) = line.trim().strip_prefix("acknowledged ") {
            acknowledged = input.parse().unwrap();
            seen += 1;
            if seen == lines {
                // The child goes on meanwhile, so the kill meets it anywhere in its loop.
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
    assert!(seen >= lines, "the child ended by itself");
    acknowledged
}

#[test]
fn acknowledged_writes_survive_sigkill_at_random_points() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    for round in 1..=ROUNDS {
        let acknowledged = run_and_kill(folder.path(), round * 7 % 11 + 1);
        let store = Store::open(&path).unwrap();
        let count = read_count(&store);
        assert!(count >= acknowledged, "round {round}: {count} of {acknowledged}");
        assert_eq!(count % INPUTS_PER_COMMIT, 0, "a commit is whole or not there");
        let first = (count - INPUTS_PER_COMMIT + 1).to_be_bytes();
        let rows = store.scan("written", &[], Some(&first), 100).unwrap();
        assert_eq!(rows.len() as u64, INPUTS_PER_COMMIT * RECORDS_PER_INPUT);
        drop(store);
        let inspector = Inspector::open(&path).unwrap();
        assert_eq!(inspector.tables().unwrap()[1].1, count * RECORDS_PER_INPUT);
        assert_eq!(inspector.check().unwrap(), Vec::<String>::new());
    }
}
