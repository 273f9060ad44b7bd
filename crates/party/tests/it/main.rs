//! Parties over real messages, records in memory.

mod gateway;
mod purchase;
