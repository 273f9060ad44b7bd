//! Tests of the crate from outside: published vectors, the rules of SET, the openssl program.

mod parse;
mod vectors;
