//! What a party remembers: records by table and key, alarms, and the journal.
//!
//! The store keeps them in SQLite, the simulator in memory with crashes. Values are JSON, so
//! that an operator can read them; octets are base64 and secrets are sealed by the party first.
//! The one exception are the answers of [`crate::dedup`], which are stored as they were sent.

use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use counterfoil_secret::{Fault, Report};

/// Storage could not be read, or holds something that this party did not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordsError {
    /// What was attempted, for example `read purchase`.
    pub attempt: String,
    /// What storage said.
    pub cause: String,
}

impl fmt::Display for RecordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "storage failed to {}: {}", self.attempt, self.cause)
    }
}

impl std::error::Error for RecordsError {}

impl Report for RecordsError {
    fn id(&self) -> &'static str {
        "storage-failed"
    }

    fn hint(&self) -> String {
        "check that the disk of the data folder has room, is writable and is healthy".into()
    }

    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

/// Whether a journaled message was received or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From a peer.
    Received,
    /// To a peer.
    Sent,
}

impl Direction {
    /// Stable name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
        }
    }
}

/// One line of the journal: a message as it was on the wire.
///
/// Bank messages are journaled with their card number masked; SET messages as they are, since
/// what is secret in them is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// When.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// The message's name, for example `AuthReq` or `0100`.
    pub message: String,
    /// The purchase it belongs to (hexadecimal XID), where it tells.
    pub xid: Option<String>,
    /// The request/response pair it belongs to (hexadecimal RRPID), where it tells.
    pub rrpid: Option<String>,
    /// The other side: an endpoint name or an address.
    pub peer: String,
    /// The octets.
    pub body: Vec<u8>,
}

/// Keys and values of a scan, in key order.
pub type Rows<V = Vec<u8>> = Vec<(Vec<u8>, V)>;

/// Storage as a party sees it. Reads see what the same input wrote before.
pub trait Records {
    /// Reads one record.
    ///
    /// # Errors
    /// [`RecordsError`] from storage.
    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsError>;

    /// Writes one record; it becomes durable with everything else of the same input.
    fn put(&mut self, table: &'static str, key: &[u8], value: Vec<u8>);

    /// Removes one record, if it is there.
    fn remove(&mut self, table: &'static str, key: &[u8]);

    /// Up to `limit` records whose keys start with `prefix` and lie after `after`, in key order.
    ///
    /// # Errors
    /// [`RecordsError`] from storage.
    fn scan(
        &self,
        table: &str,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Rows, RecordsError>;

    /// Sets or moves (`Some`) or clears (`None`) the alarm of a key: an entry of [`Records::due`].
    fn set_alarm(&mut self, table: &'static str, key: &[u8], at: Option<Timestamp>);

    /// Up to `limit` alarms that are due at `now`, earliest first, as (table, key).
    ///
    /// # Errors
    /// [`RecordsError`] from storage.
    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<(String, Vec<u8>)>, RecordsError>;

    /// The earliest alarm.
    ///
    /// # Errors
    /// [`RecordsError`] from storage.
    fn next_alarm(&self) -> Result<Option<Timestamp>, RecordsError>;

    /// Appends to the journal.
    fn journal(&mut self, entry: JournalEntry);
}

/// A typed view of one table: `const PURCHASES: Table<Purchase> = Table::new("purchase");`.
pub struct Table<V> {
    /// The table's name in storage.
    pub name: &'static str,
    value: PhantomData<fn() -> V>,
}

impl<V: Serialize + DeserializeOwned> Table<V> {
    /// Names a table.
    pub const fn new(name: &'static str) -> Self {
        Self { name, value: PhantomData }
    }

    /// Reads and decodes one record.
    ///
    /// # Errors
    /// [`RecordsError`] from storage, or when the value is not one of this table's.
    pub fn get(&self, records: &dyn Records, key: &[u8]) -> Result<Option<V>, RecordsError> {
        records.get(self.name, key)?.map(|value| self.decode(&value)).transpose()
    }

    /// Encodes and writes one record.
    pub fn put(&self, records: &mut dyn Records, key: &[u8], value: &V) {
        let encoded = serde_json::to_vec(value).expect(
            "invariant: records have string keys and finite numbers, so JSON can hold them",
        );
        records.put(self.name, key, encoded);
    }

    /// Removes one record.
    pub fn remove(&self, records: &mut dyn Records, key: &[u8]) {
        records.remove(self.name, key);
    }

    /// Reads and decodes records in key order, see [`Records::scan`].
    ///
    /// # Errors
    /// [`RecordsError`] from storage, or when a value is not one of this table's.
    pub fn scan(
        &self,
        records: &dyn Records,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Rows<V>, RecordsError> {
        records
            .scan(self.name, prefix, after, limit)?
            .into_iter()
            .map(|(key, value)| Ok((key, self.decode(&value)?)))
            .collect()
    }

    /// Sets, moves or clears the alarm of a key.
    pub fn set_alarm(&self, records: &mut dyn Records, key: &[u8], at: Option<Timestamp>) {
        records.set_alarm(self.name, key, at);
    }

    fn decode(&self, value: &[u8]) -> Result<V, RecordsError> {
        serde_json::from_slice(value).map_err(|error| RecordsError {
            attempt: format!("read a record of table {}", self.name),
            cause: error.to_string(),
        })
    }
}

/// Octets that are written as base64 in a record.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Octets(pub Vec<u8>);

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} octets]", self.0.len())
    }
}

impl From<Vec<u8>> for Octets {
    fn from(octets: Vec<u8>) -> Self {
        Self(octets)
    }
}

impl Serialize for Octets {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> serde::Deserialize<'de> for Octets {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        base64::engine::general_purpose::STANDARD
            .decode(text.as_bytes())
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}
