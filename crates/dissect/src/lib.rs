//! Packet captures, read like an expert: bytes become layered trees with remarks.
//!
//! [`layer`] holds the protocols that stand above a byte stream, one file each; [`tree`] is what
//! they make of bytes; [`message`] is what a user sees one line of; [`key`] holds what the user
//! offered to open; [`limit`] names every limit. Nothing here fails on bad bytes: what could be
//! read is shown, and the rest is remarked on.

pub mod key;
pub mod layer;
pub mod limit;
pub mod message;
pub mod tree;
