//! Values for people, by the name of their type. What must not be shown is not.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::Oid;
use counterfoil_message::codec::{self, Shape, TypeInfo};
use counterfoil_message::primitive::CurrencyAmount;
use counterfoil_pki::name::DistinguishedName;
use der::asn1::{GeneralizedTime, UtcTime};
use der::{Decode, DecodeValue, Header, Length, SliceReader, Tag};

use super::oid_name;

/// Most octets of a value that are shown in hexadecimal; of longer ones the beginning is.
const HEX_BYTES_MAX: usize = 64;
/// Most characters of a text that are shown.
const TEXT_CHARS_MAX: usize = 512;
/// Digits of the shortest and longest card number (ISO/IEC 7812-1).
const PAN_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

/// Types that hold a secret, or what lets a card number be guessed.
const SECRET_TYPES: [&str; 7] =
    ["PANSecret", "CardSecret", "NonceCCA", "EXNonce", "BackKey", "CardExpiry", "OD"];
/// Fields that hold what a person wrote of himself.
const PRIVATE_FIELDS: [&str; 2] = ["streetAddress", "fieldValue"];

/// Whether a field must not be shown.
pub(super) fn is_secret(field: &str, type_name: &str) -> bool {
    SECRET_TYPES.contains(&type_name) || PRIVATE_FIELDS.contains(&field)
}

/// What stands in place of a value that is not shown.
pub(super) fn redacted(octets: &[u8]) -> String {
    format!("[redacted, {} octets]", octets.len())
}

/// The value of a type with a table, from its content octets; none for structures.
pub(super) fn of_shape(info: &TypeInfo, octets: &[u8]) -> Option<String> {
    Some(match info.shape {
        Shape::Octets { .. } if info.name == "LocalID" => local_id(octets),
        Shape::Octets { .. } => hexadecimal(octets),
        Shape::Text { .. } => text(octets),
        Shape::Number { .. } => number(octets),
        Shape::Enumerated(values) => {
            let shown = number(octets);
            let known = values.iter().find(|value| value.number.to_string() == shown);
            known.map_or_else(
                || format!("{shown} (unknown)"),
                |value| format!("{} ({shown}): {}", value.name, value.doc.trim()),
            )
        }
        Shape::Sequence(_) | Shape::Choice(_) | Shape::Alias { .. } => return None,
    })
}

/// What is wrong with the content octets of a type with a table, if anything.
pub(super) fn fault(info: &TypeInfo, octets: &[u8]) -> Option<String> {
    let outside = |unit: &str, found: usize, min: usize, max: usize| {
        (!(min..=max).contains(&found))
            .then(|| format!("{} has {found} {unit}, not {min} to {max}", info.name))
    };
    match info.shape {
        Shape::Octets { min, max } => outside("octets", octets.len(), min, max),
        Shape::Text { min, max, .. } => match std::str::from_utf8(octets) {
            Ok(text) => outside("characters", text.chars().count(), min, max),
            Err(_) => Some(format!("{} is no text", info.name)),
        },
        Shape::Number { min, max } => match i64_of(octets) {
            Some(found) if (min..=max).contains(&found) => None,
            _ => Some(format!("{} is {}, not {min} to {max}", info.name, number(octets))),
        },
        Shape::Enumerated(values) => {
            let known = i64_of(octets)
                .is_some_and(|found| values.iter().any(|value| i64::from(value.number) == found));
            (!known).then(|| format!("{} has no value {}", info.name, number(octets)))
        }
        Shape::Sequence(_) | Shape::Choice(_) | Shape::Alias { .. } => None,
    }
}

/// The value of a type of another standard, by its name, from its content octets and the whole
/// element; none when nothing reads it.
pub(super) fn of_foreign(type_name: &str, octets: &[u8], der: &[u8]) -> Option<String> {
    Some(match type_name {
        "PAN" => card_number(octets),
        "STRING" => text(octets),
        "BOOLEAN" => if octets == [0] { "false" } else { "true" }.to_owned(),
        "NULL" => "none".to_owned(),
        "INTEGER" | "Version" => number(octets),
        "OBJECT IDENTIFIER" => oid(octets),
        "OCTET STRING" => hexadecimal(octets),
        "BIT STRING" => format!("{} octets", octets.len().saturating_sub(1)),
        "Ciphertext" => format!("{} octets encrypted", octets.len()),
        "Date" => time(Tag::GeneralizedTime, octets),
        "Name" => name(der),
        _ => return None,
    })
}

/// The value of an element of which only the tag is known.
pub(super) fn of_tag(tag: Tag, octets: &[u8]) -> String {
    match tag {
        Tag::Boolean => of_foreign("BOOLEAN", octets, octets).unwrap_or_default(),
        Tag::Integer | Tag::Enumerated => number(octets),
        Tag::ObjectIdentifier => oid(octets),
        Tag::GeneralizedTime | Tag::UtcTime => time(tag, octets),
        Tag::Null => "none".to_owned(),
        Tag::BitString => format!("{} octets", octets.len().saturating_sub(1)),
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::VisibleString
        | Tag::NumericString
        | Tag::Ia5String => text(octets),
        _ => hexadecimal(octets),
    }
}

/// Octets in hexadecimal, of long ones the beginning.
pub(super) fn hexadecimal(octets: &[u8]) -> String {
    match octets.get(..HEX_BYTES_MAX) {
        Some(beginning) if octets.len() > HEX_BYTES_MAX => {
            format!("{}... ({} octets)", hex::encode(&beginning[..32]), octets.len())
        }
        _ => hex::encode(octets),
    }
}

