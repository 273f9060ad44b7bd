//! Messages in every dialect: golden text, round trips, hostile bytes, authentication,
//! redaction, and what other implementations think of them.

mod authentication;
mod hostile;
mod other_implementations;
mod redaction;
mod sample;
mod written_form;
