//! Messages in every dialect: golden text, round trips, hostile bytes, authentication,
//! redaction, and what other implementations think of them.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod authentication;
mod hostile;
mod other_implementations;
mod redaction;
mod sample;
mod written_form;
