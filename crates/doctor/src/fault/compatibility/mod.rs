//! Faults of class compatibility.

mod connection_reset;
mod large_messages_lost;
mod packets_dropped;
mod peer_lacks_algorithms;
mod proxy_rewrites;

use super::Fault;

/// Every fault of this class.
pub(super) static FAULTS: &[&Fault] = &[
    &connection_reset::FAULT,
    &large_messages_lost::FAULT,
    &packets_dropped::FAULT,
    &peer_lacks_algorithms::FAULT,
    &proxy_rewrites::FAULT,
];
