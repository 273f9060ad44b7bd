//! Faults of class operation.

mod authorization_never_captured;
mod backlog_growing;
mod books_disagree;
mod latency_risen;
mod party_down;
mod party_hung;
mod party_not_ready;
mod payment_in_doubt;
mod restart_loop;
mod reversal_never_delivered;
mod success_rate_fallen;
mod views;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[
    &party_down::FAULT,
    &party_hung::FAULT,
    &party_not_ready::FAULT,
    &restart_loop::FAULT,
    &payment_in_doubt::FAULT,
    &books_disagree::FAULT,
    &authorization_never_captured::FAULT,
    &reversal_never_delivered::FAULT,
    &backlog_growing::FAULT,
    &success_rate_fallen::FAULT,
    &latency_risen::FAULT,
];
