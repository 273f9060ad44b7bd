//! Tests of this crate as its users see it.

mod certificate;
mod enveloped;
mod keys;
mod openssl;
mod signed;
