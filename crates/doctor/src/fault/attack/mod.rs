//! Faults of class attack.

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[];
