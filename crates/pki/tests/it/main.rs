//! Tests of the crate from outside: published vectors, the rules of SET, the openssl program.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests say what they skip")]

mod bettertls;
mod deployment;
mod file;
mod hostile;
mod limbo;
mod ocsp;
mod openssl;
mod pages;
mod parse;
mod pkits;
mod purposes;
mod reference;
mod revocation_suite;
mod tls;
mod trust_revocation;
mod trust_rules;
mod vectors;
mod watch;
