//! Builds the messages of the bank link.

use serde::{Deserialize, Serialize};

use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::mac::{self, MacKey};
use counterfoil_iso8583::original::{INSTITUTION_DIGITS_MAX, OriginalData, replacement_text};
use counterfoil_iso8583::private_data::PrivateData;
use counterfoil_iso8583::{Dialect, Message, Mti, redact};
use counterfoil_secret::{Pan, SecretBytes};

use super::error::BankLinkError;
use super::expiry::Expiry;
use super::request::{BankRequest, Operation, Original, Purchase};
use super::stamp::{Stamp, transmission_text};
use crate::amount::Amount;

/// Field 3: goods and services, from and to the default account.
pub const PROCESSING_PURCHASE: &str = "000000";
/// Field 22: electronic commerce, no PIN.
const ENTRY_MODE: &str = "810";
/// Field 25: electronic commerce.
const CONDITION_CODE: &str = "59";

/// The gateway's settings of its bank link. The key is given separately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankLinkConfig {
    /// Name of the dialect, `ascii1987` or `binary`.
    pub dialect: String,
    /// Field 32: the acquirer's number, 1 to 11 digits, the first not 0.
    pub acquirer: String,
    /// Name of the message authentication, `aes-cmac`.
    pub mac: String,
}

/// The card of a first authorization or sale.
#[derive(Debug, Clone)]
pub struct CardData {
    /// Its number.
    pub pan: Pan,
    /// Until when it is valid.
    pub expiry: Expiry,
}

/// The gateway's end of the bank link.
#[derive(Debug)]
pub struct BankLink {
    pub(super) dialect: &'static Dialect,
    pub(super) acquirer: String,
    pub(super) key: MacKey,
}

impl BankLink {
    /// An end with these settings and this key.
    ///
    /// # Errors
    /// [`BankLinkError`] when the dialect, the acquirer or the message authentication is not
    /// acceptable.
    pub fn new(config: &BankLinkConfig, key: &SecretBytes) -> Result<Self, BankLinkError> {
        let dialect = Dialect::by_name(&config.dialect)
            .ok_or_else(|| BankLinkError::UnknownDialect { name: config.dialect.clone() })?;
        if !is_institution(&config.acquirer) {
            return Err(BankLinkError::Acquirer);
        }
        let key = MacKey::new(&config.mac, key)?;
        Ok(Self { dialect, acquirer: config.acquirer.clone(), key })
    }

    /// The message of a request, without its length prefix. `card` is needed for authorizations
    /// and sales only; `repeat` marks a message that was sent before.
    ///
    /// # Errors
    /// [`BankLinkError::CardMissing`], or [`BankLinkError::Message`] naming a field that does
    /// not fit.
    pub fn message(
        &self,
        request: &BankRequest,
        card: Option<&CardData>,
        repeat: bool,
    ) -> Result<Vec<u8>, BankLinkError> {
        let mti = if repeat { request.mti().repeat() } else { request.mti() };
        let message = match &request.operation {
            Operation::Authorize(purchase) | Operation::Sale(purchase) => {
                let card = card.ok_or(BankLinkError::CardMissing)?;
                first(self.stamped(mti, &request.stamp), &request.stamp, purchase, card)
            }
            Operation::Capture { original, amount_minor } => {
                let amount = Amount { minor: *amount_minor, ..original.amount };
                self.later(self.stamped(mti, &request.stamp), original, amount)
            }
            Operation::Reverse { original, remaining_minor } => self
                .later(self.stamped(mti, &request.stamp), original, original.amount)
                .with(n::REPLACEMENT_AMOUNTS, replacement_text(*remaining_minor)),
            Operation::Network(code) => {
                self.stamped(mti, &request.stamp).with(n::NETWORK_CODE, code.digits())
            }
        };
        Ok(mac::seal(message, self.dialect, &self.key)?)
    }

    /// A message of the link as a journal may hold it.
    pub fn redacted(&self, message: &[u8]) -> Vec<u8> {
        redact::redact(message, self.dialect)
    }

    fn stamped(&self, mti: Mti, stamp: &Stamp) -> Message {
        Message::new(mti)
            .with(n::TRANSMISSION_TIME, transmission_text(stamp.sent_at))
            .with(n::STAN, stamp.stan_text())
            .with(n::ACQUIRER, &self.acquirer)
    }

    fn later(&self, message: Message, original: &Original, amount: Amount) -> Message {
        let named = OriginalData {
            mti: original.kind.mti(),
            stan: original.stamp.stan_text(),
            transmission_time: transmission_text(original.stamp.sent_at),
            acquirer: self.acquirer.clone(),
        };
        let message = with_amount(message, amount)
            .with(n::RRN, &original.retrieval_reference)
            .with(n::TERMINAL, &original.terminal)
            .with(n::MERCHANT, &original.merchant)
            .with(n::PRIVATE_DATA, private_text(original.xid, None))
            .with(n::ORIGINAL_DATA, named.field_text());
        match &original.approval {
            Some(approval) => message.with(n::APPROVAL, approval),
            None => message,
        }
    }
}

fn first(message: Message, stamp: &Stamp, purchase: &Purchase, card: &CardData) -> Message {
    let local = transmission_text(stamp.sent_at);
    with_amount(message, purchase.amount)
        .with_pan(&card.pan)
        .with(n::LOCAL_TIME, &local[4..])
        .with(n::LOCAL_DATE, &local[..4])
        .with(n::EXPIRY, card.expiry.field_text())
        .with(n::MERCHANT_TYPE, &purchase.merchant_type)
        .with(n::ENTRY_MODE, ENTRY_MODE)
        .with(n::CONDITION_CODE, CONDITION_CODE)
        .with(n::RRN, stamp.retrieval_reference())
        .with(n::TERMINAL, &purchase.terminal)
        .with(n::MERCHANT, &purchase.merchant)
        .with(n::MERCHANT_NAME, &purchase.merchant_name)
        .with(n::PRIVATE_DATA, private_text(purchase.xid, purchase.trans_stain))
}

fn with_amount(message: Message, amount: Amount) -> Message {
    message
        .with(n::PROCESSING_CODE, PROCESSING_PURCHASE)
        .with(n::AMOUNT, amount.minor.to_string())
        .with(n::CURRENCY, amount.currency.to_string())
}

fn private_text(xid: [u8; 20], trans_stain: Option<[u8; 32]>) -> String {
    PrivateData { xid: Some(xid), trans_stain, ..PrivateData::default() }.field_text()
}

/// Whether a text can be an institution's number in fields 32 and 90.
pub(crate) fn is_institution(text: &str) -> bool {
    (1..=INSTITUTION_DIGITS_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && !text.starts_with('0')
}
