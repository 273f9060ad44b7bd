//! The normalised event: what a line says, whatever its format.

/// How loud a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// The line does not say.
    #[default]
    Unsaid,
    /// For developers.
    Debug,
    /// The ordinary course of things.
    Info,
    /// Something was refused or had to be repeated.
    Warning,
    /// Something failed.
    Error,
    /// A whole process, or more, stopped working.
    Fatal,
}

impl Level {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unsaid => "unsaid",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The level that a word names, in the spellings of common loggers.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        let mut lower = [0; 16];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"debug" | b"debug1" | b"debug2" | b"debug3" | b"debug4" | b"debug5"
            | b"trace1" | b"trace2" | b"trace3" | b"verbose" | b"dbg" | b"10" | b"20" => {
                Self::Debug
            }
            b"info" | b"information" | b"informational" | b"notice" | b"log" | b"inf" | b"note"
            | b"30" | b"statement" | b"detail" | b"hint" | b"context" => Self::Info,
            b"warn" | b"warning" | b"wrn" | b"40" => Self::Warning,
            b"error" | b"err" | b"eror" | b"severe" | b"failure" | b"50" => Self::Error,
            b"crit" | b"critical" | b"fatal" | b"panic" | b"alert" | b"emerg" | b"emergency"
            | b"ftl" | b"60" => Self::Fatal,
            _ => return None,
        })
    }

    /// The level of a syslog severity (RFC 5424 section 6.2.1).
    pub fn from_syslog(severity: u8) -> Self {
        match severity {
            0..=2 => Self::Fatal,
            3 => Self::Error,
            4 => Self::Warning,
            5 | 6 => Self::Info,
            _ => Self::Debug,
        }
    }
}

/// Whom a line may be about: each is watched against its own past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Network address of the client.
    Address = 0,
    /// Token or mask of a card.
    Card = 1,
    /// Device, or the user agent where nothing better is said.
    Device = 2,
    /// Merchant.
    Merchant = 3,
    /// Bank route, or the upstream that a proxy chose.
    Route = 4,
    /// Party, service or program that wrote the line.
    Party = 5,
}

impl Who {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Address, Self::Card, Self::Device, Self::Merchant, Self::Route, Self::Party];

    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Card => "card",
            Self::Device => "device",
            Self::Merchant => "merchant",
            Self::Route => "bank route",
            Self::Party => "party",
        }
    }
}

/// How what a line tells of ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// Well, or with nothing to say of it.
    #[default]
    Fine,
    /// The other side was refused: a declined payment, a bad request.
    Refused,
    /// This side failed.
    Failed,
}

/// A value with its hash.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named<'a> {
    /// The octets of the line; empty when the line does not say.
    pub text: &'a [u8],
    /// Hash of the text (XXH3), made once when the line is read.
    pub hash: u64,
}

impl Named<'_> {
    /// Whether the line says it.
    pub fn is_said(&self) -> bool {
        !self.text.is_empty()
    }
}

/// One line, normalised. Borrows from the octets it was read from.
#[derive(Debug, Clone, Default)]
pub struct Event<'a> {
    /// The line without its end.
    pub line: &'a [u8],
    /// Lines of the same piece that stand before this one.
    pub number: u32,
    /// Microseconds since 1970 UTC.
    pub time_us: Option<i64>,
    /// How loud.
    pub level: Level,
    /// How it ended.
    pub outcome: Outcome,
    /// HTTP status; 0 when there is none.
    pub status: u16,
    /// How long it took, in microseconds.
    pub duration_us: Option<u64>,
    /// Text for people.
    pub message: &'a [u8],
    /// Stable name of the event, where the program gives one.
    pub name: &'a [u8],
    /// Error id, response code or HTTP status.
    pub code: Named<'a>,
    /// Step of the payment, or the path of the request without its query.
    pub step: Named<'a>,
    /// Identifier that joins lines of one payment.
    pub xid: Named<'a>,
    /// Identifier of one request and its answer.
    pub rrpid: &'a [u8],
    /// Whom it is about, by [`Who`].
    pub who: [Named<'a>; Who::ALL.len()],
    /// Hash of the message without its variable words; 0 when it has no template.
    pub shape: u64,
}

impl<'a> Event<'a> {
    /// An event that says nothing but its line.
    pub fn of(line: &'a [u8], number: u32) -> Self {
        Self { line, number, ..Self::default() }
    }

    /// Whether it counts as a failure in rates.
    pub fn is_failure(&self) -> bool {
        self.outcome != Outcome::Fine
    }

    /// One of whom it is about.
    pub fn about(&self, who: Who) -> &Named<'a> {
        &self.who[who as usize]
    }

    /// Says whom it is about, unless that was said before.
    pub fn set_who(&mut self, who: Who, text: &'a [u8]) {
        let slot = &mut self.who[who as usize];
        if slot.text.is_empty() && !is_void(text) {
            slot.text = text;
        }
    }
}

/// Whether a value stands for none.
pub fn is_void(text: &[u8]) -> bool {
    matches!(text, b"" | b"-" | b"null" | b"none" | b"\"\"")
}
