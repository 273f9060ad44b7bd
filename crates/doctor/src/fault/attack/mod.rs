//! Faults of class attack.

mod certificate_forged;
mod flood_of_connections;
mod flood_of_requests;
mod pressed;
mod slow_requests;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[
    &certificate_forged::FAULT,
    &flood_of_connections::FAULT,
    &flood_of_requests::FAULT,
    &slow_requests::FAULT,
];
