//! The whole deployment in one thread on virtual time.
//!
//! A seed decides everything: what the network loses, doubles, delays and reorders, which party
//! stops between which two steps, and what is bought. The same seed gives the same trace. After
//! each event the invariants are checked by code that shares nothing with the parties.

pub mod chance;
pub mod deployment;
pub mod engine;
pub mod host;
pub mod ledgers;
pub mod secrets;
pub mod trace;
pub mod world;
