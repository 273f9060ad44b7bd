//! Tests of this crate as its users see it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail where it stands")]

mod certificate;
mod enveloped;
mod keys;
mod openssl;
mod signed;
mod token;
mod vault;
mod wycheproof;
