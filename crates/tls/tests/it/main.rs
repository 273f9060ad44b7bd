//! Tests of the crate against other implementations, scripted servers and hostile octets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod openssl_names;
mod pages;
mod rules;
mod server;
