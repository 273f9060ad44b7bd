//! Old lines of the journal go, and what points at them goes with them.

use jiff::Timestamp;

use counterfoil_party::records::{Direction, JournalEntry, Records as _};
use counterfoil_store::{Inspector, Settings, Storage as _, Store};

const DAY: i64 = 86_400;

/// A store that keeps its journal for 30 days, and what is in it.
struct Kept {
    _folder: tempfile::TempDir,
    store: Store,
}

impl Kept {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { journal_days_max: 30, ..Settings::default() };
        let store = Store::open_with(&folder.path().join("state.sqlite"), settings).unwrap();
        Self { _folder: folder, store }
    }

    /// One input on a day: a message that is journaled and kept as an answer, and a record.
    fn answer(&mut self, day: i64, number: u32) {
        self.write(day, number);
        self.store.finish_input(true).unwrap();
    }

    fn write(&mut self, day: i64, number: u32) {
        let body = vec![u8::try_from(number % 251).unwrap(); 2_000];
        self.store.begin_input();
        self.store.put("answer", &number.to_be_bytes(), body.clone());
        self.store.put("seen", &number.to_be_bytes(), b"digest".to_vec());
        self.store.journal(JournalEntry {
            at: Timestamp::from_second(day * DAY).unwrap(),
            direction: Direction::Sent,
            message: "AuthRes".into(),
            xid: None,
            rrpid: None,
            peer: "merchant".into(),
            body,
        });
    }

    fn lines(&self) -> usize {
        let journal = Inspector::open(self.store.path()).unwrap();
        journal.journal_after(0, 1_000).unwrap().len()
    }

    fn has(&self, table: &str, number: u32) -> bool {
        self.store.get(table, &number.to_be_bytes()).unwrap().is_some()
    }
}

#[test]
fn a_line_that_is_too_old_goes_with_its_answer_and_leaves_other_records() {
    let mut kept = Kept::new();
    kept.answer(0, 1);
    kept.answer(10, 2);
    kept.store.commit().unwrap();
    kept.answer(30, 3);
    kept.store.commit().unwrap();
    assert_eq!(kept.lines(), 3, "thirty days are kept");
    kept.answer(31, 4);
    kept.store.commit().unwrap();
    assert_eq!(kept.lines(), 3);
    assert_eq!([1, 2, 3, 4].map(|n| kept.has("answer", n)), [false, true, true, true]);
    assert_eq!([1, 2, 3, 4].map(|n| kept.has("seen", n)), [true; 4]);
}

#[test]
fn a_commit_removes_only_a_few_lines_for_each_that_it_adds() {
    let mut kept = Kept::new();
    for number in 0..100 {
        kept.answer(0, number);
    }
    kept.store.commit().unwrap();
    for (more, left) in [(100, 97), (101, 94), (102, 91)] {
        kept.answer(100, more);
        kept.store.commit().unwrap();
        assert_eq!(kept.lines(), left, "{more}");
    }
}

#[test]
fn nothing_is_removed_without_new_lines_or_when_the_input_is_dropped() {
    let mut kept = Kept::new();
    kept.answer(0, 1);
    kept.store.commit().unwrap();
    kept.store.begin_input();
    kept.store.put("t", b"k", vec![1]);
    kept.store.finish_input(true).unwrap();
    kept.store.commit().unwrap();
    kept.write(99, 2);
    kept.store.finish_input(false).unwrap();
    kept.store.commit().unwrap();
    assert_eq!(kept.lines(), 1);
    assert!(kept.has("answer", 1));
}
