//! Cards, known by a keyed hash of their number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::bank_link::Expiry;
use crate::records::Table;

pub(super) const CARDS: Table<Card> = Table::new("bank_card");

/// Whether a card may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardStatus {
    /// It may.
    Active,
    /// It may not, for the reason given.
    Blocked(BlockReason),
}

/// Why a card may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockReason {
    /// The bank's decision (answered with 62).
    Restricted,
    /// Reported lost (answered with 41).
    Lost,
    /// Reported stolen (answered with 43).
    Stolen,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Card {
    /// First six and last four digits.
    pub(super) masked: String,
    pub(super) expiry: Expiry,
    pub(super) status: CardStatus,
}

impl Card {
    /// Whether the card may be used by somebody who gives this expiry date.
    pub(super) fn check(&self, given: Expiry, now: Timestamp) -> Result<(), Refusal> {
        if given.field_text() != self.expiry.field_text() {
            return Err(Refusal::WRONG_EXPIRY);
        }
        if self.expiry.is_past(now) {
            return Err(Refusal::EXPIRED);
        }
        match self.status {
            CardStatus::Active => Ok(()),
            CardStatus::Blocked(BlockReason::Restricted) => Err(Refusal::BLOCKED),
            CardStatus::Blocked(BlockReason::Lost) => Err(Refusal::LOST),
            CardStatus::Blocked(BlockReason::Stolen) => Err(Refusal::STOLEN),
        }
    }
}
