//! Faults of class configuration.

mod address;
mod bank_address_wrong;
mod ca_address_wrong;
mod certificate_not_reloaded;
mod certificate_wrong_name;
mod certificate_wrong_role;
mod chain_disordered;
mod chain_incomplete;
mod gateway_address_wrong;
mod key_mismatch;
mod next_start;
mod roots;
mod settings_unreadable;
mod trust_root_foreign;
mod trust_root_missing;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[
    &bank_address_wrong::FAULT,
    &ca_address_wrong::FAULT,
    &certificate_not_reloaded::FAULT,
    &certificate_wrong_name::FAULT,
    &certificate_wrong_role::FAULT,
    &chain_disordered::FAULT,
    &chain_incomplete::FAULT,
    &gateway_address_wrong::FAULT,
    &key_mismatch::FAULT,
    &settings_unreadable::FAULT,
    &trust_root_foreign::FAULT,
    &trust_root_missing::FAULT,
];
