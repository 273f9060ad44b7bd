//! Every limit of this crate, by name, unit last.

/// Longest payload of one record: 2^14 and what encryption may add (RFC 5246 6.2.3).
pub const RECORD_BYTES_MAX: usize = 16 * 1024 + 2048;

/// Longest handshake message that is put together. A chain of ten certificates has about 20,000.
pub const HANDSHAKE_BYTES_MAX: usize = 256 * 1024;

/// Most octets of an answer that are read: a server's first flight.
pub const ANSWER_BYTES_MAX: usize = 384 * 1024;

/// Most extensions of one hello that are read.
pub const EXTENSIONS_MAX: usize = 256;

/// Most certificates of one Certificate message that are read.
pub const CERTIFICATES_MAX: usize = 64;

/// Most records that one answer may be spread over: a limit on empty records.
pub const RECORDS_MAX: usize = 4096;
