//! Times of lines, in the forms that loggers write.
//!
//! The calendar is jiff's. Logs repeat their day a million times, so the last day is
//! remembered, and only the time of day is computed for each line.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// Microseconds of a second.
const SECOND_US: i64 = 1_000_000;
/// Microseconds of a day.
const DAY_US: i64 = 86_400 * SECOND_US;
/// English months, as syslog and access logs write them.
const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// What is taken for granted where a line does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumed {
    /// Seconds east of UTC of times without a zone.
    pub zone_s: i32,
    /// A time that is not before the log's last line, for dates without a year: when the file
    /// was last written, or now.
    pub not_after: Timestamp,
}

/// A time that was read, and how many octets it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// Microseconds since 1970 UTC.
    pub us: i64,
    /// Octets.
    pub len: usize,
}

/// Reads times of one file.
#[derive(Debug, Clone)]
pub struct Calendar {
    assumed: Assumed,
    day: (u32, i64),
    /// Whether a time without zone was read.
    pub zone_was_assumed: bool,
    /// Whether a date without year was read.
    pub year_was_assumed: bool,
}

impl Calendar {
    /// A calendar with these assumptions.
    pub fn new(assumed: Assumed) -> Self {
        let day = (0, 0);
        Self { assumed, day, zone_was_assumed: false, year_was_assumed: false }
    }

    /// The time that `text` begins with, in any of the forms below.
    pub fn any(&mut self, text: &[u8]) -> Option<Read> {
        match text.first()? {
            b'0'..=b'9' => self
                .iso(text)
                .or_else(|| self.slashed(text))
                .or_else(|| self.access(text))
                .or_else(|| epoch(text)),
            b'A'..=b'Z' => self.syslog(text).or_else(|| self.apache_error(text)),
            _ => None,
        }
    }

    /// RFC 3339, and its relatives with a space, a comma or no zone: `2026-07-01T12:00:00.123Z`.
    pub fn iso(&mut self, text: &[u8]) -> Option<Read> {
        let head = text.get(..19)?;
        if head[4] != b'-' || head[7] != b'-' || !matches!(head[10], b'T' | b't' | b' ' | b'_') {
            return None;
        }
        let date = (number(&head[..4])?, number(&head[5..7])?, number(&head[8..10])?);
        self.dated(date, &text[11..], 11)
    }

    /// nginx's error log: `2026/07/01 12:00:00`.
    pub fn slashed(&mut self, text: &[u8]) -> Option<Read> {
        let head = text.get(..19)?;
        if head[4] != b'/' || head[7] != b'/' || head[10] != b' ' {
            return None;
        }
        let date = (number(&head[..4])?, number(&head[5..7])?, number(&head[8..10])?);
        self.dated(date, &text[11..], 11)
    }

    /// Access logs and HAProxy: `01/Jul/2026:12:00:00 +0000`, `01/Jul/2026:12:00:00.123`.
    pub fn access(&mut self, text: &[u8]) -> Option<Read> {
        let head = text.get(..20)?;
        if head[2] != b'/' || head[6] != b'/' || head[11] != b':' {
            return None;
        }
        let date = (number(&head[7..11])?, month(&head[3..6])?, number(&head[..2])?);
        self.dated(date, &text[12..], 12)
    }

    /// RFC 3164: `Jul  1 12:00:00`; the year is the last one that does not lead into the future.
    pub fn syslog(&mut self, text: &[u8]) -> Option<Read> {
        let head = text.get(..15)?;
        if head[3] != b' ' || head[6] != b' ' || head[9] != b':' {
            return None;
        }
        let month = month(&head[..3])?;
        let day = if head[4] == b' ' { number(&head[5..6])? } else { number(&head[4..6])? };
        self.year_was_assumed = true;
        let latest = self.assumed.not_after.as_microsecond().saturating_add(DAY_US);
        let year = u32::try_from(Offset::UTC.to_datetime(self.assumed.not_after).year()).ok()?;
        let mut read = |year: u32| self.dated((year, month, day), &text[7..], 7);
        let this = read(year).filter(|read| read.us <= latest);
        this.or_else(|| read(year.checked_sub(1)?))
    }

