//! What a party's books say of payments, by XID, so that two parties' views can be compared.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Observation;

/// Where a payment stands in one party's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Somebody was asked and has not answered yet; it is asked again by itself.
    Waiting,
    /// Nobody has answered for as long as this party asks.
    InDoubt,
    /// It stands: authorized, captured or not.
    Approved,
    /// It was refused.
    Declined,
    /// It is being taken back.
    Reversing,
    /// It was taken back, or what was held for it ran out.
    Reversed,
    /// A state that this release does not judge.
    Other,
}

impl PaymentState {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Waiting => "waiting for an answer",
            Self::InDoubt => "in doubt",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Reversing => "being reversed",
            Self::Reversed => "reversed",
            Self::Other => "in another state",
        }
    }

    /// Has it come to an end that a later answer does not change?
    pub fn is_decided(self) -> bool {
        matches!(self, Self::Approved | Self::Declined | Self::Reversed)
    }
}

/// A payment in one party's books. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// Its XID, hexadecimal.
    pub xid: String,
    /// Where it stands.
    pub state: PaymentState,
    /// When it was asked for or decided, as far as the books tell.
    pub at: Option<Timestamp>,
    /// ISO 4217 letters.
    pub currency: String,
    /// What is authorized and stands; what was asked for while nothing is decided.
    pub authorized_minor: u64,
    /// What was captured of it.
    pub captured_minor: u64,
    /// How much of that is not confirmed yet.
    pub unconfirmed_minor: u64,
    /// Has anything of it been paid back, or has a capture no answer? Then captures are not
    /// compared.
    pub is_moving: bool,
    /// The order, where the party knows it.
    pub order: Option<String>,
    /// How often it was asked or taken back in vain.
    pub tries: u64,
    /// Until when the bank holds what is not captured.
    pub hold_until: Option<Timestamp>,
}

/// A party's view of the latest payments, and of those that are open whatever their age.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Books {
    /// The payments.
    pub payments: Vec<Payment>,
    /// XIDs that others have and this party has not.
    pub absent: Vec<String>,
}

impl Observation for Books {
    const KIND: &'static str = "books";
}
