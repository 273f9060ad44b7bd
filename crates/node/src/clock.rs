//! The clock of this process: the machine's, moved where a laboratory wants it so.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Milliseconds that are added to the machine's time. One process serves one party.
static OFFSET_MS: AtomicI64 = AtomicI64::new(0);

/// Moves the clock of this process, once at its start.
pub(crate) fn move_by(offset_ms: i64) {
    OFFSET_MS.store(offset_ms, Ordering::Relaxed);
}

/// The time, as this process takes it.
pub fn now() -> Timestamp {
    let offset = SignedDuration::from_millis(OFFSET_MS.load(Ordering::Relaxed));
    let now = Timestamp::now();
    now.checked_add(offset).unwrap_or(now)
}
