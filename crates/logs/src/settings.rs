//! What an analysis is told beforehand.

use jiff::Timestamp;

use crate::time::Assumed;

/// What an analysis is told beforehand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Seconds east of UTC of times without a zone.
    pub zone_s: i32,
    /// The field that joins lines of one payment; empty for the usual names (`xid` and others).
    pub join: String,
}

impl Settings {
    /// What is taken for granted in a file that was last written at `not_after`.
    pub fn assumed(&self, not_after: Timestamp) -> Assumed {
        Assumed { zone_s: self.zone_s, not_after }
    }
}
