//! Faults of class attack.

mod certificate_forged;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[&certificate_forged::FAULT];
