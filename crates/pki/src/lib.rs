//! Certificates, CRLs and the brand CRL identifier of SET: reading, issuing, validating.
//!
//! Reading and validating are functions of their arguments: the time, the bytes and the
//! randomness come from outside. [`certificate::Certificate`] is the place to start.

pub mod bci;
pub mod certificate;
pub mod crl;
pub mod error;
pub mod extension;
pub mod general_name;
pub mod hierarchy;
pub mod issue;
pub mod limit;
pub mod name;
pub mod oid;
pub mod path;
mod pem;
mod revocation_point;
pub mod thumb;
mod time;
pub mod trust;

pub use bci::Bci;
pub use certificate::Certificate;
pub use crl::Crl;
pub use error::PkiError;
pub use extension::{KeyUsage, Roles};
pub use thumb::Thumb;
pub use trust::{Need, Trust, TrustError, Usage, Verified};
