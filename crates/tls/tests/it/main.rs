//! Tests of the crate against other implementations and hostile octets.

mod openssl_names;
mod pages;
