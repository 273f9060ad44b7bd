//! Parties over real messages, records in memory.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

mod gateway;
mod purchase;
