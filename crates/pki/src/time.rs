//! UTCTime and GeneralizedTime as RFC 5280 4.1.2.5 profiles them, to and from [`Timestamp`].
//!
//! The `der` crate's own times start in 1970; certificates whose UTCTime lies between 1950 and
//! 1969 exist, so the text is read here.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{Any, AnyRef},
};
use jiff::{Timestamp, civil::DateTime, tz::Offset};

use crate::error::FieldError;

/// RFC 5280 4.1.2.5: the first year that is written as GeneralizedTime.
const GENERALIZED_YEAR_MIN: i16 = 2050;

/// The first year that UTCTime can say.
const UTC_YEAR_MIN: i16 = 1950;

/// Reads one `Time ::= CHOICE { utcTime, generalTime }`.
pub(crate) fn read_time(reader: &mut SliceReader<'_>) -> Result<Timestamp, FieldError> {
    let any = AnyRef::decode(reader)?;
    timestamp(any.header().tag(), any.value())
}

/// Reads one GeneralizedTime and nothing else.
pub(crate) fn read_generalized_time(reader: &mut SliceReader<'_>) -> Result<Timestamp, FieldError> {
    let any = AnyRef::decode(reader)?;
    if any.header().tag() != Tag::GeneralizedTime {
        return Err(FieldError::new("", "GeneralizedTime expected"));
    }
    timestamp(Tag::GeneralizedTime, any.value())
}

/// Is the next value a UTCTime or a GeneralizedTime?
pub(crate) fn is_time_next(reader: &SliceReader<'_>) -> bool {
    matches!(Tag::peek(reader), Ok(Tag::UtcTime | Tag::GeneralizedTime)) && !reader.is_finished()
}

/// The value octets of either kind as a timestamp.
pub(crate) fn timestamp(tag: Tag, text: &[u8]) -> Result<Timestamp, FieldError> {
    let invalid = || FieldError::new("", "not a time of the form that RFC 5280 4.1.2.5 asks for");
    let (year, rest) = match (tag, text.len()) {
        (Tag::UtcTime, 13) => {
            let short = number(&text[..2]).ok_or_else(invalid)?;
            (if short >= 50 { 1900 + short } else { 2000 + short }, &text[2..])
        }
        (Tag::GeneralizedTime, 15) => (number(&text[..4]).ok_or_else(invalid)?, &text[4..]),
        _ => return Err(invalid()),
    };
    if rest[10] != b'Z' {
        return Err(invalid());
    }
    let mut parts = [0i8; 5];
    for (part, digits) in parts.iter_mut().zip(rest.chunks(2)) {
        *part = number(digits).and_then(|n| i8::try_from(n).ok()).ok_or_else(invalid)?;
    }
    let [month, day, hour, minute, second] = parts;
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).map_err(|_| invalid())?;
    // 99991231235959Z means "no end" (RFC 5280 4.1.2.5) and lies above the largest timestamp.
    Ok(Offset::UTC.to_timestamp(civil).unwrap_or(Timestamp::MAX))
}

/// A `Time` that says `at`: UTCTime through 2049, GeneralizedTime from then on.
pub(crate) fn encode_time(at: Timestamp) -> der::Result<Any> {
    let civil = Offset::UTC.to_datetime(at);
    if (UTC_YEAR_MIN..GENERALIZED_YEAR_MIN).contains(&civil.year()) {
        Any::new(Tag::UtcTime, format!("{:02}{}", civil.year() % 100, tail(civil)).into_bytes())
    } else {
        encode_generalized_time(at)
    }
}

/// A GeneralizedTime that says `at`, without fractions of a second.
pub(crate) fn encode_generalized_time(at: Timestamp) -> der::Result<Any> {
    let civil = Offset::UTC.to_datetime(at);
    let text = format!("{:04}{}", civil.year(), tail(civil));
    Any::new(Tag::GeneralizedTime, text.into_bytes())
}

fn tail(civil: DateTime) -> String {
    let (month, day) = (civil.month(), civil.day());
    let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
    format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
}

fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0i16, |sum, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_and_refuses_the_others() {
        let read = |tag, text: &str| timestamp(tag, text.as_bytes()).map(|t| t.to_string()).ok();
        let utc = |text| read(Tag::UtcTime, text);
        assert_eq!(utc("500101120000Z").as_deref(), Some("1950-01-01T12:00:00Z"));
        assert_eq!(utc("491231235959Z").as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(utc("4912312359Z"), None);
        assert_eq!(utc("491331235959Z"), None);
        assert_eq!(utc("491231235959+"), None);
        let general = |text| read(Tag::GeneralizedTime, text);
        assert_eq!(general("20500101000000Z").as_deref(), Some("2050-01-01T00:00:00Z"));
        assert_eq!(general("20500101000000.5Z"), None);
        assert_eq!(general("99991231235959Z"), Some(Timestamp::MAX.to_string()));
    }

    #[test]
    fn writes_what_it_reads() {
        for text in ["2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "1997-05-31T08:00:01Z"] {
            let at: Timestamp = text.parse().unwrap();
            let any = encode_time(at).unwrap();
            assert_eq!(timestamp(any.header().tag(), any.value()).unwrap(), at);
        }
    }
}
