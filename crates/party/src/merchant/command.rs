//! What the shop may ask of the merchant, and what it is told.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use counterfoil_secret::{Fault, Report};

use super::ledger::{AuthorizationState, CaptureState, PurchaseState, VoidState};
use super::order::OrderId;
use crate::amount::Amount;

/// Most orders in one page of a list.
pub const PAGE_MAX: usize = 200;

/// A command of the shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Makes an order; answered with [`Outcome::Created`].
    CreateOrder {
        /// What is sold, as the cardholder shall read it.
        description: String,
        /// Its price.
        amount: Amount,
        /// Parts that are shipped and authorized one by one; their sum is the price. The first
        /// is authorized when the cardholder pays.
        #[serde(default)]
        shipments: Vec<Amount>,
    },
    /// Asks for the wake-up text of an order; answered with [`Outcome::Initiation`].
    Initiation {
        /// The order.
        order: OrderId,
    },
    /// Asks where an order stands; answered with [`Outcome::Status`].
    Status {
        /// The order.
        order: OrderId,
    },
    /// Captures what was authorized; answered with [`Outcome::Status`] once the gateway has
    /// answered, or when it is too slow.
    Capture {
        /// The order.
        order: OrderId,
        /// How much; all that is left, when absent.
        #[serde(default)]
        amount: Option<Amount>,
    },
    /// Gives back what was authorized and not captured; answered like [`Command::Capture`].
    Void {
        /// The order.
        order: OrderId,
    },
    /// Authorizes the next shipment; answered like [`Command::Capture`].
    AuthorizeNext {
        /// The order.
        order: OrderId,
        /// How much; what was planned, when absent.
        #[serde(default)]
        amount: Option<Amount>,
    },
    /// Asks the gateway again about everything of the order that is undecided, with the same
    /// octets as before; answered with [`Outcome::Status`] at once.
    Retry {
        /// The order.
        order: OrderId,
    },
    /// Asks for the money of every order; answered with [`Outcome::Books`].
    Books {
        /// Orders after this one.
        #[serde(default)]
        after: Option<OrderId>,
        /// At most so many, and at most [`PAGE_MAX`].
        #[serde(default = "page")]
        limit: usize,
    },
    /// Asks for the list of orders; answered with [`Outcome::Orders`].
    Orders {
        /// Orders after this one.
        #[serde(default)]
        after: Option<OrderId>,
        /// At most so many, and at most [`PAGE_MAX`].
        #[serde(default = "page")]
        limit: usize,
    },
}

fn page() -> usize {
    50
}

/// What became of a [`Command`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The order was made.
    Created {
        /// Its number.
        order: OrderId,
        /// LID-M, its label in messages, hexadecimal.
        lid_m: String,
    },
    /// The wake-up text (`application/set-payment-initiation`).
    Initiation {
        /// The text.
        text: String,
    },
    /// Where the order stands.
    Status(OrderStatus),
    /// The money of a page of orders.
    Books {
        /// In the order of their numbers.
        orders: Vec<OrderBooks>,
        /// Give this as `after` for the next page; absent on the last.
        next: Option<OrderId>,
    },
    /// A page of orders.
    Orders {
        /// In the order of their numbers.
        orders: Vec<OrderSummary>,
        /// Give this as `after` for the next page; absent on the last.
        next: Option<OrderId>,
    },
    /// The command was refused, and nothing changed.
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

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Nobody has paid yet.
    Open,
    /// The payment was accepted and its authorization is being asked for.
    Received,
    /// Authorized, nothing captured.
    Authorized,
    /// Captured in part.
    PartlyCaptured,
    /// All that was authorized is captured.
    Captured,
    /// Given back: nothing was captured, and nothing can be any more.
    Voided,
    /// Declined; the cardholder may pay anew.
    Declined,
    /// The gateway stayed silent; `retry` asks again.
    Undecided,
}

impl From<PurchaseState> for OrderState {
    fn from(state: PurchaseState) -> Self {
        match state {
            PurchaseState::Opened => Self::Open,
            PurchaseState::Received => Self::Received,
            PurchaseState::Authorized => Self::Authorized,
            PurchaseState::PartlyCaptured => Self::PartlyCaptured,
            PurchaseState::Captured => Self::Captured,
            PurchaseState::Voided => Self::Voided,
            PurchaseState::Declined => Self::Declined,
            PurchaseState::Undecided => Self::Undecided,
        }
    }
}

/// The money of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBooks {
    /// The order.
    pub order: OrderId,
    /// XID of the purchase that pays it, hexadecimal.
    pub xid: Option<String>,
    /// Its price.
    pub amount: Amount,
    /// What was authorized and not given back.
    pub authorized: Amount,
    /// What was captured.
    pub captured: Amount,
    /// Where it stands.
    pub state: OrderState,
    /// Whether an AuthReq, CapReq or AuthRevReq is without an answer, so that the sums may change.
    pub pending: bool,
}

/// One line of the list of orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderSummary {
    /// What is sold.
    pub description: String,
    /// When the order was made.
    pub created_at: Timestamp,
    /// Its money.
    #[serde(flatten)]
    pub books: OrderBooks,
}

/// One order in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderStatus {
    /// What the list shows.
    #[serde(flatten)]
    pub summary: OrderSummary,
    /// The brand that it is paid with.
    pub brand: Option<String>,
    /// Its authorizations, in the order they were asked for.
    pub authorizations: Vec<AuthorizationStatus>,
}

