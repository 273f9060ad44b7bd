//! TLS on the wire, SSL 2.0 to TLS 1.3, without I/O.
//!
//! - Tables of the IANA registries: [`suite`], [`group`], [`signature_scheme`], [`alert`],
//!   [`version`], [`extension`].
//! - Octets: [`record`] and [`handshake`] take a stream apart, [`client_hello`],
//!   [`server_hello`], [`ssl2`] and [`message`] compose and read what is in it.
//!
//! - A server: [`flight`] puts its answer together, [`probe`] asks it what it speaks,
//!   [`rule`] and [`attack`] say what that means.
//!
//! Whatever a peer sends, reading it is bounded by [`limit`], never panics and says at which
//! octet it stopped.

pub mod alert;
pub mod attack;
pub mod chain;
pub mod client_hello;
pub mod dh_prime;
pub mod extension;
pub mod flight;
pub mod group;
pub mod handshake;
pub mod limit;
pub mod message;
pub mod probe;
pub mod record;
pub mod rule;
pub mod server_hello;
pub mod signature_scheme;
pub mod ssl2;
pub mod suite;
pub mod version;
pub mod wire;

pub use version::Version;
pub use wire::Malformed;

/// Is this one of the values that clients send to keep servers tolerant (RFC 8701)?
pub fn is_grease(code: u16) -> bool {
    code & 0x0f0f == 0x0a0a && code >> 8 == code & 0xff
}
