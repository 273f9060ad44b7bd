//! The limits of a server, one name each.

use serde::Deserialize;

/// Default of [`Limits::connections_max`].
pub const CONNECTIONS_MAX: usize = 1_024;
/// Default of [`Limits::connections_per_address_max`].
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 256;
/// Default of [`Limits::message_bytes_max`].
pub const MESSAGE_BYTES_MAX: usize = 512 * 1024;
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

/// Limits of a server. Milliseconds count from the beginning of each step, however much a peer
/// trickles in the meantime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once; further ones are closed as they come.
    pub connections_max: usize,
    /// Connections at once from one IPv4 address or one IPv6 /64.
    pub connections_per_address_max: usize,
    /// Octets of a body.
    pub message_bytes_max: usize,
    /// Octets of all bodies that are being received at once.
    pub bodies_bytes_max: usize,
    /// Octets of a request's head (at least 8 KiB).
    pub head_bytes_max: usize,
    /// Header lines of a request.
    pub headers_max: usize,
    /// Time for the TLS handshake.
    pub handshake_ms_max: u64,
    /// Time for a request's head, from its first octet.
    pub head_ms_max: u64,
    /// Time for a request's body.
    pub body_ms_max: u64,
    /// Time for the party to answer.
    pub answer_ms_max: u64,
    /// Time for the peer to take the answer.
    pub write_ms_max: u64,
    /// Time between two requests of a connection.
    pub idle_ms_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            connections_per_address_max: CONNECTIONS_PER_ADDRESS_MAX,
            message_bytes_max: MESSAGE_BYTES_MAX,
            bodies_bytes_max: BODIES_BYTES_MAX,
            head_bytes_max: HEAD_BYTES_MAX,
            headers_max: HEADERS_MAX,
            handshake_ms_max: HANDSHAKE_MS_MAX,
            head_ms_max: HEAD_MS_MAX,
            body_ms_max: BODY_MS_MAX,
            answer_ms_max: ANSWER_MS_MAX,
            write_ms_max: WRITE_MS_MAX,
            idle_ms_max: IDLE_MS_MAX,
        }
    }
}
