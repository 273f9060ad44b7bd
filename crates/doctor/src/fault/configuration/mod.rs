//! Faults of class configuration.

mod acquirer_unknown;
mod address;
mod agreement;
mod bank_address_wrong;
mod ca_address_wrong;
mod certificate_not_reloaded;
mod certificate_wrong_name;
mod certificate_wrong_role;
mod chain_disordered;
mod chain_incomplete;
mod clock_skew;
mod currency_not_enabled;
mod descriptor_limit_low;
mod dialect_differs;
mod disk;
mod disk_full;
mod disk_nearly_full;
mod folder_read_only;
mod gateway_address_wrong;
mod key_mismatch;
mod key_rotation_overdue;
mod mac_differs;
mod merchant_unknown;
mod next_start;
mod permissions_too_wide;
mod profile_drift;
mod roots;
mod settings_unreadable;
mod sign_on_missing;
mod terminal_unknown;
mod timeouts_inverted;
mod trace_numbers_collide;
mod trust_root_foreign;
mod trust_root_missing;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[
    &acquirer_unknown::FAULT,
    &bank_address_wrong::FAULT,
    &ca_address_wrong::FAULT,
    &certificate_not_reloaded::FAULT,
    &certificate_wrong_name::FAULT,
    &certificate_wrong_role::FAULT,
    &chain_disordered::FAULT,
    &chain_incomplete::FAULT,
    &clock_skew::FAULT,
    &currency_not_enabled::FAULT,
    &descriptor_limit_low::FAULT,
    &dialect_differs::FAULT,
    &disk_full::FAULT,
    &disk_nearly_full::FAULT,
    &folder_read_only::FAULT,
    &gateway_address_wrong::FAULT,
    &key_mismatch::FAULT,
    &key_rotation_overdue::FAULT,
    &mac_differs::FAULT,
    &merchant_unknown::FAULT,
    &permissions_too_wide::FAULT,
    &profile_drift::FAULT,
    &settings_unreadable::FAULT,
    &sign_on_missing::FAULT,
    &terminal_unknown::FAULT,
    &timeouts_inverted::FAULT,
    &trace_numbers_collide::FAULT,
    &trust_root_foreign::FAULT,
    &trust_root_missing::FAULT,
];