    /// Apache's error log: `Wed Jul 01 12:00:00.123456 2026`.
    pub fn apache_error(&mut self, text: &[u8]) -> Option<Read> {
        let head = text.get(..19)?;
        if head[3] != b' ' || head[7] != b' ' || head[10] != b' ' {
            return None;
        }
        let month = month(&head[4..7])?;
        let day = if head[8] == b' ' { number(&head[9..10])? } else { number(&head[8..10])? };
        let (_, clock_len) = clock(&text[11..])?;
        let year_at = 11 + clock_len + 1;
        let year = number(text.get(year_at..year_at + 4)?)?;
        let read = self.dated((year, month, day), &text[11..11 + clock_len], 11)?;
        Some(Read { us: read.us, len: year_at + 4 })
    }

    /// A date with the time of day and zone that `rest` begins with, `before` octets into a text.
    fn dated(&mut self, date: (u32, u32, u32), rest: &[u8], before: usize) -> Option<Read> {
        let day_us = self.day_us(date)?;
        let (of_day_us, mut len) = clock(rest)?;
        let zone = zone(&rest[len..]);
        let (offset_s, zone_len) = zone.unwrap_or((self.assumed.zone_s, 0));
        self.zone_was_assumed |= zone.is_none();
        len += zone_len;
        let us = day_us + of_day_us - i64::from(offset_s) * SECOND_US;
        Some(Read { us, len: before + len })
    }

    fn day_us(&mut self, (year, month, day): (u32, u32, u32)) -> Option<i64> {
        let key = year * 10_000 + month * 100 + day;
        if self.day.0 != key {
            let part = |value: u32| i8::try_from(value).ok();
            let date = Date::new(i16::try_from(year).ok()?, part(month)?, part(day)?).ok()?;
            let start = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
            self.day = (key, start.as_microsecond());
        }
        Some(self.day.1)
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size.
pub fn epoch(text: &[u8]) -> Option<Read> {
    let len = text.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let value = i64::from(number(text.get(..len.min(9))?)?);
    let whole = text[len.min(9)..len].iter().fold(value, |value, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit - b'0'))
    });
    let us = match len {
        9 | 10 => whole * SECOND_US,
        12 | 13 => whole * 1_000,
        15 | 16 => whole,
        18 | 19 => whole / 1_000,
        _ => return None,
    };
    let (fraction_us, fraction_len) = match (len, text.get(len)) {
        (9 | 10, Some(b'.')) => fraction(&text[len + 1..]),
        _ => return Some(Read { us, len }),
    };
    Some(Read { us: us + fraction_us, len: len + 1 + fraction_len })
}

/// The text of a time: RFC 3339 UTC, to the millisecond.
pub fn text(us: i64) -> String {
    match Timestamp::from_microsecond(us) {
        Ok(time) if us % SECOND_US == 0 => time.to_string(),
        Ok(time) => format!("{time:.3}"),
        Err(_) => format!("{us} us"),
    }
}

/// A length of time for people: `12 ms`, `3.5 s`, `2 min`, `1.5 h`.
pub fn span_text(us: u64) -> String {
    let rounded = |value: f64, unit: &str| {
        let text = if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
        format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    let value = us as f64;
    match us {
        0..1_000 => format!("{us} us"),
        1_000..1_000_000 => rounded(value / 1e3, "ms"),
        1_000_000..120_000_000 => rounded(value / 1e6, "s"),
        120_000_000..7_200_000_000 => rounded(value / 6e7, "min"),
        7_200_000_000..172_800_000_000 => rounded(value / 3.6e9, "h"),
        _ => rounded(value / 8.64e10, "days"),
    }
}

/// `hh:mm:ss` with an optional fraction: microseconds of the day, and octets.
fn clock(text: &[u8]) -> Option<(i64, usize)> {
    let head = text.get(..8)?;
    if head[2] != b':' || head[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (number(&head[..2])?, number(&head[3..5])?, number(&head[6..])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let us = i64::from(hour * 3_600 + minute * 60 + second) * SECOND_US;
    let is_fraction =
        matches!(text.get(8), Some(b'.' | b',')) && text.get(9).is_some_and(u8::is_ascii_digit);
    if !is_fraction {
        return Some((us, 8));
    }
    let (fraction_us, len) = fraction(&text[9..]);
    Some((us + fraction_us, 9 + len))
}

/// Decimals of a second in microseconds, and how many there are.
fn fraction(text: &[u8]) -> (i64, usize) {
    let mut us = 0;
    let mut scale = 100_000;
    let mut len = 0;
    for digit in text.iter().take_while(|octet| octet.is_ascii_digit()) {
        us += i64::from(digit - b'0') * scale;
        scale /= 10;
        len += 1;
    }
    (us, len)
}

/// `Z`, ` UTC`, `+02:00`, ` +0200`: seconds east of UTC, and octets.
fn zone(text: &[u8]) -> Option<(i32, usize)> {
    let skipped = usize::from(text.first() == Some(&b' '));
    let text = &text[skipped..];
    match text.first()? {
        b'Z' | b'z' => Some((0, skipped + 1)),
        b'U' | b'G' if text.starts_with(b"UTC") || text.starts_with(b"GMT") => {
            Some((0, skipped + 3))
        }
        sign @ (b'+' | b'-') => {
            let colon = usize::from(text.get(3) == Some(&b':'));
            let hours = number(text.get(1..3)?)?;
            let minutes = number(text.get(3 + colon..5 + colon)?)?;
            let east = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
            let east = if *sign == b'-' { -east } else { east };
            (hours < 24 && minutes < 60).then_some((east, skipped + 5 + colon))
        }
        _ => None,
    }
}

/// Up to nine digits and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0_u32, |value, octet| {
        let digit = octet.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + u32::from(digit))
    })
}

