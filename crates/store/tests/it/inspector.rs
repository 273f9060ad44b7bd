//! Reading beside the party that serves.

use jiff::Timestamp;

use counterfoil_party::records::{Direction, JournalEntry, Records as _};
use counterfoil_secret::Report as _;
use counterfoil_store::{Inspector, Storage as _, Store};

fn entry(message: &str, xid: Option<&str>, rrpid: Option<&str>) -> JournalEntry {
    JournalEntry {
        at: "2026-07-01T12:00:00.000001Z".parse::<Timestamp>().unwrap(),
        direction: if message.ends_with("Res") { Direction::Sent } else { Direction::Received },
        message: message.into(),
        xid: xid.map(Into::into),
        rrpid: rrpid.map(Into::into),
        peer: "127.0.0.1".into(),
        body: vec![0x30, 0x00],
    }
}

#[test]
fn journal_is_found_by_purchase_and_by_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut store = Store::open(&path).unwrap();
    let written = [
        entry("PReq", Some("aa"), Some("01")),
        entry("AuthReq", Some("aa"), Some("02")),
        entry("PReq", Some("bb"), Some("03")),
        entry("AuthRes", Some("aa"), Some("02")),
        entry("0800", None, None),
        entry("CertReq", None, Some("04")),
        entry("CertRes", None, Some("04")),
    ];
    for entry in written.clone() {
        store.journal(entry);
    }
    store.finish_input(true).unwrap();
    let inspector = Inspector::open(&path).unwrap();
    assert_eq!(inspector.journal_after(0, 9).unwrap(), vec![], "not committed yet");
    store.commit().unwrap();

    let lines = inspector.journal_after(0, 9).unwrap();
    assert_eq!(lines.iter().map(|line| line.entry.clone()).collect::<Vec<_>>(), written);
    let names = |lines: Vec<counterfoil_store::JournalLine>| {
        lines.iter().map(|line| line.entry.message.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(inspector.journal_of_purchase("aa").unwrap()), "PReq AuthReq AuthRes");
    assert_eq!(names(inspector.journal_of_exchange("04").unwrap()), "CertReq CertRes");
    assert_eq!(names(inspector.journal_of_exchange("02").unwrap()), "", "found by its purchase");
    assert_eq!(names(inspector.journal_after(lines[2].seq, 1).unwrap()), "AuthRes");

    let heads = inspector.journal_heads(None, 3).unwrap();
    assert!(heads.iter().all(|line| line.entry.body.is_empty()));
    assert_eq!(heads[0].entry.rrpid, lines[6].entry.rrpid);
    assert_eq!(names(heads.clone()), "CertRes CertReq 0800");
    assert_eq!(names(inspector.journal_heads(Some(heads[2].seq), 1).unwrap()), "AuthRes");
}

#[test]
fn alarms_are_read_earliest_first_and_only_those_that_are_due() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut store = Store::open(&path).unwrap();
    let at = |second| Some(jiff::Timestamp::from_second(second).unwrap());
    store.set_alarm("purchase", b"b", at(30));
    store.set_alarm("purchase", b"a", at(20));
    store.set_alarm("link", b"echo", at(90));
    store.finish_input(true).unwrap();
    store.commit().unwrap();
    let inspector = Inspector::open(&path).unwrap();
    let told = |until: i64, limit: usize| {
        let alarms = inspector.alarms(at(until).unwrap(), limit).unwrap();
        let told = alarms.iter().map(|alarm| {
            format!("{} {} {}", alarm.at.as_second(), alarm.table, alarm.key.escape_ascii())
        });
        told.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(told(60, 9), "20 purchase a, 30 purchase b");
    assert_eq!(told(99, 1), "20 purchase a");
    assert_eq!(told(10, 9), "");
}

#[test]
fn records_are_read_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut store = Store::open(&path).unwrap();
    for key in ["a1", "a2", "a3", "b1"] {
        store.put("order", key.as_bytes(), key.to_uppercase().into());
    }
    store.put("purchase", b"x", vec![1]);
    store.finish_input(true).unwrap();
    store.commit().unwrap();
    let inspector = Inspector::open(&path).unwrap();
    let keys = |rows: Vec<(Vec<u8>, Vec<u8>)>| {
        rows.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(keys(inspector.records("order", b"a", None, 2).unwrap()), ["a1", "a2"]);
    assert_eq!(keys(inspector.records("order", b"a", Some(b"a2"), 2).unwrap()), ["a3"]);
    assert_eq!(inspector.record("order", b"b1").unwrap(), Some(b"B1".to_vec()));
    assert_eq!(inspector.record("order", b"c1").unwrap(), None);
    assert_eq!(inspector.tables().unwrap(), [("order".into(), 4), ("purchase".into(), 1)]);
    assert_eq!(inspector.check().unwrap(), Vec::<String>::new());
}

#[test]
fn reads_a_closed_file_and_does_not_create_an_absent_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    assert_eq!(Inspector::open(&path).unwrap_err().id(), "store-cannot-open");
    assert!(!path.exists());
    let mut store = Store::open(&path).unwrap();
    store.put("t", b"k", vec![1]);
    store.finish_input(true).unwrap();
    store.commit().unwrap();
    drop(store);
    assert_eq!(Inspector::open(&path).unwrap().record("t", b"k").unwrap(), Some(vec![1]));
}

#[test]
fn a_backup_is_whole_private_and_of_one_moment() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("state.sqlite"), folder.path().join("backup.sqlite"));
    let mut store = Store::open(&path).unwrap();
    store.put("purchase", b"x", vec![1]);
    store.finish_input(true).unwrap();
    store.commit().unwrap();
    let inspector = Inspector::open(&path).unwrap();
    inspector.copy_to(&backup).unwrap();
    store.put("purchase", b"y", vec![2]);
    store.finish_input(true).unwrap();
    store.commit().unwrap();
    assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(inspector.copy_to(&backup).is_err(), "it is not written over");
    let copied = Inspector::open(&backup).unwrap();
    assert_eq!(copied.tables().unwrap(), [("purchase".into(), 1)]);
    assert_eq!(copied.check().unwrap(), Vec::<String>::new());
    Store::open(&backup).unwrap();
}
