//! Facts: what was observed, where and when. One kind of fact is one file and one line in
//! [`KINDS`].

pub mod backlog;
pub mod books;
pub mod chain;
pub mod clock;
pub mod fetched_list;
pub mod file;
pub mod flow;
pub mod folder;
pub mod key;
pub mod key_check;
pub mod leaked_keys;
pub mod link;
pub mod list;
pub mod log_event;
pub mod old_hello;
pub mod party;
pub mod passage;
pub mod pressure;
pub mod process;
pub mod program;
pub mod readiness;
pub mod recorded;
pub mod reverified;
pub mod setting;
pub mod starts;
pub mod tls_probe;
pub mod traffic;
pub mod unseen;

use std::ops::Deref;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use backlog::Backlog;
pub use books::{Books, Payment, PaymentState};
pub use chain::Chain;
pub use clock::ClockSeen;
pub use fetched_list::{Fetched, FetchedList};
pub use file::FileSeen;
pub use flow::{Flow, Outcomes, StepTimes, Times};
pub use folder::{Disk, FolderSeen};
pub use key::KeySeen;
pub use key_check::KeyCheck;
pub use leaked_keys::LeakedKeys;
pub use link::{Link, Outcome};
pub use list::{List, ListForm};
pub use log_event::LogEvent;
pub use old_hello::OldHello;
pub use party::{PartySeen, Role, State};
pub use passage::{Passage, Passed};
pub use pressure::{Pressure, Source};
pub use process::ProcessSeen;
pub use program::Program;
pub use readiness::Readiness;
pub use recorded::Recorded;
pub use reverified::{AnsweredTwice, Flaw, FlawedRequest, Reverified, SharedSalt};
pub use setting::Settings;
pub use starts::Starts;
pub use tls_probe::{TlsProbe, TlsRemark};
pub use traffic::Traffic;
pub use unseen::Unseen;

/// One thing that was observed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What kind of thing: [`Observation::KIND`].
    pub kind: String,
    /// The party that it is about; empty for the deployment as a whole.
    pub party: String,
    /// Where it was seen: `gateway/certs/tls.pem`, `merchant -> gateway`.
    pub source: String,
    /// When.
    pub at: Timestamp,
    /// What was seen, in the shape of its kind.
    pub seen: Value,
}

/// The shape of one kind of fact.
pub trait Observation: Serialize + DeserializeOwned {
    /// The kind's name, in kebab-case.
    const KIND: &'static str;
}

/// A kind of fact, as bundles are checked for it.
pub struct KindEntry {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with a value of this kind, if anything is.
    pub check: fn(&Value) -> Result<(), String>,
}

/// Every kind of fact.
pub static KINDS: &[KindEntry] = &[
    kind::<PartySeen>(),
    kind::<Settings>(),
    kind::<FileSeen>(),
    kind::<Chain>(),
    kind::<KeySeen>(),
    kind::<List>(),
    kind::<Link>(),
    kind::<Passage>(),
    kind::<Pressure>(),
    kind::<Program>(),
    kind::<LogEvent>(),
    kind::<Traffic>(),
    kind::<Recorded>(),
    kind::<Books>(),
    kind::<Readiness>(),
    kind::<Starts>(),
    kind::<Backlog>(),
    kind::<Flow>(),
    kind::<LeakedKeys>(),
    kind::<FetchedList>(),
    kind::<OldHello>(),
    kind::<TlsProbe>(),
    kind::<Reverified>(),
    kind::<ClockSeen>(),
    kind::<FolderSeen>(),
    kind::<KeyCheck>(),
    kind::<ProcessSeen>(),
    kind::<Unseen>(),
];

const fn kind<T: Observation>() -> KindEntry {
    KindEntry {
        name: T::KIND,
        check: |value| T::deserialize(value).map(drop).map_err(|error| error.to_string()),
    }
}

impl Fact {
    /// A fact of one kind.
    pub fn of<T: Observation>(
        party: impl Into<String>,
        source: impl Into<String>,
        at: Timestamp,
        seen: &T,
    ) -> Self {
        let seen = serde_json::to_value(seen)
            .expect("invariant: shapes of facts have text keys and finite numbers");
        Self { kind: T::KIND.to_owned(), party: party.into(), source: source.into(), at, seen }
    }
}

