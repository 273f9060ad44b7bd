//! The engine on made-up facts.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod between;
mod configuration;
mod locate;
mod made;
mod operation;
mod pressure;
mod vulnerability;
mod world;
