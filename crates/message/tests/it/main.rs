//! Tests of the messages as a peer in another language would see them: octets in, octets out.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail where it stands")]

mod deployment;
mod payment;
mod sample;

mod dual;
mod golden;
mod hostile;
mod named_errors;
mod openssl;
mod registration;
mod round_trip;
mod treatment;
mod wire_format;
