//! Statements: what is proved, about whom, by which signature, as of when; and what is not.

use std::fmt;

use counterfoil_pki::Thumb;
use jiff::Timestamp;

use super::format::Exporter;
use super::item::Item;
use super::text::printable;
use crate::exchange::authorization::AuthCode;
use crate::exchange::capture::CapCode;
use crate::exchange::purchase::CompletionCode;
use crate::primitive::money::RATIO_ONE;
use crate::primitive::{CurrencyAmount, Digest, Ratio, Rrpid};

/// How an amount of money is written for people.
pub type Money = fn(&CurrencyAmount) -> String;

/// The plainest way: a decimal number and the numeric code of ISO 4217.
pub fn plain_money(amount: &CurrencyAmount) -> String {
    amount.to_string()
}

/// One thing that is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What.
    pub claim: Claim,
    /// By whom and how it is known.
    pub signed_by: SignedBy,
}

/// The signature that proves a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// The part of the file that has the signature.
    pub item: Item,
    /// Subject of the signer's certificate (RFC 4514).
    pub subject: String,
    /// SHA-256 of that certificate.
    pub thumb: Thumb,
    /// The date at which the certificate was valid.
    pub as_of: Timestamp,
    /// The date of the CRLs and of the BCI that say that it was not revoked: `as_of`, or the later
    /// date of the export.
    pub revocation_as_of: Timestamp,
}

/// What is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The merchant offered this purchase.
    Offered {
        /// Id that the acquirer gave the merchant.
        merchant_id: String,
        /// Name of the merchant, from its certificate.
        merchant_name: String,
        /// Date of the purchase.
        date: Timestamp,
        /// Name of the gateway to pay through.
        gateway: String,
    },
    /// The cardholder agreed to an order, with a payment instruction.
    Ordered {
        /// Id of the merchant.
        merchant_id: String,
        /// Name of the gateway.
        gateway: String,
        /// The brand.
        brand: String,
        /// Digest of order and price.
        order_hash: [u8; 32],
    },
    /// The cardholder instructed the gateway to pay an amount.
    Instructed {
        /// The amount.
        amount: CurrencyAmount,
    },
    /// What was ordered, and its price.
    OrderText {
        /// The order as the shop showed it.
        text: String,
        /// Its price.
        amount: CurrencyAmount,
    },
    /// What the merchant answered.
    Answered {
        /// One code for each part of the purchase.
        codes: Vec<CompletionCode>,
    },
    /// What the gateway decided on one authorization.
    Authorized {
        /// The decision.
        code: AuthCode,
        /// Authorized part of the price; absent when there is nothing to divide by.
        ratio: Option<Ratio>,
        /// That part as an amount, when the price is known.
        amount: Option<CurrencyAmount>,
        /// Id of the authorization.
        rrpid: Rrpid,
        /// When.
        date: Timestamp,
        /// Was it captured in the same step?
        captured: bool,
    },
    /// What the gateway decided on one capture.
    Captured {
        /// The decision.
        code: CapCode,
        /// Captured part of the price.
        ratio: Option<Ratio>,
        /// That part as an amount, when the price is known.
        amount: Option<CurrencyAmount>,
        /// Id of the authorization.
        rrpid: Rrpid,
        /// When.
        date: Timestamp,
    },
    /// What the gateway gave back of one authorization.
    Reversed {
        /// Part of the price that stays authorized; absent when nothing does.
        ratio: Option<Ratio>,
        /// That part as an amount, when the price is known.
        amount: Option<CurrencyAmount>,
        /// Id of the authorization.
        rrpid: Rrpid,
        /// When.
        date: Timestamp,
    },
    /// Who put the file together.
    Exported {
        /// Which party.
        by: Exporter,
    },
}

impl Claim {
    /// Stable id in kebab-case.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Offered { .. } => "offer",
            Self::Ordered { .. } => "order",
            Self::Instructed { .. } => "instruction",
            Self::OrderText { .. } => "order-text",
            Self::Answered { .. } => "answer",
            Self::Authorized { .. } => "authorization",
            Self::Captured { .. } => "capture",
            Self::Reversed { .. } => "reversal",
            Self::Exported { .. } => "export",
        }
    }

    /// One sentence for people.
    pub fn sentence(&self, money: Money) -> String {
        match self {
            Self::Offered { merchant_id, merchant_name, date, gateway } => format!(
                "The merchant {} ({}) offered this purchase on {date}, to be paid through the \
                 gateway {}.",
                printable(merchant_name),
                printable(merchant_id),
                printable(gateway)
            ),
            Self::Ordered { merchant_id, gateway, brand, order_hash } => format!(
                "The cardholder ordered from merchant {} and instructed payment by {} through \
                 the gateway {}; order and price have the digest {}.",
                printable(merchant_id),
                printable(brand),
                printable(gateway),
                Digest::new(*order_hash)
            ),
            Self::Instructed { amount } => {
                format!("The cardholder instructed the gateway to pay {}.", money(amount))
            }
            Self::OrderText { text, amount } => {
                format!("The order was \"{}\" for {}.", printable(text), money(amount))
            }
            Self::Answered { codes } => {
                let codes: Vec<&str> = codes.iter().map(|code| code.name()).collect();
                format!("The merchant answered: {}.", codes.join(", "))
            }
            Self::Authorized { code, ratio, amount, rrpid, date, captured } => {
                let how = match code {
                    AuthCode::Approved => authorized(ratio, amount, *captured, money),
                    other => format!("refused ({other})"),
                };
                format!("The gateway {how} on {date}, authorization {rrpid}.")
            }
            Self::Captured { code, ratio, amount, rrpid, date } => {
                let how = match code {
                    CapCode::Success => format!("captured {}", part(ratio, amount, money)),
                    other => format!("refused to capture ({other})"),
                };
                format!("The gateway {how} on {date}, authorization {rrpid}.")
            }
            Self::Reversed { ratio: None, rrpid, date, .. } => format!(
                "The gateway gave the payment back on {date}: nothing of it is authorized any \
                 more, authorization {rrpid}."
            ),
            Self::Reversed { ratio, amount, rrpid, date } => format!(
                "The gateway gave back a part of the payment on {date} and left {} authorized, \
                 authorization {rrpid}.",
                part(ratio, amount, money).trim_end_matches(',')
            ),
            Self::Exported { by } => format!("The {by} put this file together."),
        }
    }
}

