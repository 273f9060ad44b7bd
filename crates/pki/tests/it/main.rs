//! Tests of the crate from outside: published vectors, the rules of SET, the openssl program.

mod deployment;
mod openssl;
mod parse;
mod pkits;
mod revocation_suite;
mod vectors;
