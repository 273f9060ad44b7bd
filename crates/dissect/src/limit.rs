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
