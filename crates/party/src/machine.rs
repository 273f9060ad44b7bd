//! What a party is to whoever runs it: inputs in, outputs out, records in between.

use std::fmt;

use jiff::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::records::{Records, RecordsError};

/// The five parties of SET, as design and configuration name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The cardholder's software.
    Wallet,
    /// The shop.
    Merchant,
    /// The payment gateway of the acquirer.
    Gateway,
    /// The bank behind the gateway.
    Bank,
    /// A certificate authority.
    Ca,
}

impl Role {
    /// Stable name, as used in folders, logs and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Merchant => "merchant",
            Self::Gateway => "gateway",
            Self::Bank => "bank",
            Self::Ca => "ca",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names the open question that an answer belongs to, within one run of a process.
///
/// It is volatile: after a restart the peer asks again, with the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyTo(pub u64);

/// Names a call that this party made, within one run of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// Over which kind of connection a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// HTTP POST with `application/set-payment`.
    Payment,
    /// HTTP POST with `application/set-registration`.
    Registration,
    /// ISO 8583 over the bank link.
    Bank,
}

/// Where a call goes: the name of an endpoint of the party's own configuration
/// (`gateway`, `bank`, `ca`), or a URL that a peer gave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// An endpoint of the configuration, by its name.
    Endpoint(String),
    /// A URL, for the wallet, which learns the merchant's from the order.
    Url(String),
}

/// Why a call had no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFailure {
    /// Nothing was sent: no connection. Asking again is safe at once.
    NotSent,
    /// Sent, and nothing came back in time or the connection broke: the peer may have acted.
    NoAnswer,
    /// The peer answered that it cannot serve now (HTTP 429 or 503).
    Busy,
}

/// What happens to a party. `C` is the party's own type of local command.
#[derive(Debug)]
pub enum Input<C> {
    /// A peer's message; exactly one [`Output::Reply`] answers it, now or later.
    Request {
        /// Where the answer goes.
        reply_to: ReplyTo,
        /// Which kind of connection it came over.
        channel: Channel,
        /// Whom the connection belongs to (an address; empty in a simulation without one).
        peer: String,
        /// The message, at most the node's limit of octets.
        body: Vec<u8>,
    },
    /// The answer to an [`Output::Call`].
    Answer {
        /// The call that is answered.
        call: CallId,
        /// The answer's body, or why there is none.
        result: Result<Vec<u8>, CallFailure>,
    },
    /// A local command: the shop's API, the person at the wallet, an operator.
    Command {
        /// Where the outcome goes.
        reply_to: ReplyTo,
        /// What is wanted.
        command: C,
    },
    /// The deadline has come that [`Party::next_deadline`] gave, or the party was just started.
    Deadline,
}

/// What a party wants done. The runner makes the records durable first, then does these in order.
#[derive(Debug, PartialEq)]
pub enum Output<O> {
    /// Answers an [`Input::Request`].
    Reply {
        /// The request that is answered.
        reply_to: ReplyTo,
        /// The message.
        body: Vec<u8>,
    },
    /// Answers an [`Input::Command`].
    Outcome {
        /// The command that is answered.
        reply_to: ReplyTo,
        /// What came of it.
        outcome: O,
    },
    /// Leaves a request unanswered: the connection is closed (nobody can be told about garbage).
    Drop {
        /// The request that stays unanswered.
        reply_to: ReplyTo,
    },
    /// Sends a message and expects one [`Input::Answer`].
    Call {
        /// Comes back with the answer.
        call: CallId,
        /// To whom.
        to: Destination,
        /// Which kind of connection.
        channel: Channel,
        /// The message.
        body: Vec<u8>,
        /// After this many milliseconds the answer is [`CallFailure::NoAnswer`].
        timeout_ms: u64,
    },
    /// Tells telemetry.
    Event(Event),
}

/// What a party is given with each input.
pub struct Env<'a> {
    /// The time.
    pub now: Timestamp,
    /// Randomness.
    pub rng: &'a mut dyn CryptoRng,
    /// The party's records; what is written becomes durable, whole, before any output is done.
    pub records: &'a mut dyn Records,
}

/// A party: a state machine whose memory is its records.
///
/// Whatever it holds outside the records (open replies, caches) may vanish between any two
/// inputs, as in a crash, without a promise being broken.
pub trait Party: Send {
    /// Local commands.
    type Command: Send;
    /// Their outcomes.
    type Outcome: Send;

    /// Which party this is.
    fn role(&self) -> Role;

    /// Handles one input. An error means that the records could not be read: nothing of this
    /// input may become durable or be sent.
    ///
    /// # Errors
    /// [`RecordsError`] from storage.
    fn handle(
        &mut self,
        input: Input<Self::Command>,
        env: &mut Env<'_>,
    ) -> Result<Vec<Output<Self::Outcome>>, RecordsError>;

    /// When [`Input::Deadline`] is wanted next, if at all.
    ///
    /// # Errors
    /// [`RecordsError`] from storage.
    fn next_deadline(&self, records: &dyn Records) -> Result<Option<Timestamp>, RecordsError> {
        records.next_alarm()
    }
}
