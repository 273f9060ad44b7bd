//! Packet captures, read like an expert: bytes become layered trees with remarks.
//!
//! A [`dissection`] takes a [`capture`] file in chunks, steps over link and IP headers ([`net`]),
//! puts [`tcp`] streams in order, and gives them to the protocols of [`layer`], one file each.
//! [`tree`] is what they make of bytes, [`message`] what a user sees one line of; [`render`] and
//! [`follow`] show it. [`key`] holds what the user offered to open, [`limit`] names every limit.
//! Nothing here fails on bad bytes: what could be read is shown, and the rest is remarked on.

pub mod capture;
pub mod dissection;
pub mod follow;
pub mod key;
pub mod layer;
pub mod limit;
pub mod message;
pub mod net;
pub mod outlet;
mod redact;
pub mod render;
pub mod tcp;
pub mod tree;
