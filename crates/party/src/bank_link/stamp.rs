//! What names a message on the bank link: trace number and transmission time.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Highest systems trace audit number; the next is 1 again.
pub const STAN_MAX: u32 = 999_999;

/// Fields 11 and 7 of a message. With the acquirer they name it for good: the same stamp is
/// never given to two messages, and a repeat carries the stamp of what it repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Systems trace audit number, 1 to [`STAN_MAX`].
    pub stan: u32,
    /// When the message was first sent; the message carries whole seconds.
    pub sent_at: Timestamp,
}

impl Stamp {
    /// The stamp of the next message after the one that had trace number `previous` (0 before
    /// the first). The caller keeps the number in the same transaction as the request.
    pub fn next(previous: u32, now: Timestamp) -> Self {
        let stan = if previous >= STAN_MAX { 1 } else { previous + 1 };
        Self { stan, sent_at: now }
    }

    /// Field 11.
    pub fn stan_text(&self) -> String {
        format!("{:06}", self.stan)
    }

    /// Field 37 for a transaction that starts with this stamp: last digit of the year, day of
    /// the year, hour, trace number. It stays with the transaction.
    pub fn retrieval_reference(&self) -> String {
        let at = TimeZone::UTC.to_datetime(self.sent_at);
        format!("{}{:03}{:02}{:06}", at.year() % 10, at.day_of_year(), at.hour(), self.stan)
    }
}

/// Field 7: `MMDDhhmmss` in UTC.
pub fn transmission_text(at: Timestamp) -> String {
    let at = TimeZone::UTC.to_datetime(at);
    format!("{:02}{:02}{:02}{:02}{:02}", at.month(), at.day(), at.hour(), at.minute(), at.second())
}

/// The instant of a field 7, in the year that brings it nearest to `now`; none when the digits
/// are no date and time.
pub fn transmission_instant(text: &str, now: Timestamp) -> Option<Timestamp> {
    let part = |from: usize| text.get(from..from + 2)?.parse::<i8>().ok();
    if text.len() != 10 {
        return None;
    }
    let (month, day) = (part(0)?, part(2)?);
    let (hour, minute, second) = (part(4)?, part(6)?, part(8)?);
    let this_year = TimeZone::UTC.to_datetime(now).year();
    (this_year.saturating_sub(1)..=this_year.saturating_add(1))
        .filter_map(|year| DateTime::new(year, month, day, hour, minute, second, 0).ok())
        .filter_map(|instant| TimeZone::UTC.to_timestamp(instant).ok())
        .min_by_key(|instant| now.as_second().abs_diff(instant.as_second()))
}
