//! Same bytes in, same answer out: the stored answers of a party.
//!
//! Duplicate detection uses only the RRPID of the clear header and the octets of the whole
//! message, before any public-key operation (SET 1.0 Book 2, error processing). A repeated
//! request gets the stored answer and causes nothing twice; a known RRPID with other bytes is
//! refused.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use counterfoil_crypto::digest::sha256;

use crate::machine::{Output, ReplyTo};
use crate::records::{Octets, Records, RecordsError, Table};

/// Most requests of one party that may wait for an answer at the same time.
pub const OPEN_REQUESTS_MAX: usize = 10_000;

/// Days after which a request that has no stored answer is taken for one whose answer was removed
/// with its line of the journal. No journal is kept for less.
pub const ANSWER_DAYS_MIN: i64 = 30;

/// Most connections that may wait for the answer to one and the same request.
pub const WAITERS_PER_REQUEST_MAX: usize = 4;

const SEEN: Table<Seen> = Table::new("seen");

/// Answers, by RRPID, as the octets that they are: the largest thing that a request leaves
/// behind is written once and not turned into text.
const ANSWERS: &str = "answer";

/// A request that was received, by its RRPID.
#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    /// SHA-256 over the whole message.
    digest: Octets,
    /// When it came first.
    at: Timestamp,
}

/// What a request is, judged by its RRPID and its bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Never seen: process it.
    New,
    /// Answered before: send these bytes again.
    Answered(Vec<u8>),
    /// Answered so long ago that the answer is not kept any more. The id stays taken: a request
    /// that came before is never processed anew.
    Forgotten,
    /// Seen, and its answer is still being worked on.
    InProgress,
    /// The RRPID is known and the bytes are others: a replay with changes.
    Altered,
}

/// Judges a request and, if it is new, remembers it.
///
/// # Errors
/// [`RecordsError`] from storage.
pub fn arrive(
    records: &mut dyn Records,
    rrpid: &[u8],
    body: &[u8],
    now: Timestamp,
) -> Result<Arrival, RecordsError> {
    let digest = sha256(body);
    let Some(seen) = SEEN.get(records, rrpid)? else {
        SEEN.put(records, rrpid, &Seen { digest: Octets(digest.to_vec()), at: now });
        return Ok(Arrival::New);
    };
    if seen.digest.0 != digest {
        return Ok(Arrival::Altered);
    }
    let kept_at_least = SignedDuration::from_hours(24 * ANSWER_DAYS_MIN);
    Ok(match records.get(ANSWERS, rrpid)? {
        Some(answer) => Arrival::Answered(answer),
        None if now.duration_since(seen.at) > kept_at_least => Arrival::Forgotten,
        None => Arrival::InProgress,
    })
}

/// Stores the answer to a request that [`arrive`] has judged new.
///
/// # Errors
/// [`RecordsError`] from storage, or when the request was never judged.
pub fn store_answer(
    records: &mut dyn Records,
    rrpid: &[u8],
    answer: &[u8],
) -> Result<(), RecordsError> {
    if records.get(SEEN.name, rrpid)?.is_none() {
        return Err(RecordsError {
            attempt: "store an answer".into(),
            cause: format!("no request with RRPID {} was received", hex::encode(rrpid)),
        });
    }
    records.put(ANSWERS, rrpid, answer.to_vec());
    Ok(())
}

/// Forgets a request that could not be processed for a reason that may pass, so that the same
/// bytes are processed when they come again.
pub fn forget(records: &mut dyn Records, rrpid: &[u8]) {
    SEEN.remove(records, rrpid);
}

/// Connections that wait for answers. Volatile: after a crash the peers ask again.
#[derive(Debug, Default)]
pub struct Waiting {
    by_rrpid: BTreeMap<Vec<u8>, Vec<ReplyTo>>,
}

impl Waiting {
    /// Adds a connection; `false` when a limit is reached and the connection must be dropped.
    #[must_use]
    pub fn add(&mut self, rrpid: &[u8], reply_to: ReplyTo) -> bool {
        if !self.by_rrpid.contains_key(rrpid) && self.by_rrpid.len() >= OPEN_REQUESTS_MAX {
            return false;
        }
        let waiters = self.by_rrpid.entry(rrpid.to_vec()).or_default();
        if waiters.len() >= WAITERS_PER_REQUEST_MAX {
            return false;
        }
        waiters.push(reply_to);
        true
    }

    /// How many requests have somebody waiting.
    pub fn len(&self) -> usize {
        self.by_rrpid.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.by_rrpid.is_empty()
    }

    /// The replies that send `body` to everybody who waits for `rrpid`.
    pub fn answer<O>(&mut self, rrpid: &[u8], body: &[u8]) -> Vec<Output<O>> {
        self.by_rrpid
            .remove(rrpid)
            .unwrap_or_default()
            .into_iter()
            .map(|reply_to| Output::Reply { reply_to, body: body.to_vec() })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryRecords;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn same_bytes_get_the_stored_answer_and_other_bytes_are_told_apart() {
        let mut records = MemoryRecords::default();
        let id = [7; 20];
        assert_eq!(arrive(&mut records, &id, b"question", at(1)).unwrap(), Arrival::New);
        assert_eq!(arrive(&mut records, &id, b"question", at(2)).unwrap(), Arrival::InProgress);
        store_answer(&mut records, &id, b"answer").unwrap();
        assert_eq!(
            arrive(&mut records, &id, b"question", at(3)).unwrap(),
            Arrival::Answered(b"answer".to_vec())
        );
        assert_eq!(arrive(&mut records, &id, b"Question", at(4)).unwrap(), Arrival::Altered);
    }

    #[test]
    fn a_request_whose_answer_was_removed_is_told_from_one_that_is_worked_on() {
        let mut records = MemoryRecords::default();
        let (id, day) = ([7; 20], 86_400);
        assert_eq!(arrive(&mut records, &id, b"question", at(0)).unwrap(), Arrival::New);
        let mut arrives = |second| arrive(&mut records, &id, b"question", at(second)).unwrap();
        assert_eq!(arrives(ANSWER_DAYS_MIN * day), Arrival::InProgress);
        assert_eq!(arrives(ANSWER_DAYS_MIN * day + 1), Arrival::Forgotten);
        let other = arrive(&mut records, &id, b"other", at(999 * day)).unwrap();
        assert_eq!(other, Arrival::Altered, "the id stays taken");
    }

    #[test]
    fn an_answer_without_a_question_is_an_error() {
        let mut records = MemoryRecords::default();
        let error = store_answer(&mut records, &[1; 20], b"answer").unwrap_err();
        assert!(error.to_string().contains("no request with RRPID 0101"));
    }

    #[test]
    fn the_fifth_connection_for_one_request_is_turned_away() {
        let mut waiting = Waiting::default();
        for n in 0..4 {
            assert!(waiting.add(b"id", ReplyTo(n)));
        }
        assert!(!waiting.add(b"id", ReplyTo(4)));
        assert_eq!(waiting.answer::<()>(b"id", b"x").len(), 4);
        assert!(waiting.is_empty());
    }
}
