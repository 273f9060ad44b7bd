//! The node around a party that only tests know.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the node is tested on real sockets and files"
)]

mod actor;
mod bank_link;
mod call;
mod echo;
mod fixture;
mod hostile;
mod serve;
mod set;
