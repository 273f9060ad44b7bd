//! Sockets, tasks, files and telemetry around a party.
//!
//! [`runner`] ties it together; [`actor`] runs one party on a thread of its own. Nothing here
//! decides anything about the protocol: octets come in, go to the party, and what the party wants
//! done is done after its records are durable.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is the edge to the machine: clock, threads, sockets and files are its work"
)]

pub mod actor;
pub mod bank_link;
pub mod client;
pub mod clock;
pub mod config;
pub mod deployment;
pub mod files;
pub mod key_log;
pub mod limit;
pub mod metrics;
pub mod process;
mod queue;
pub mod rng;
pub mod runner;
pub mod server;
pub mod supervise;
pub mod telemetry;
pub mod tls;

/// A future on the heap, as the traits of this crate return them.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
