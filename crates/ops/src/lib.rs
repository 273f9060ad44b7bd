//! The hands of the doctor: what touches live servers and deployments.
//!
//! [`survey`] gathers the facts of a deployment for the doctor, [`step`] carries out what a plan
//! says, and [`inject`] causes faults in a laboratory. [`probe`] asks a TLS server what it speaks;
//! [`watch`] gathers what certificates, keys and lists there are. Being unable to look is told as
//! such and never as fine.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is the edge to the network: sockets, time-outs and the clock are its work"
)]

pub mod answer;
mod check_value;
pub mod examine;
mod holding;
pub mod incident;
pub mod inject;
pub mod probe;
pub mod publication;
pub mod recorded;
pub mod redact;
pub mod repair;
pub mod seal;
pub mod step;
pub mod survey;
pub mod watch;
mod witness;
