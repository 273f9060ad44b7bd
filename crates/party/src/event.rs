//! Telemetry as a type: what a party tells about itself, with stable names.

use serde_json::{Map, Value};

/// How loud an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The ordinary course of things.
    Info,
    /// Something was refused or had to be repeated.
    Warning,
    /// Something failed that an operator should look at.
    Error,
}

impl Level {
    /// Stable name for logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One event: a stable dotted name (`purchase.authorized`) and fields in a stable order.
///
/// Fields never hold a card number, order text or key: what they may hold is an id, a code, a
/// count or a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// How loud.
    pub level: Level,
    /// Stable name, `noun.participle`.
    pub name: &'static str,
    /// The purchase (hexadecimal XID), where it belongs to one.
    pub xid: Option<String>,
    /// The request/response pair (hexadecimal RRPID), where it belongs to one.
    pub rrpid: Option<String>,
    /// Further fields.
    pub fields: Map<String, Value>,
}

impl Event {
    /// An event of the ordinary course.
    pub fn info(name: &'static str) -> Self {
        Self { level: Level::Info, name, xid: None, rrpid: None, fields: Map::new() }
    }

    /// A refusal or a repetition.
    pub fn warning(name: &'static str) -> Self {
        Self { level: Level::Warning, ..Self::info(name) }
    }

    /// A failure that an operator should look at.
    pub fn error(name: &'static str) -> Self {
        Self { level: Level::Error, ..Self::info(name) }
    }

    /// Names the purchase, by its XID octets.
    #[must_use]
    pub fn xid(mut self, xid: &[u8]) -> Self {
        self.xid = Some(hex::encode(xid));
        self
    }

    /// Names the request/response pair, by its RRPID octets.
    #[must_use]
    pub fn rrpid(mut self, rrpid: &[u8]) -> Self {
        self.rrpid = Some(hex::encode(rrpid));
        self
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }
}
