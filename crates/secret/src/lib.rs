//! Types that keep card numbers, keys and codes from being printed.
//!
//! A value wrapped here prints masked, is wiped from memory when dropped, and can be read only
//! by a call named `expose`, which `grep` finds. [`report`] holds what every error of the
//! product can say about itself.

pub mod pan;
pub mod report;
pub mod secret;

pub use pan::{Pan, PanError};
pub use report::{Fault, Report};
pub use secret::{Secret, SecretBytes};
