//! The limits of a server, one name each.

use crate::limit::limits;

/// Default of [`Limits::connections_max`].
pub const CONNECTIONS_MAX: usize = 1_024;
/// Default of [`Limits::connections_per_address_max`].
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 256;
/// Default of [`Limits::message_bytes_max`].
pub const MESSAGE_BYTES_MAX: usize = counterfoil_message::limits::MESSAGE_BYTES_MAX;
/// Default of [`Limits::bodies_bytes_max`].
pub const BODIES_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Default of [`Limits::head_bytes_max`].
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Default of [`Limits::headers_max`].
pub const HEADERS_MAX: usize = 64;
/// Default of [`Limits::handshake_ms_max`].
pub const HANDSHAKE_MS_MAX: u64 = 10_000;
/// Default of [`Limits::head_ms_max`].
pub const HEAD_MS_MAX: u64 = 10_000;
/// Default of [`Limits::body_ms_max`].
pub const BODY_MS_MAX: u64 = 10_000;
/// Default of [`Limits::answer_ms_max`].
pub const ANSWER_MS_MAX: u64 = 90_000;
/// Default of [`Limits::write_ms_max`].
pub const WRITE_MS_MAX: u64 = 15_000;
/// Default of [`Limits::idle_ms_max`].
pub const IDLE_MS_MAX: u64 = 75_000;

limits! {
    /// Limits of a server. Milliseconds count from the beginning of each step, however much a
    /// peer trickles in the meantime.
    pub struct Limits {
        /// Connections at once; further ones are closed as they come.
        connections_max: usize = CONNECTIONS_MAX in 1..=100_000,
        /// Connections at once from one IPv4 address or one IPv6 /64.
        connections_per_address_max: usize = CONNECTIONS_PER_ADDRESS_MAX in 1..=100_000,
        /// Octets of a body.
        message_bytes_max: usize = MESSAGE_BYTES_MAX in 1_024..=16 * 1024 * 1024,
        /// Octets of all bodies that are being received at once.
        bodies_bytes_max: usize = BODIES_BYTES_MAX in 64 * 1024..=1024 * 1024 * 1024,
        /// Octets of a request's head.
        head_bytes_max: usize = HEAD_BYTES_MAX in 8 * 1024..=1024 * 1024,
        /// Header lines of a request.
        headers_max: usize = HEADERS_MAX in 8..=1_000,
        /// Time for the TLS handshake.
        handshake_ms_max: u64 = HANDSHAKE_MS_MAX in 1..=600_000,
        /// Time for a request's head, from its first octet.
        head_ms_max: u64 = HEAD_MS_MAX in 1..=600_000,
        /// Time for a request's body.
        body_ms_max: u64 = BODY_MS_MAX in 1..=600_000,
        /// Time for the party to answer.
        answer_ms_max: u64 = ANSWER_MS_MAX in 1..=3_600_000,
        /// Time for the peer to take the answer.
        write_ms_max: u64 = WRITE_MS_MAX in 1..=600_000,
        /// Time between two requests of a connection.
        idle_ms_max: u64 = IDLE_MS_MAX in 1..=3_600_000,
    }
}
