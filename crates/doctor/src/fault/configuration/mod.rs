//! Faults of class configuration.

mod bank_address_wrong;
mod certificate_not_reloaded;
mod key_mismatch;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] =
    &[&bank_address_wrong::FAULT, &certificate_not_reloaded::FAULT, &key_mismatch::FAULT];
