//! Faults of class operation.

mod party_down;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[&party_down::FAULT];
