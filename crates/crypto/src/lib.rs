//! Suites, key handles, signatures, envelopes and the dual signature's digests.
//!
//! Read in this order: [`suite`] (which algorithms belong together), [`key`] (handles that sign and
//! open), [`signature`] (verifying), [`cms`] (SignedData and AuthEnvelopedData around them),
//! [`digest`] (the digests that the dual signature and every linkage are made of).
//!
//! This crate never reads a clock, a file or the machine's randomness: randomness comes in as
//! `rng`. Three operations are exceptions because the library underneath draws for itself: ECDSA
//! signing with [`provider::AWS_LC`], RSA key generation, and the seed of an RSA-OAEP encryption.
//! None of the three is reached when suite `p256` runs with [`provider::DETERMINISTIC`], so such a
//! run gives the same bytes each time.

pub mod cms;
pub mod digest;
pub mod error;
pub mod identifier;
pub mod key;
pub mod oid;
pub mod pbe;
pub mod pkcs12_mac;
pub mod private_key;
pub mod provider;
pub mod signature;
pub mod suite;
pub mod symmetric;
pub mod token;
pub mod vault;

pub use error::{CryptoError, Unopened};
pub use oid::Oid;
