//! The hands of the doctor: what touches live servers and deployments.
//!
//! [`probe`] asks a TLS server what it speaks; [`watch`] gathers what certificates, keys and lists
//! there are. Being unable to look is told as such and never as fine.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is the edge to the network: sockets, time-outs and the clock are its work"
)]

pub mod probe;
pub mod watch;