/// One authorization, as the shop sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorizationStatus {
    /// Its RRPID, hexadecimal.
    pub rrpid: String,
    /// What was asked for.
    pub asked: Amount,
    /// What was approved.
    pub approved: Option<Amount>,
    /// Where it stands.
    pub state: AuthorizationState,
    /// Why it was declined or is undecided.
    pub reason: Option<String>,
    /// Its captures.
    pub captures: Vec<CaptureStatus>,
    /// The reversal of the rest of it, when one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<VoidStatus>,
}

/// The reversal of what was not captured of an authorization, as the shop sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoidStatus {
    /// What stays authorized: what was captured.
    pub remaining: Amount,
    /// Where it stands.
    pub state: VoidState,
    /// Why it was refused or is undecided.
    pub reason: Option<String>,
}

/// One capture, as the shop sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaptureStatus {
    /// What was asked for.
    pub asked: Amount,
    /// What was captured.
    pub captured: Option<Amount>,
    /// Where it stands.
    pub state: CaptureState,
    /// Why it was refused or is undecided.
    pub reason: Option<String>,
}

/// Why a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// No order has this number.
    OrderUnknown,
    /// The description is empty or too long.
    DescriptionLength,
    /// The price is nothing.
    AmountZero,
    /// The currency is not in ISO 4217, or the amount is too large.
    AmountUnusable,
    /// The shipments are not two or more, too many, or do not add up to the price.
    Shipments,
    /// No authorization of the order was approved.
    NotAuthorized,
    /// A capture of the order has no answer yet.
    CaptureOpen,
    /// An authorization of the order has no answer yet.
    AuthorizationOpen,
    /// A reversal of the order has no answer yet.
    VoidOpen,
    /// The order was voided.
    Voided,
    /// All that was authorized is captured.
    NothingLeft,
    /// More than is left to capture, or another currency.
    AboveAuthorized,
    /// A part, when the purchase has as many captures as it may have.
    CapturesLimit,
    /// More than is left to authorize, or another currency.
    AbovePrice,
    /// All shipments were authorized, or the order has only one.
    NoShipmentLeft,
    /// This side could not make the message; its certificates or settings do not fit.
    Unable,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OrderUnknown => "no order has this number",
            Self::DescriptionLength => "the description of an order has 1 to 32768 octets",
            Self::AmountZero => "the price of an order is more than nothing",
            Self::AmountUnusable => "the amount is too large or its currency is not in ISO 4217",
            Self::Shipments => "shipments are two or more, none of nothing, and sum to the price",
            Self::NotAuthorized => "nothing of the order is authorized that could be captured",
            Self::CaptureOpen => "a capture of the order has no answer yet",
            Self::AuthorizationOpen => "an authorization of the order has no answer yet",
            Self::VoidOpen => "a reversal of the order has no answer yet",
            Self::Voided => "the order was voided, and nothing is authorized any more",
            Self::NothingLeft => "all that was authorized of the order is captured",
            Self::AboveAuthorized => "the amount is more than is authorized and not yet captured",
            Self::CapturesLimit => "the order was captured in as many parts as it may be",
            Self::AbovePrice => "the amount is more than is left of the price",
            Self::NoShipmentLeft => "every shipment of the order was authorized",
            Self::Unable => "the message to the gateway could not be made",
        })
    }
}

impl std::error::Error for CommandError {}

impl Report for CommandError {
    fn id(&self) -> &'static str {
        match self {
            Self::OrderUnknown => "order-unknown",
            Self::DescriptionLength => "description-length",
            Self::AmountZero => "amount-zero",
            Self::AmountUnusable => "amount-unusable",
            Self::Shipments => "shipments-wrong",
            Self::NotAuthorized => "order-not-authorized",
            Self::CaptureOpen => "capture-open",
            Self::AuthorizationOpen => "authorization-open",
            Self::VoidOpen => "void-open",
            Self::Voided => "order-voided",
            Self::NothingLeft => "nothing-to-void",
            Self::AboveAuthorized => "amount-above-authorized",
            Self::CapturesLimit => "captures-limit",
            Self::AbovePrice => "amount-above-price",
            Self::NoShipmentLeft => "no-shipment-left",
            Self::Unable => "merchant-unable",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::OrderUnknown => "list the orders; numbers have ten digits",
            Self::DescriptionLength => "shorten the description to what the cardholder must read",
            Self::AmountZero | Self::AmountUnusable => {
                "give minor units and the numeric code of a currency of ISO 4217"
            }
            Self::Shipments => "give the amount of each shipment, so that they sum to the price",
            Self::NotAuthorized => "ask for the status; capture once the order is authorized",
            Self::Voided => "make another order; a voided one stays voided",
            Self::NothingLeft => "what was captured cannot be voided",
            Self::CaptureOpen | Self::AuthorizationOpen | Self::VoidOpen => {
                "ask for the status later; `retry` asks the gateway again when it stays silent"
            }
            Self::AboveAuthorized | Self::AbovePrice => "ask for the status and lower the amount",
            Self::CapturesLimit => "capture all that is left at once, without an amount",
            Self::NoShipmentLeft => "make another order for what was not in this one",
            Self::Unable => "look at the merchant's log; check its certificates and settings",
        }
        .into()
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}
