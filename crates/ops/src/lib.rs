//! The hands of the doctor: what touches live servers.
//!
//! [`probe`] asks a TLS server what it speaks. Being unable to look is an error of its own and
//! never reported as fine.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is the edge to the network: sockets, time-outs and the clock are its work"
)]

pub mod probe;
