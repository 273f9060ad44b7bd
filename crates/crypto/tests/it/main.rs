//! Tests of this crate as its users see it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail where it stands")]

mod certificate;
mod cost;
mod enveloped;
mod keys;
mod openssl;
mod public_keys;
mod signed;
mod token;
mod vault;
mod wycheproof;