fn month(name: &[u8]) -> Option<u32> {
    let place = MONTHS.iter().position(|month| month.as_slice() == name)?;
    u32::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> String {
        let not_after = "2026-07-02T00:00:00Z".parse().unwrap();
        let mut calendar = Calendar::new(Assumed { zone_s: 3_600, not_after });
        match calendar.any(line.as_bytes()) {
            None => "none".into(),
            Some(read) => {
                let (zone, year) = (calendar.zone_was_assumed, calendar.year_was_assumed);
                let assumed = [zone.then_some(" zone"), year.then_some(" year")];
                let assumed: String = assumed.into_iter().flatten().collect();
                format!("{} +{}{assumed}", text(read.us), read.len)
            }
        }
    }

    #[test]
    fn forms_of_loggers_are_read() {
        for (line, expect) in [
            ("2026-07-01T12:00:00.123456Z x", "2026-07-01T12:00:00.123Z +27"),
            ("2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00Z +25"),
            ("2026-07-01 12:00:00,250 INFO", "2026-07-01T11:00:00.250Z +23 zone"),
            ("2026-07-01 12:00:00.250 UTC [1]", "2026-07-01T12:00:00.250Z +27"),
            ("2026/07/01 12:00:00 [error]", "2026-07-01T11:00:00Z +19 zone"),
            ("01/Jul/2026:12:00:00 -0130] x", "2026-07-01T13:30:00Z +26"),
            ("01/Jul/2026:12:00:00.655] x", "2026-07-01T11:00:00.655Z +24 zone"),
            ("Jul  1 12:00:00 host", "2026-07-01T11:00:00Z +15 zone year"),
            ("Dec 31 12:00:00 host", "2025-12-31T11:00:00Z +15 zone year"),
            ("Wed Jul 01 12:00:00.5 2026] x", "2026-07-01T11:00:00.500Z +26 zone"),
            ("1782907200 x", "2026-07-01T12:00:00Z +10"),
            ("1782907200.25", "2026-07-01T12:00:00.250Z +13"),
            ("1782907200123", "2026-07-01T12:00:00.123Z +13"),
            ("1782907200123456789", "2026-07-01T12:00:00.123Z +19"),
        ] {
            assert_eq!(read(line), expect, "{line}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        for line in ["", "2026", "2026-13-01T12:00:00Z", "2026-02-30T12:00:00Z", "12:00:00"] {
            assert_eq!(read(line), "none", "{line}");
        }
        for line in ["2026-07-01T25:00:00Z", "Jul 40 12:00:00 x", "99999999999", "Foo  1 12:00:00"]
        {
            assert_eq!(read(line), "none", "{line}");
        }
    }

    #[test]
    fn lengths_of_time_have_two_figures() {
        let texts = [999, 1_500, 12_400, 3_500_000, 600_000_000].map(span_text);
        assert_eq!(texts, ["999 us", "1.5 ms", "12 ms", "3.5 s", "10 min"]);
    }
}
