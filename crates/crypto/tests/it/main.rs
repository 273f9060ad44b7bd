//! Tests of this crate as its users see it.

mod keys;
mod openssl;
