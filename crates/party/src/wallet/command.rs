//! What the cardholder may ask of the wallet, and what the wallet can say for certain.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use counterfoil_secret::{Fault, Report};

use super::ledger::State;
use crate::amount::Amount;
use crate::initiation::InitiationError;

/// Most purchases in one page of a list.
pub const PAGE_MAX: usize = 200;

/// A command of the cardholder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Pays an order; answered with [`Outcome::Payment`] when it is decided or the wallet has
    /// asked as often as its settings say.
    Pay {
        /// The shop's wake-up text (`application/set-payment-initiation`).
        initiation: String,
        /// The brand to pay with; the shop must offer it.
        brand: String,
        /// Name of the card; the first of the brand, when absent.
        #[serde(default)]
        card: Option<String>,
    },
    /// Asks the merchant where a purchase stands; answered with [`Outcome::Payment`].
    Inquire {
        /// The purchase, hexadecimal.
        xid: String,
    },
    /// Asks for the books; answered with [`Outcome::Purchases`].
    Purchases {
        /// Purchases after this label.
        #[serde(default)]
        after: Option<String>,
        /// At most so many, and at most [`PAGE_MAX`].
        #[serde(default = "page")]
        limit: usize,
    },
    /// Asks which cards there are; answered with [`Outcome::State`].
    State,
}

fn page() -> usize {
    50
}

/// What became of a [`Command`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Where a payment stands.
    Payment(Box<PurchaseBooks>),
    /// A page of the books.
    Purchases {
        /// In the order of their labels.
        purchases: Vec<PurchaseBooks>,
        /// Give this as `after` for the next page; absent on the last.
        next: Option<String>,
    },
    /// The cards of the wallet.
    State {
        /// In the order they were given.
        cards: Vec<CardState>,
    },
    /// The command was refused; nothing was sent and nothing is paid.
    Refused {
        /// Stable id.
        id: &'static str,
        /// One sentence.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl From<CommandError> for Outcome {
    fn from(error: CommandError) -> Self {
        Self::Refused { id: error.id(), message: error.to_string(), hint: error.hint() }
    }
}

/// One purchase as the wallet knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseBooks {
    /// LID-C, the wallet's label, hexadecimal.
    pub lid_c: String,
    /// The purchase, hexadecimal, once the merchant has made it.
    pub xid: Option<String>,
    /// Digest of order and amount (hod), hexadecimal, once PReq was made.
    pub order_hash: Option<String>,
    /// Its price.
    pub amount: Amount,
    /// When the cardholder said yes.
    pub at: Timestamp,
    /// Name of the merchant in its certificate, once it was verified.
    pub merchant: Option<String>,
    /// Name of the card.
    pub card: String,
    /// Where it stands.
    pub state: State,
    /// What is certain of it.
    pub verdict: Verdict,
}

/// What the wallet can say for certain of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Paid: the gateway has signed it.
    Paid {
        /// What was authorized.
        authorized: Amount,
        /// What the merchant says that it captured.
        captured: Amount,
        /// RRPIDs of the gateway's receipts, hexadecimal.
        receipts: Vec<String>,
    },
    /// Not paid.
    Refused(Reason),
    /// The merchant has the order, and it is not decided.
    Received {
        /// What to do.
        hint: String,
    },
    /// Nobody has said yet, or what was said does not hold.
    InDoubt(Reason),
    /// The wallet is still at it.
    Underway,
}

/// Why a payment is refused or in doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable id.
    pub id: String,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// One card, with nothing of it that is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardState {
    /// Its name in the wallet.
    pub name: String,
    /// Its brand.
    pub brand: String,
    /// First six and last four digits.
    pub number: String,
    /// Until when its certificate is valid.
    pub valid_until: Timestamp,
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// The wake-up text cannot be read.
    Initiation(InitiationError),
    /// The order costs nothing.
    AmountZero,
    /// The shop does not offer the brand.
    BrandNotOffered(String),
    /// The wallet has no such card.
    CardUnknown(String),
    /// The card's certificate is not valid now.
    CardExpired(String),
    /// The text is no XID, or the wallet knows no such purchase.
    PurchaseUnknown,
    /// The purchase is being worked on.
    Underway,
    /// As many payments are open as the wallet takes on.
    TooMany,
    /// The message could not be made; the settings do not fit.
    Unable,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Initiation(error) => error.fmt(f),
            Self::AmountZero => f.write_str("the order costs nothing"),
            Self::BrandNotOffered(brand) => write!(f, "the shop does not offer brand '{brand}'"),
            Self::CardUnknown(card) => write!(f, "the wallet has no card '{card}'"),
            Self::CardExpired(card) => write!(f, "the certificate of card '{card}' is not valid"),
            Self::PurchaseUnknown => f.write_str("the wallet knows no such purchase"),
            Self::Underway => f.write_str("the wallet is asking about this purchase already"),
            Self::TooMany => f.write_str("too many payments are open"),
            Self::Unable => f.write_str("the message to the merchant could not be made"),
        }
    }
}

impl std::error::Error for CommandError {}

impl Report for CommandError {
    fn id(&self) -> &'static str {
        match self {
            Self::Initiation(error) => error.id(),
            Self::AmountZero => "amount-zero",
            Self::BrandNotOffered(_) => "brand-not-offered",
            Self::CardUnknown(_) => "card-unknown",
            Self::CardExpired(_) => "card-certificate-expired",
            Self::PurchaseUnknown => "purchase-unknown",
            Self::Underway => "purchase-underway",
            Self::TooMany => "payments-too-many",
            Self::Unable => "wallet-unable",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Initiation(error) => return error.hint(),
            Self::AmountZero => "ask the shop; an order without a price needs no payment",
            Self::BrandNotOffered(_) => "choose one of the brands that the shop offers",
            Self::CardUnknown(_) => "list the cards of the wallet and take one of their names",
            Self::CardExpired(_) => "register the card again; a new certificate is needed",
            Self::PurchaseUnknown => "list the purchases and take the XID of one of them",
            Self::Underway => "wait for the answer; nothing is sent twice",
            Self::TooMany => "wait until some of them are decided",
            Self::Unable => "look at the wallet's log and check its settings",
        }
        .into()
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Initiation(error) => error.fault(),
            _ => Fault::OurMisuse,
        }
    }
}
