//! The evidence file: what proves one payment, checkable by anyone, offline, years later.
//!
//! A file holds the signed structures of one purchase byte for byte, the certificates, CRLs and
//! BrandCRLIdentifiers to check them with, and the exporter's seal over it all. [`mod@export`]
//! makes one from a party's journal, [`verify()`] judges one from its octets and the roots that
//! the reader trusts. Neither ever holds a card number. `docs/evidence.md` is the reference of
//! the format.

pub mod armour;
mod error;
pub mod export;
pub mod format;
mod item;
mod rule;
mod signature;
pub mod statement;
mod text;
mod verification;
mod verify;

#[cfg(test)]
mod tests;

pub use error::EvidenceError;
pub use export::{ExportError, ExportRequest, Exported, Journaled, Order, export};
pub use format::{Evidence, EvidenceFile, Exporter, SignedAnswer, SignedPurchase};
pub use item::Item;
pub use rule::Rule;
pub use statement::{Claim, Gap, Money, SignedBy, Statement};
pub use verification::{Outcome, Reason, Subject, Verdict, Verification};
pub use verify::verify;
