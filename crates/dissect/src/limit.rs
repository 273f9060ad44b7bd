//! Every limit of this crate by name, with its unit last.

/// First octets of a stream that are kept while no layer recognises it.
pub const OPENING_BYTES_MAX: usize = 512;
/// Chunks of an unrecognised stream that are looked at (the first of a stream, or those after a
/// gap or a start in its middle).
pub const OPENING_CHUNKS_MAX: usize = 64;
/// Layers inside each other.
pub const LAYERS_DEEP_MAX: usize = 8;
/// Most octets of one HTTP body that are kept for a layer inside it, or for showing.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most octets of one file with keys.
pub const KEY_FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most secrets of one key log.
pub const KEY_LOG_SECRETS_MAX: usize = 500_000;
/// Most private keys of one call.
pub const PRIVATE_KEYS_MAX: usize = 256;
/// Most octets of one captured packet.
pub const PACKET_BYTES_MAX: usize = 1024 * 1024;
/// Most octets of one pcapng block; key logs stand in blocks.
pub const BLOCK_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most interfaces of one pcapng section.
pub const INTERFACES_MAX: usize = 4096;
/// After a damaged pcap record, how far the next one's time may be from the last good one's.
pub const RESUME_SECONDS_MAX: u32 = 7 * 24 * 3600;
/// IP packets in fragments that are waited for at a time.
pub const FRAGMENTED_PACKETS_MAX: usize = 1024;
/// Octets of fragments that are held at a time; the last packet may go beyond it.
pub const FRAGMENTED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long a fragment waits for the others (RFC 8200 section 4.5), in nanoseconds of the capture.
pub const FRAGMENT_WAIT_NS_MAX: i64 = 60_000_000_000;
/// Octets out of order that one direction holds.
pub const HELD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Octets out of order that all connections hold together; beyond it the direction that wants more
/// gives up waiting.
pub const HELD_TOTAL_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Segments out of order that one direction holds.
pub const HELD_SEGMENTS_MAX: usize = 4096;
/// How far back one direction compares what is sent again. Twice as much may be held.
pub const HISTORY_BYTES_MAX: usize = 32 * 1024;
/// Octets for comparing that all connections hold together.
pub const HISTORY_TOTAL_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How many segments a hole is waited for that the receiver acknowledged as filled.
pub const GAP_WAIT_SEGMENTS_MAX: u32 = 32;
/// How long such a hole is waited for, in nanoseconds of the capture.
pub const GAP_WAIT_NS_MAX: i64 = 1_000_000_000;
/// Connections that are followed at a time. Beyond it the quietest eighth is given up.
pub const CONNECTIONS_MAX: usize = 262_144;
/// How long a closed connection is remembered for packets that come late, in nanoseconds of the
/// capture.
pub const LINGER_NS_MAX: i64 = 120_000_000_000;
/// Closed connections that are remembered at a time.
pub const CLOSED_CONNECTIONS_MAX: usize = 16_384;
/// Remarks of one kind that are told on their own; all are counted.
pub const REMARKS_OF_A_KIND_MAX: u64 = 1000;
/// Octets of the head of an HTTP message.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Octets of a line with a chunk's size, or of a trailer.
pub const CHUNK_LINE_BYTES_MAX: usize = 8 * 1024;
/// HTTP requests on one connection that wait for their answers.
pub const QUESTIONS_MAX: usize = 1024;
/// Octets of a body's text that are shown.
pub const BODY_SHOWN_BYTES_MAX: usize = 16 * 1024;
/// Messages with ids that are kept to follow one payment.
pub const FOLLOWED_MESSAGES_MAX: usize = 1_000_000;
/// Sides that a ladder has columns for.
pub const LADDER_COLUMNS_MAX: usize = 8;