/// A fact of a known kind.
#[derive(Debug, Clone)]
pub struct Seen<'a, T> {
    /// The party that it is about.
    pub party: &'a str,
    /// Where it was seen.
    pub source: &'a str,
    /// When.
    pub at: Timestamp,
    /// What was seen.
    pub value: T,
}

impl<T> Deref for Seen<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Everything that was observed, in an order that does not depend on who gathered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    now: Timestamp,
    all: Vec<Fact>,
}

impl Facts {
    /// Facts as of `now`, the time of the diagnosis.
    pub fn new(now: Timestamp, mut all: Vec<Fact>) -> Self {
        let key = |fact: &Fact| {
            let seen = fact.seen.to_string();
            (fact.kind.clone(), fact.party.clone(), fact.source.clone(), fact.at, seen)
        };
        all.sort_by_cached_key(key);
        all.dedup();
        Self { now, all }
    }

    /// The time of the diagnosis.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// All of them.
    pub fn all(&self) -> &[Fact] {
        &self.all
    }

    /// The same with more facts.
    #[must_use]
    pub fn with(self, more: Vec<Fact>) -> Self {
        Self::new(self.now, [self.all, more].concat())
    }

    /// All of one kind, by party and source.
    pub fn of<T: Observation>(&self) -> Vec<Seen<'_, T>> {
        let from = self.all.partition_point(|fact| fact.kind.as_str() < T::KIND);
        let of_kind = self.all[from..].iter().take_while(|fact| fact.kind == T::KIND);
        // A value of another shape cannot come from a bundle: those are checked when read.
        of_kind
            .filter_map(|fact| {
                let value = T::deserialize(&fact.seen).ok()?;
                Some(Seen { party: &fact.party, source: &fact.source, at: fact.at, value })
            })
            .collect()
    }

    /// Those of one kind about one party.
    pub fn about<T: Observation>(&self, party: &str) -> Vec<Seen<'_, T>> {
        self.of::<T>().into_iter().filter(|seen| seen.party == party).collect()
    }

    /// The one of a kind at a source.
    pub fn at<T: Observation>(&self, source: &str) -> Option<Seen<'_, T>> {
        self.of::<T>().into_iter().find(|seen| seen.source == source)
    }

    /// A party, by name.
    pub fn party(&self, name: &str) -> Option<Seen<'_, PartySeen>> {
        self.about::<PartySeen>(name).into_iter().next()
    }

    /// The parties with a role.
    pub fn parties(&self, role: Role) -> Vec<Seen<'_, PartySeen>> {
        self.of::<PartySeen>().into_iter().filter(|party| party.role == role).collect()
    }

    /// Was this kind of fact looked for at all?
    pub fn has(&self, kind: &str) -> bool {
        self.all.iter().any(|fact| fact.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unseen(what: &str) -> Fact {
        let seen = Unseen { kind: "file".into(), why: "it is locked".into() };
        Fact::of("gateway", what, Timestamp::UNIX_EPOCH, &seen)
    }

    #[test]
    fn the_order_of_gathering_and_repetition_do_not_count() {
        let (a, b) = (unseen("a"), unseen("b"));
        let facts = Facts::new(Timestamp::UNIX_EPOCH, vec![b.clone(), a.clone(), b.clone()]);
        assert_eq!(facts, Facts::new(Timestamp::UNIX_EPOCH, vec![a, b]));
        assert_eq!(facts.of::<Unseen>().len(), 2);
        assert!(facts.of::<FileSeen>().is_empty() && facts.has("unseen") && !facts.has("file"));
    }

    #[test]
    fn kinds_have_names_of_their_own() {
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len());
    }

    #[test]
    fn a_value_of_another_shape_is_told() {
        let entry = KINDS.iter().find(|kind| kind.name == Unseen::KIND).unwrap();
        assert!((entry.check)(&unseen("a").seen).is_ok());
        let said = (entry.check)(&serde_json::json!({"kind": "file"})).unwrap_err();
        assert_eq!(said, "missing field `why`");
    }
}
