//! Faults of class attack.

mod certificate_forged;
mod files_changed_behind;
mod flood_of_connections;
mod flood_of_requests;
mod merchant_imitated;
mod messages_altered;
mod pressed;
mod program_changed;
mod slow_requests;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[
    &certificate_forged::FAULT,
    &files_changed_behind::FAULT,
    &flood_of_connections::FAULT,
    &flood_of_requests::FAULT,
    &merchant_imitated::FAULT,
    &messages_altered::FAULT,
    &program_changed::FAULT,
    &slow_requests::FAULT,
];
