//! Certificates, CRLs and requests as they stand, for people who look at files and for rules
//! about them: whatever can be read is kept, and what cannot is named.
//!
//! [`crate::Certificate`] and [`crate::Crl`] are what the product relies on; they refuse the whole
//! for one bad part. A view refuses nothing: a part that cannot be read is empty, and a [`Flaw`]
//! says which one, where and why. Nothing here is to be trusted.

mod algorithm;
mod certificate;
mod crl;
mod parts;
mod public_key;
mod request;
pub(crate) mod values;

pub use algorithm::{AlgorithmView, Parameters, Strength};
pub use certificate::CertificateView;
pub use crl::{CrlView, EntryView};
pub(crate) use parts::printable;
pub use parts::{AttributeView, ExtensionView, NameView, TimeView};
pub use public_key::{KeyShape, PublicKeyView};
pub use request::RequestView;
pub(crate) use request::holds;

use crate::error::FieldError;

/// A part that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The part, as its specification names it.
    pub field: &'static str,
    /// Offset in octets from the start of the part that was being read.
    pub offset: usize,
    /// Why.
    pub reason: String,
}

impl Flaw {
    pub(crate) fn of(error: FieldError, field: &'static str) -> Self {
        let field = if error.field.is_empty() { field } else { error.field };
        Self { field, offset: error.offset, reason: error.reason }
    }
}

/// Collects flaws while parts are read.
#[derive(Debug, Default)]
pub(crate) struct Flaws(pub(crate) Vec<Flaw>);

impl Flaws {
    /// The value, or its default and a flaw.
    pub(crate) fn take<T: Default>(
        &mut self,
        field: &'static str,
        read: Result<T, impl Into<FieldError>>,
    ) -> T {
        match read {
            Ok(value) => value,
            Err(error) => {
                self.0.push(Flaw::of(error.into(), field));
                T::default()
            }
        }
    }
}
