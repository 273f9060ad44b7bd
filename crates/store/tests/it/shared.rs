//! What is a record and journaled in the same input is written once.

use jiff::Timestamp;

use counterfoil_party::records::{Direction, JournalEntry, Records as _};
use counterfoil_store::{Storage as _, Store};

/// Larger than what is worth a pointer.
const ANSWER: [u8; 900] = [0xa5; 900];

fn sent(body: &[u8]) -> JournalEntry {
    JournalEntry {
        at: Timestamp::UNIX_EPOCH,
        direction: Direction::Sent,
        message: "AuthRes".into(),
        xid: Some("aa".into()),
        rrpid: Some("01".into()),
        peer: "merchant".into(),
        body: body.to_vec(),
    }
}

/// A store with one input that keeps `value` and journals `body`, closed and opened again.
fn written(value: &[u8], body: &[u8]) -> (Store, usize, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut store = Store::open(&path).unwrap();
    store.put("answer", b"k", value.to_vec());
    store.journal(sent(body));
    store.finish_input(true).unwrap();
    store.commit().unwrap();
    drop(store);
    let octets = std::fs::read(&path).unwrap();
    let copies = octets.windows(body.len()).filter(|window| *window == body).count();
    (Store::open(&path).unwrap(), copies, folder)
}

#[test]
fn an_answer_that_was_journaled_is_stored_once_and_read_whole() {
    let (store, copies, _folder) = written(&ANSWER, &ANSWER);
    assert_eq!(copies, 1);
    assert_eq!(store.get("answer", b"k").unwrap().as_deref(), Some(&ANSWER[..]));
    assert_eq!(store.scan("answer", b"", None, 9).unwrap(), [(b"k".to_vec(), ANSWER.to_vec())]);
}

#[test]
fn a_record_that_differs_from_what_was_journaled_is_stored_itself() {
    let mut other = ANSWER;
    other[899] = 0;
    let (store, _, _folder) = written(&other, &ANSWER);
    assert_eq!(store.get("answer", b"k").unwrap().as_deref(), Some(&other[..]));
}

#[test]
fn a_record_that_is_written_again_points_nowhere() {
    let (mut store, _, _folder) = written(&ANSWER, &ANSWER);
    store.put("answer", b"k", b"new".to_vec());
    store.finish_input(true).unwrap();
    store.commit().unwrap();
    assert_eq!(store.get("answer", b"k").unwrap().as_deref(), Some(&b"new"[..]));
}