/// A label that a party made up: as text where it is one.
fn local_id(octets: &[u8]) -> String {
    let printable = !octets.is_empty() && octets.iter().all(|octet| (b' '..=b'~').contains(octet));
    if printable {
        format!("{} \"{}\"", hex::encode(octets), text(octets))
    } else {
        hex::encode(octets)
    }
}

/// A text without control characters, cut at a limit, card numbers masked.
pub(super) fn text(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let mut shown: String = text
        .chars()
        .take(TEXT_CHARS_MAX)
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect();
    if text.chars().count() > TEXT_CHARS_MAX {
        shown.push_str("...");
    }
    without_card_numbers(&shown)
}

/// Masks every run of digits that has the length and the check digit of a card number.
pub(super) fn without_card_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        out.push_str(before);
        if PAN_DIGITS.contains(&digits.len()) && counterfoil_secret::Pan::parse(digits).is_ok() {
            out.push_str(&counterfoil_secret::pan::mask(digits));
        } else {
            out.push_str(digits);
        }
        rest = after;
    }
    out + rest
}

/// A card number: always masked, whatever was opened.
fn card_number(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            counterfoil_secret::pan::mask(digits)
        }
        _ => redacted(octets),
    }
}

/// An INTEGER in decimal, or in hexadecimal where it is longer than any count.
pub(super) fn number(octets: &[u8]) -> String {
    i64_of(octets).map_or_else(|| hexadecimal(octets), |number| number.to_string())
}

/// An INTEGER of at most eight octets.
pub(super) fn i64_of(octets: &[u8]) -> Option<i64> {
    let first = *octets.first()?;
    if octets.len() > 8 {
        return None;
    }
    let start = if first & 0x80 == 0 { 0_i64 } else { -1 };
    Some(octets.iter().fold(start, |number, octet| number << 8 | i64::from(*octet)))
}

fn oid(octets: &[u8]) -> String {
    match oid_of(octets) {
        Some(oid) => oid_name::text(&oid),
        None => hexadecimal(octets),
    }
}

/// An OBJECT IDENTIFIER from its content octets.
pub(super) fn oid_of(octets: &[u8]) -> Option<Oid> {
    let length = Length::try_from(octets.len()).ok()?;
    let mut reader = SliceReader::new(octets).ok()?;
    Oid::decode_value(&mut reader, Header::new(Tag::ObjectIdentifier, length)).ok()
}

/// A time as RFC 3339 has it, or the text that it is.
pub(super) fn time(tag: Tag, octets: &[u8]) -> String {
    moment(tag, octets).map_or_else(|| text(octets), |time| time.to_string())
}

/// The moment of a GeneralizedTime or UTCTime.
pub(super) fn moment(tag: Tag, octets: &[u8]) -> Option<jiff::Timestamp> {
    let length = Length::try_from(octets.len()).ok()?;
    let mut reader = SliceReader::new(octets).ok()?;
    let header = Header::new(tag, length);
    let since_1970 = match tag {
        Tag::UtcTime => UtcTime::decode_value(&mut reader, header).ok()?.to_unix_duration(),
        _ => GeneralizedTime::decode_value(&mut reader, header).ok()?.to_unix_duration(),
    };
    jiff::Timestamp::from_second(i64::try_from(since_1970.as_secs()).ok()?).ok()
}

fn name(der: &[u8]) -> String {
    DistinguishedName::from_der(der)
        .map_or_else(|_| hexadecimal(der), |name| text(name.to_string().as_bytes()))
}

/// What is said of a structure on its own line, besides its parts.
pub(super) fn of_structure(type_name: &str, der: &[u8]) -> String {
    let amount = |der| {
        let amount = codec::decode::<CurrencyAmount>(der).ok()?;
        let shown = amount.to_string();
        let code = iso_currency::Currency::from_numeric(amount.currency.get())?;
        Some(format!("{} {}", shown.split(' ').next()?, code.code()))
    };
    let digest = |der| {
        let digest = DetachedDigest::from_der(der).ok()?;
        let of = oid_name::text(&digest.content_type);
        Some(format!("SHA-256 of {of}: {}", hex::encode(digest.digest)))
    };
    match type_name {
        "CurrencyAmount" => amount(der).unwrap_or_default(),
        "DetachedDigest" => digest(der).unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_card_numbers_wherever_they_stand() {
        assert_eq!(without_card_numbers("pay 4929123412341232!"), "pay 492912******1232!");
        assert_eq!(without_card_numbers("4929123412341233"), "4929123412341233");
        assert_eq!(without_card_numbers("at 1770000000, 7"), "at 1770000000, 7");
        assert_eq!(card_number(b"4929123412341232"), "492912******1232");
        assert_eq!(card_number(b"4929 1234"), "[redacted, 9 octets]");
    }

    #[test]
    fn reads_numbers_of_any_length() {
        let check = |octets: &[u8], expect: &str| assert_eq!(number(octets), expect);
        check(&[], "");
        check(&[0], "0");
        check(&[0xfe], "-2");
        check(&[1, 0], "256");
        check(&[0x80, 0, 0, 0, 0, 0, 0, 0], "-9223372036854775808");
        check(&[1; 9], "010101010101010101");
    }

    #[test]
    fn texts_have_no_control_characters_and_an_end() {
        assert_eq!(text(b"a\x1b[2Jb\xff"), "a\u{fffd}[2Jb\u{fffd}");
        assert_eq!(text(&[b'x'; 600]).len(), TEXT_CHARS_MAX + 3);
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time(Tag::GeneralizedTime, b"20260601120000Z"), "2026-06-01T12:00:00Z");
        assert_eq!(time(Tag::UtcTime, b"260601120000Z"), "2026-06-01T12:00:00Z");
        assert_eq!(time(Tag::GeneralizedTime, b"yesterday"), "yesterday");
    }
}
