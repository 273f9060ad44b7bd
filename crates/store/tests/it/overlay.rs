//! What an input reads, and what is there after it was kept or dropped.

use jiff::Timestamp;

use counterfoil_party::records::Records;
use counterfoil_store::{Storage as _, Store};

/// Runs a script of lines against a store and returns what it read, one line each.
///
/// `put K V`, `del K`, `get K`, `scan PREFIX AFTER LIMIT` (`-` for none), `alarm K SECONDS`,
/// `unalarm K`, `due SECONDS LIMIT`, `next`, `keep`, `drop`, `commit`.
fn run(script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("state.sqlite")).unwrap();
    store.begin_input();
    let mut read = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(text) = step(&mut store, line) {
            read.push_str(&text);
            read.push('\n');
        }
    }
    read
}

fn step(store: &mut Store, line: &str) -> Option<String> {
    let second = |text: &str| Timestamp::from_second(text.parse().unwrap()).unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["put", key, value] => store.put("t", key.as_bytes(), value.into()),
        ["del", key] => store.remove("t", key.as_bytes()),
        ["alarm", key, at] => store.set_alarm("t", key.as_bytes(), Some(second(at))),
        ["unalarm", key] => store.set_alarm("t", key.as_bytes(), None),
        ["keep"] => store.finish_input(true).unwrap(),
        ["drop"] => store.finish_input(false).unwrap(),
        ["commit"] => store.commit().unwrap(),
        ["get", key] => {
            let value = store.get("t", key.as_bytes()).unwrap();
            return Some(value.map_or("none".into(), text));
        }
        ["scan", prefix, after, limit] => {
            let prefix = if prefix == "-" { "" } else { prefix };
            let after = (after != "-").then_some(after.as_bytes());
            let rows = store.scan("t", prefix.as_bytes(), after, limit.parse().unwrap()).unwrap();
            let rows: Vec<_> =
                rows.into_iter().map(|(key, value)| text(key) + "=" + &text(value)).collect();
            return Some(rows.join(" "));
        }
        ["due", at, limit] => {
            let due = store.due(second(at), limit.parse().unwrap()).unwrap();
            let keys: Vec<_> = due.into_iter().map(|(_, key)| text(key)).collect();
            return Some(keys.join(" "));
        }
        ["next"] => {
            let at = store.next_alarm().unwrap();
            return Some(at.map_or("none".into(), |at| at.as_second().to_string()));
        }
        _ => panic!("no such step: {line}"),
    }
    None
}

fn check(script: &str, expect: &[&str]) {
    assert_eq!(run(script).lines().collect::<Vec<_>>(), expect, "{script}");
}

#[test]
fn input_reads_what_it_wrote() {
    check("put a 1\n get a\n del a\n get a", &["1", "none"]);
}

#[test]
fn next_input_reads_what_a_kept_one_wrote() {
    check("put a 1\n keep\n get a\n put a 2\n get a\n keep\n commit\n get a", &["1", "2", "2"]);
}

#[test]
fn dropped_input_leaves_nothing() {
    check(
        "put a 1\n alarm a 5\n keep\n put a 2\n put b 3\n unalarm a\n drop
         get a\n get b\n next\n commit\n get a\n get b\n next",
        &["1", "none", "5", "1", "none", "5"],
    );
}

#[test]
fn dropped_input_leaves_kept_ones_of_the_same_transaction() {
    check("put a 1\n keep\n put b 2\n drop\n put c 3\n keep\n commit\n scan - - 9", &["a=1 c=3"]);
}

#[test]
fn scan_merges_the_buffer_in_key_order() {
    let stored = "put b 1\n put d 1\n put f 1\n keep\n commit\n";
    let cases: &[(&str, &str, &str)] = &[
        ("", "scan - - 9", "b=1 d=1 f=1"),
        ("put a 2\n put c 2\n put g 2\n", "scan - - 9", "a=2 b=1 c=2 d=1 f=1 g=2"),
        ("put d 2\n", "scan - - 9", "b=1 d=2 f=1"),
        ("del d\n", "scan - - 9", "b=1 f=1"),
        ("del b\n del d\n del f\n", "scan - - 9", ""),
        ("del b\n del d\n del f\n put e 2\n", "scan - - 9", "e=2"),
        ("del b\n put c 2\n", "scan - - 2", "c=2 d=1"),
        ("put c 2\n", "scan - b 2", "c=2 d=1"),
        ("put c 2\n", "scan - c 9", "d=1 f=1"),
        ("put e 2\n", "scan - d 1", "e=2"),
        ("put a 2\n", "scan - - 0", ""),
        ("del x\n", "scan - f 9", ""),
    ];
    for (buffered, scan, expect) in cases {
        check(&format!("{stored}{buffered}{scan}"), &[expect]);
    }
}

#[test]
fn scan_stays_within_its_prefix() {
    let stored = "put a 0\n put k1 1\n put k2 2\n put l 3\n keep\n commit\n";
    let cases: &[(&str, &str, &str)] = &[
        ("", "scan k - 9", "k1=1 k2=2"),
        ("put j 9\n put k 9\n put k3 9\n put l1 9\n", "scan k - 9", "k=9 k1=1 k2=2 k3=9"),
        ("", "scan k k1 9", "k2=2"),
        ("", "scan k a 9", "k1=1 k2=2"),
        ("", "scan k z 9", ""),
    ];
    for (buffered, scan, expect) in cases {
        check(&format!("{stored}{buffered}{scan}"), &[expect]);
    }
}

#[test]
fn scan_of_a_prefix_of_highest_octets_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("state.sqlite")).unwrap();
    store.put("t", &[0xff, 0xff], vec![1]);
    store.put("u", &[0], vec![2]);
    store.finish_input(true).unwrap();
    let rows = store.scan("t", &[0xff], None, 9).unwrap();
    assert_eq!(rows, vec![(vec![0xff, 0xff], vec![1])]);
}

#[test]
fn alarms_merge_earliest_first() {
    let stored = "alarm a 10\n alarm b 20\n alarm c 30\n keep\n commit\n";
    let cases: &[(&str, &str, &str)] = &[
        ("", "due 20 9", "a b"),
        ("", "due 9 9", ""),
        ("", "next", "10"),
        ("unalarm a\n", "due 30 9", "b c"),
        ("unalarm a\n", "next", "20"),
        ("alarm a 40\n", "due 30 9", "b c"),
        ("alarm c 5\n", "due 30 9", "c a b"),
        ("alarm c 5\n", "next", "5"),
        ("alarm d 15\n", "due 30 2", "a d"),
        ("alarm d 15\n unalarm a\n", "next", "15"),
        ("unalarm a\n unalarm b\n unalarm c\n", "next", "none"),
    ];
    for (buffered, read, expect) in cases {
        check(&format!("{stored}{buffered}{read}"), &[expect]);
    }
}

#[test]
fn everything_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut store = Store::open(&path).unwrap();
    store.put("t", b"k", b"v".to_vec());
    store.set_alarm("t", b"k", Some(Timestamp::from_second(7).unwrap()));
    store.finish_input(true).unwrap();
    store.commit().unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.get("t", b"k").unwrap(), Some(b"v".to_vec()));
    assert_eq!(store.next_alarm().unwrap(), Some(Timestamp::from_second(7).unwrap()));
}

#[test]
fn uncommitted_input_is_gone_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let mut store = Store::open(&path).unwrap();
    store.put("t", b"k", b"v".to_vec());
    store.finish_input(true).unwrap();
    drop(store);
    assert_eq!(Store::open(&path).unwrap().get("t", b"k").unwrap(), None);
}