fn authorized(
    ratio: &Option<Ratio>,
    amount: &Option<CurrencyAmount>,
    captured: bool,
    money: Money,
) -> String {
    let too = if captured { " and captured" } else { "" };
    format!("authorized{too} {}", part(ratio, amount, money))
}

fn part(ratio: &Option<Ratio>, amount: &Option<CurrencyAmount>, money: Money) -> String {
    let percent = ratio.as_ref().map(percent);
    match (percent, amount) {
        (Some(percent), Some(amount)) => format!("{percent} of the price, {},", money(amount)),
        (Some(percent), None) => format!("{percent} of the price"),
        (None, _) => "an order without a price".into(),
    }
}

/// A ratio as a percentage with as many decimal digits as it has.
fn percent(ratio: &Ratio) -> String {
    let (whole, rest) = (ratio.get() / (RATIO_ONE / 100), ratio.get() % (RATIO_ONE / 100));
    let digits = format!("{rest:07}");
    match digits.trim_end_matches('0') {
        "" => format!("{whole} %"),
        digits => format!("{whole}.{digits} %"),
    }
}

/// Something that is not proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Order text and price are not in the file.
    OrderMissing,
    /// The instruction half is not in the file.
    InstructionMissing,
    /// The order half is not in the file.
    OrderHalfMissing,
    /// The merchant's offer is not in the file.
    OfferMissing,
    /// No answer of the merchant is in the file.
    AnswerMissing,
    /// No receipt of a capture is in the file.
    CaptureMissing,
    /// The merchant's answer and the gateway's receipt in it say different things.
    AnswerDiffers(Item),
    /// The captures of an authorization add up to more than it.
    CapturedAboveAuthorized,
    /// The authorizations add up to more than the price.
    AuthorizedAbovePrice,
    /// The exporter's certificate was valid at the payment, which is all that is known.
    SealAsOfPayment,
    /// Who the cardholder is.
    Person,
    /// Which card was used.
    Card,
    /// Whether anything was delivered.
    Delivery,
    /// Whether a certificate has been revoked since.
    RevokedSince,
}

impl Gap {
    /// Each gap, once.
    pub const EACH: [Self; 14] = [
        Self::OrderMissing,
        Self::InstructionMissing,
        Self::OrderHalfMissing,
        Self::OfferMissing,
        Self::AnswerMissing,
        Self::CaptureMissing,
        Self::AnswerDiffers(Item::File),
        Self::CapturedAboveAuthorized,
        Self::AuthorizedAbovePrice,
        Self::SealAsOfPayment,
        Self::Person,
        Self::Card,
        Self::Delivery,
        Self::RevokedSince,
    ];

    /// Stable id in kebab-case.
    pub fn id(self) -> &'static str {
        self.row().0
    }

    /// One sentence for people.
    pub fn sentence(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::OrderMissing => (
                "order-text",
                "What was ordered and at what price: the file has only the digest of both.",
            ),
            Self::InstructionMissing => (
                "instruction",
                "Which amount the cardholder instructed the gateway to pay: the instruction half \
                 is not in the file.",
            ),
            Self::OrderHalfMissing => (
                "order-half",
                "What the cardholder told the merchant: the order half is not in the file.",
            ),
            Self::OfferMissing => (
                "offer",
                "That the merchant offered this purchase: its PInitRes is not in the file.",
            ),
            Self::AnswerMissing => {
                ("answer", "What the merchant answered: no PRes or InqRes is in the file.")
            }
            Self::CaptureMissing => {
                ("capture", "That the amount was captured: no receipt of a capture is in the file.")
            }
            Self::AnswerDiffers(_) => (
                "answer-differs",
                "That the merchant told the truth: its answer differs from the gateway's receipt \
                 in it.",
            ),
            Self::CapturedAboveAuthorized => (
                "captured-above-authorized",
                "That the captures were right: they add up to more than was authorized.",
            ),
            Self::AuthorizedAbovePrice => (
                "authorized-above-price",
                "That the authorizations were right: they add up to more than the price.",
            ),
            Self::SealAsOfPayment => (
                "seal-as-of-payment",
                "That the exporter's certificate was still valid when the file was made: it was \
                 at the payment.",
            ),
            Self::Person => (
                "person",
                "Who the cardholder is: the certificate names an account by a code that only its \
                 issuer can resolve.",
            ),
            Self::Card => ("card", "Which card was used: card data is never in evidence."),
            Self::Delivery => ("delivery", "That anything was delivered."),
            Self::RevokedSince => (
                "revoked-since",
                "Whether a certificate was revoked after the dates above: compare with the \
                 brand's later CRLs.",
            ),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_written_with_the_digits_it_has() {
        let shown = |number| percent(&Ratio::new(number).unwrap());
        assert_eq!(shown(RATIO_ONE), "100 %");
        assert_eq!(shown(RATIO_ONE / 2), "50 %");
        assert_eq!(shown(333_333_333), "33.3333333 %");
        assert_eq!(shown(5), "0.0000005 %");
    }
}
