//! The engine on made-up facts.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod bank_agreement;
mod between;
mod configuration;
mod handbook;
mod locate;
mod made;
mod operation;
mod pressure;
mod profile;
mod tampering;
mod vulnerability;
mod world;
