//! The gateway's end of the bank link: builds ISO 8583 requests and reads their answers.
//!
//! Pure functions of a typed [`BankRequest`]. A request holds no card number, so it can be
//! stored as it is; the card is given only when the message is built, and only the first
//! authorization or sale needs it: captures and reversals name the original by field 90.
//!
//! | SET | request | answer | the bank |
//! |---|---|---|---|
//! | AuthReq | `0100` | `0110` | holds the amount |
//! | AuthReq with captureNow | `0200` | `0210` | moves the amount at once |
//! | CapReq | `0220`, field 90 | `0230` | moves at most what is held; the rest stays held |
//! | AuthRevReq, late or lost answer | `0420`, fields 90 and 95 | `0430` | reduces or cancels |
//! | | `0800`, field 70 | `0810` | sign-on 001, sign-off 002, echo 301 |
//!
//! Rules of the link: a trace number and transmission time name a message for good. Without an
//! answer the same message goes again as a repeat (`0101`, `0221`, `0421`), or an authorization
//! or sale is reversed; reversals and captures are repeated until they are answered.

mod answer;
mod build;
mod error;
mod expiry;
mod request;
mod stamp;
mod verdict;

pub use answer::BankAnswer;
pub(crate) use build::is_institution;
pub use build::{BankLink, BankLinkConfig, CardData, PROCESSING_PURCHASE};
pub use error::BankLinkError;
pub use expiry::{Expiry, ExpiryError};
pub use request::{BankRequest, NetworkCode, Operation, Original, OriginalKind, Purchase};
pub use stamp::{STAN_MAX, Stamp, transmission_instant, transmission_text};
pub use verdict::{AuthVerdict, CaptureVerdict};

#[cfg(test)]
mod tests;
