//! What a gateway wants of the bank, as data that can be stored: no card number in it.

use serde::{Deserialize, Serialize};

use counterfoil_iso8583::Mti;
use counterfoil_iso8583::private_data::{TRANS_STAIN_BYTES, XID_BYTES};

use super::answer::BankAnswer;
use super::stamp::Stamp;
use crate::amount::Amount;

/// One request. Building it twice gives the same octets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankRequest {
    /// What names the message.
    pub stamp: Stamp,
    /// What is wanted.
    pub operation: Operation,
}

/// What is wanted of the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Hold the amount (`0100`).
    Authorize(Purchase),
    /// Move the amount now (`0200`).
    Sale(Purchase),
    /// Move at most what an authorization holds; the rest stays held (`0220`).
    Capture {
        /// The authorization.
        original: Original,
        /// How much, in minor units of its currency.
        amount_minor: u64,
    },
    /// Reduce an authorization, sale or capture, or cancel it (`0420`).
    Reverse {
        /// What is reversed; it need not have been answered.
        original: Original,
        /// What shall remain, in minor units of its currency; 0 cancels.
        remaining_minor: u64,
    },
    /// Manage the link (`0800`).
    Network(NetworkCode),
}

/// Field 70.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkCode {
    /// `001`
    SignOn,
    /// `002`
    SignOff,
    /// `301`
    Echo,
}

impl NetworkCode {
    /// The three digits.
    pub fn digits(self) -> &'static str {
        match self {
            Self::SignOn => "001",
            Self::SignOff => "002",
            Self::Echo => "301",
        }
    }

    /// Reads the three digits.
    pub fn parse(digits: &str) -> Option<Self> {
        [Self::SignOn, Self::SignOff, Self::Echo].into_iter().find(|code| code.digits() == digits)
    }
}

/// A purchase as the bank gets to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// SET's purchase id.
    #[serde(with = "hexadecimal")]
    pub xid: [u8; XID_BYTES],
    /// What the card's secret makes of the XID, when the cardholder signed.
    #[serde(with = "hexadecimal_option", default)]
    pub trans_stain: Option<[u8; TRANS_STAIN_BYTES]>,
    /// How much.
    pub amount: Amount,
    /// Field 42: the merchant's number at the acquirer, at most 15 printable characters.
    pub merchant: String,
    /// Field 41: at most 8 printable characters.
    pub terminal: String,
    /// Field 43: at most 40 printable characters.
    pub merchant_name: String,
    /// Field 18: four digits of ISO 18245.
    pub merchant_type: String,
}

/// What can be captured or reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginalKind {
    /// An authorization (`0100`).
    Authorization,
    /// A sale (`0200`).
    Sale,
    /// A capture (`0220`).
    Capture,
}

impl OriginalKind {
    /// The message type it was first sent as.
    pub fn mti(self) -> Mti {
        match self {
            Self::Authorization => Mti::AUTHORIZATION,
            Self::Sale => Mti::FINANCIAL,
            Self::Capture => Mti::FINANCIAL_ADVICE,
        }
    }
}

/// An earlier request of this gateway, as captures and reversals name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// What it was.
    pub kind: OriginalKind,
    /// What names it.
    pub stamp: Stamp,
    /// Field 37 of the transaction that it belongs to.
    pub retrieval_reference: String,
    /// Field 38 of its answer, if it was answered.
    pub approval: Option<String>,
    /// SET's purchase id.
    #[serde(with = "hexadecimal")]
    pub xid: [u8; XID_BYTES],
    /// Its amount.
    pub amount: Amount,
    /// Field 42.
    pub merchant: String,
    /// Field 41.
    pub terminal: String,
}

impl BankRequest {
    /// The message type, as first sent.
    pub fn mti(&self) -> Mti {
        match self.operation {
            Operation::Authorize(_) => Mti::AUTHORIZATION,
            Operation::Sale(_) => Mti::FINANCIAL,
            Operation::Capture { .. } => Mti::FINANCIAL_ADVICE,
            Operation::Reverse { .. } => Mti::REVERSAL_ADVICE,
            Operation::Network(_) => Mti::NETWORK,
        }
    }

    /// The purchase that the request belongs to.
    pub fn xid(&self) -> Option<&[u8; XID_BYTES]> {
        match &self.operation {
            Operation::Authorize(purchase) | Operation::Sale(purchase) => Some(&purchase.xid),
            Operation::Capture { original, .. } | Operation::Reverse { original, .. } => {
                Some(&original.xid)
            }
            Operation::Network(_) => None,
        }
    }

    /// Field 37: of a first request its own, later ones carry the original's.
    pub fn retrieval_reference(&self) -> Option<String> {
        match &self.operation {
            Operation::Authorize(_) | Operation::Sale(_) => Some(self.stamp.retrieval_reference()),
            Operation::Capture { original, .. } | Operation::Reverse { original, .. } => {
                Some(original.retrieval_reference.clone())
            }
            Operation::Network(_) => None,
        }
    }

    /// This request as a later capture or reversal names it; without `answer` when none came.
    /// None for what cannot be captured or reversed: reversals and link management.
    pub fn as_original(&self, answer: Option<&BankAnswer>) -> Option<Original> {
        let (kind, purchase) = match &self.operation {
            Operation::Authorize(purchase) => (OriginalKind::Authorization, purchase),
            Operation::Sale(purchase) => (OriginalKind::Sale, purchase),
            Operation::Capture { original, amount_minor } => {
                return Some(Original {
                    kind: OriginalKind::Capture,
                    stamp: self.stamp,
                    amount: Amount { minor: *amount_minor, ..original.amount },
                    ..original.clone()
                });
            }
            Operation::Reverse { .. } | Operation::Network(_) => return None,
        };
        Some(Original {
            kind,
            stamp: self.stamp,
            retrieval_reference: self.stamp.retrieval_reference(),
            approval: answer.and_then(|answer| answer.approval.clone()),
            xid: purchase.xid,
            amount: purchase.amount,
            merchant: purchase.merchant.clone(),
            terminal: purchase.terminal.clone(),
        })
    }
}

/// Octets of fixed number as hexadecimal text.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer, const N: usize>(
        octets: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(octets))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        read(&String::deserialize(deserializer)?)
    }

    pub(super) fn read<E: de::Error, const N: usize>(text: &str) -> Result<[u8; N], E> {
        let octets = hex::decode(text).map_err(E::custom)?;
        octets.try_into().map_err(|_| E::custom(format!("expected {N} octets of hexadecimal")))
    }
}

/// The same, where there may be none.
mod hexadecimal_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer, const N: usize>(
        octets: &Option<[u8; N]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        octets.map(hex::encode).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<Option<[u8; N]>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| super::hexadecimal::read(&text)).transpose()
    }
}
