//! Faults of class configuration.

mod bank_address_wrong;
mod key_mismatch;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[&bank_address_wrong::FAULT, &key_mismatch::FAULT];
