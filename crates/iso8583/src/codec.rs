//! Reads and writes messages by the table of a dialect.
//!
//! Reading goes in two steps: [`lay_out`] finds where each field is, by bitmap and lengths
//! alone; [`decode`] then reads what the fields hold. Redaction and message authentication need
//! only the first.

use std::ops::Range;

use crate::dialect::{Dialect, DigitCoding, OctetCoding};
use crate::error::{DecodeError, EncodeError, FieldError, FieldProblem};
use crate::field::{Content, Field, Length, Protection};
use crate::frame::FRAME_BYTES_MAX;
use crate::message::{FieldValue, Message};
use crate::mti::{Mti, MtiProblem};

const BITMAP_BYTES: usize = 8;

/// Where one field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What the dialect holds the field to be.
    pub field: &'static Field,
    /// Where the field starts, with its length prefix, in octets.
    pub start: usize,
    /// Where its value is, in octets.
    pub value: Range<usize>,
    /// How long the value is in digits, characters or octets.
    pub length: usize,
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What the message is.
    pub mti: Mti,
    /// The fields, in order.
    pub spans: Vec<Span>,
}

/// Finds where each field of a message is, whatever the fields hold.
///
/// # Errors
/// [`DecodeError`] naming field and offset.
pub fn lay_out(bytes: &[u8], dialect: &Dialect) -> Result<Layout, DecodeError> {
    if bytes.len() > FRAME_BYTES_MAX {
        return Err(DecodeError::TooLong { length_bytes: bytes.len() });
    }
    let mti_bytes = coded_digits(4, dialect.message_type);
    let digits = bytes
        .get(..mti_bytes)
        .and_then(|coded| read_digits(coded, 4, dialect.message_type))
        .ok_or(DecodeError::MessageType)?;
    let mti = Mti::parse(&digits).map_err(|problem| match problem {
        MtiProblem::NotDigits => DecodeError::MessageType,
        MtiProblem::Version(version) => DecodeError::Version { version },
    })?;
    let (numbers, mut at) = read_bitmaps(bytes, mti_bytes, dialect)?;
    let mut spans = Vec::with_capacity(numbers.len());
    for number in numbers {
        let span = find(bytes, at, number, dialect).map_err(|problem| FieldError {
            number,
            offset: at,
            problem,
        })?;
        at = span.value.end;
        spans.push(span);
    }
    if at < bytes.len() {
        return Err(DecodeError::Trailing { offset: at, length_bytes: bytes.len() - at });
    }
    Ok(Layout { mti, spans })
}

/// Reads a message.
///
/// # Errors
/// [`DecodeError`] naming field and offset.
pub fn decode(bytes: &[u8], dialect: &Dialect) -> Result<Message, DecodeError> {
    let layout = lay_out(bytes, dialect)?;
    let mut message = Message::new(layout.mti);
    for span in &layout.spans {
        let number = span.field.number;
        let value = read_value(&bytes[span.value.clone()], span, dialect)
            .map_err(|problem| FieldError { number, offset: span.start, problem })?;
        message.fields.insert(number, value);
    }
    Ok(message)
}

/// Writes a message.
///
/// # Errors
/// [`EncodeError`] naming the field that does not fit.
pub fn encode(message: &Message, dialect: &Dialect) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(256);
    write_digits(&mut out, message.mti.as_str().as_bytes(), dialect.message_type);
    write_bitmaps(&mut out, message, dialect);
    for (number, value) in &message.fields {
        write_field(&mut out, *number, value, dialect).map_err(|problem| {
            EncodeError::Field(FieldError { number: *number, offset: out.len(), problem })
        })?;
    }
    if out.len() > FRAME_BYTES_MAX {
        return Err(EncodeError::TooLong { length_bytes: out.len() });
    }
    Ok(out)
}

fn read_bitmaps(
    bytes: &[u8],
    start: usize,
    dialect: &Dialect,
) -> Result<(Vec<u8>, usize), DecodeError> {
    let width = coded_octets(BITMAP_BYTES, dialect.bitmap);
    let read = |offset: usize| {
        bytes
            .get(offset..offset + width)
            .and_then(|coded| read_octets(coded, dialect.bitmap))
            .ok_or(DecodeError::Bitmap { offset })
    };
    let mut bitmap = read(start)?;
    let mut end = start + width;
    if bitmap[0] & 0x80 != 0 {
        bitmap.extend(read(end)?);
        end += width;
    }
    let numbers = (1..=bitmap.len() as u8 * 8)
        .filter(|number| bitmap[usize::from(number - 1) / 8] & (0x80 >> ((number - 1) % 8)) != 0)
        .filter(|number| *number > 1)
        .collect();
    Ok((numbers, end))
}

fn write_bitmaps(out: &mut Vec<u8>, message: &Message, dialect: &Dialect) {
    let secondary = message.fields.last_key_value().is_some_and(|(number, _)| *number > 64);
    let mut bitmap = vec![0_u8; if secondary { 2 * BITMAP_BYTES } else { BITMAP_BYTES }];
    if secondary {
        bitmap[0] |= 0x80;
    }
    for number in message.fields.keys().filter(|number| (2..=128).contains(*number)) {
        bitmap[usize::from(number - 1) / 8] |= 0x80 >> ((number - 1) % 8);
    }
    write_octets(out, &bitmap, dialect.bitmap);
}

fn find(bytes: &[u8], start: usize, number: u8, dialect: &Dialect) -> Result<Span, FieldProblem> {
    let field = dialect.field(number).ok_or(FieldProblem::NotDefined)?;
    let cut_short =
        |end: usize| FieldProblem::CutShort { missing_bytes: end.saturating_sub(bytes.len()) };
    let (length, value_start) = match field.length {
        Length::Fixed(length) => (length, start),
        Length::Two(length_max) | Length::Three(length_max) => {
            let digits = if matches!(field.length, Length::Two(_)) { 2 } else { 3 };
            let end = start + coded_digits(digits, dialect.lengths);
            let coded = bytes.get(start..end).ok_or_else(|| cut_short(end))?;
            let read =
                read_digits(coded, digits, dialect.lengths).ok_or(FieldProblem::LengthNotDigits)?;
            let length = read.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
            if length > length_max {
                return Err(FieldProblem::TooLong { length, length_max });
            }
            (length, end)
        }
    };
    let end = value_start + coded_value(field.content, length, dialect);
    if end > bytes.len() {
        return Err(cut_short(end));
    }
    Ok(Span { field, start, value: value_start..end, length })
}

fn read_value(coded: &[u8], span: &Span, dialect: &Dialect) -> Result<FieldValue, FieldProblem> {
    let field = span.field;
    let mut value = match field.content {
        Content::Digits => {
            read_digits(coded, span.length, dialect.digits).ok_or(FieldProblem::NotDigits)?
        }
        Content::SignedDigits => {
            let (sign, digits) = coded.split_first().ok_or(FieldProblem::NotSignedDigits)?;
            let digits = read_digits(digits, span.length - 1, dialect.digits)
                .ok_or(FieldProblem::NotSignedDigits)?;
            [&[*sign], digits.as_slice()].concat()
        }
        Content::Track => {
            read_track(coded, span.length, dialect.digits).ok_or(FieldProblem::NotTrack)?
        }
        Content::Text => coded.to_vec(),
        Content::Octets => {
            read_octets(coded, dialect.octets).ok_or(FieldProblem::NotHexadecimal)?
        }
    };
    check_content(&value, field.content)?;
    if field.content == Content::Text && matches!(field.length, Length::Fixed(_)) {
        let kept = value.iter().rposition(|b| *b != b' ').map_or(0, |last| last + 1);
        value.truncate(kept);
    }
    Ok(match (field.protection, field.content) {
        (Protection::Open, Content::Octets) => FieldValue::Octets(value),
        (Protection::Open, _) => {
            FieldValue::Text(String::from_utf8(value).map_err(|_| FieldProblem::NotPrintable)?)
        }
        (Protection::CardNumber | Protection::Whole, _) => FieldValue::Protected(value.into()),
    })
}

fn write_field(
    out: &mut Vec<u8>,
    number: u8,
    value: &FieldValue,
    dialect: &Dialect,
) -> Result<(), FieldProblem> {
    let field = dialect.field(number).ok_or(FieldProblem::NotDefined)?;
    let is_octets = field.content == Content::Octets;
    match value {
        FieldValue::Text(_) if is_octets => return Err(FieldProblem::WrongKind),
        FieldValue::Octets(_) if !is_octets => return Err(FieldProblem::WrongKind),
        _ => {}
    }
    let value = pad(value.expose(), field)?;
    check_content(&value, field.content)?;
    match field.length {
        Length::Fixed(_) => {}
        Length::Two(_) => {
            write_digits(out, format!("{:02}", value.len()).as_bytes(), dialect.lengths);
        }
        Length::Three(_) => {
            write_digits(out, format!("{:03}", value.len()).as_bytes(), dialect.lengths);
        }
    }
    match field.content {
        Content::Digits => write_digits(out, &value, dialect.digits),
        Content::SignedDigits => {
            out.push(value[0]);
            write_digits(out, &value[1..], dialect.digits);
        }
        Content::Track => write_digits(out, &value, dialect.digits),
        Content::Text => out.extend_from_slice(&value),
        Content::Octets => write_octets(out, &value, dialect.octets),
    }
    Ok(())
}

/// Brings a value to the length that its field has.
fn pad(value: &[u8], field: &Field) -> Result<Vec<u8>, FieldProblem> {
    let Length::Fixed(length_fixed) = field.length else {
        let (length, length_max) = (value.len(), field.length.most());
        if length > length_max {
            return Err(FieldProblem::TooLong { length, length_max });
        }
        return Ok(value.to_vec());
    };
    let missing = length_fixed.checked_sub(value.len());
    match (field.content, missing) {
        (_, Some(0)) => Ok(value.to_vec()),
        (Content::Digits, Some(missing)) => Ok([&vec![b'0'; missing], value].concat()),
        (Content::Text, Some(missing)) => Ok([value, &vec![b' '; missing]].concat()),
        _ => Err(FieldProblem::WrongLength { length: value.len(), length_fixed }),
    }
}

fn check_content(value: &[u8], content: Content) -> Result<(), FieldProblem> {
    match content {
        Content::Digits if !value.iter().all(u8::is_ascii_digit) => Err(FieldProblem::NotDigits),
        Content::SignedDigits => match value.split_first() {
            Some((b'C' | b'D', digits)) if digits.iter().all(u8::is_ascii_digit) => Ok(()),
            _ => Err(FieldProblem::NotSignedDigits),
        },
        Content::Text if !value.iter().all(|b| (b' '..=b'~').contains(b)) => {
            Err(FieldProblem::NotPrintable)
        }
        Content::Track if !value.iter().all(|b| b.is_ascii_digit() || *b == b'=') => {
            Err(FieldProblem::NotTrack)
        }
        _ => Ok(()),
    }
}

/// Octets that `length` digits take.
pub(crate) fn coded_digits(length: usize, coding: DigitCoding) -> usize {
    match coding {
        DigitCoding::Ascii => length,
        DigitCoding::Bcd => length.div_ceil(2),
    }
}

fn coded_octets(length: usize, coding: OctetCoding) -> usize {
    match coding {
        OctetCoding::Hex => length * 2,
        OctetCoding::Raw => length,
    }
}

fn coded_value(content: Content, length: usize, dialect: &Dialect) -> usize {
    match content {
        Content::Digits | Content::Track => coded_digits(length, dialect.digits),
        Content::SignedDigits => 1 + coded_digits(length.saturating_sub(1), dialect.digits),
        Content::Text => length,
        Content::Octets => coded_octets(length, dialect.octets),
    }
}

fn read_digits(coded: &[u8], length: usize, coding: DigitCoding) -> Option<Vec<u8>> {
    let characters = nibbles(coded, length, coding)?;
    characters.iter().all(u8::is_ascii_digit).then_some(characters)
}

fn read_track(coded: &[u8], length: usize, coding: DigitCoding) -> Option<Vec<u8>> {
    let mut characters = nibbles(coded, length, coding)?;
    for character in &mut characters {
        if *character == b'D' {
            *character = b'=';
        }
    }
    Some(characters)
}

/// The characters that digits are written as; packed nibbles above 9 become `A` to `F`.
fn nibbles(coded: &[u8], length: usize, coding: DigitCoding) -> Option<Vec<u8>> {
    if coding == DigitCoding::Ascii {
        return Some(coded.to_vec());
    }
    let character = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 };
    let mut characters: Vec<u8> =
        coded.iter().flat_map(|octet| [character(octet >> 4), character(octet & 15)]).collect();
    if characters.len() > length && characters.remove(0) != b'0' {
        return None;
    }
    Some(characters)
}

fn write_digits(out: &mut Vec<u8>, digits: &[u8], coding: DigitCoding) {
    if coding == DigitCoding::Ascii {
        out.extend_from_slice(digits);
        return;
    }
    let nibble = |character: u8| if character == b'=' { 13 } else { character - b'0' };
    let (odd, pairs) = digits.split_at(digits.len() % 2);
    out.extend(odd.iter().map(|digit| nibble(*digit)));
    out.extend(pairs.chunks_exact(2).map(|pair| nibble(pair[0]) << 4 | nibble(pair[1])));
}

fn read_octets(coded: &[u8], coding: OctetCoding) -> Option<Vec<u8>> {
    if coding == OctetCoding::Raw {
        return Some(coded.to_vec());
    }
    let value = |character: u8| (character as char).to_digit(16).map(|digit| digit as u8);
    coded.chunks_exact(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect()
}

pub(crate) fn write_octets(out: &mut Vec<u8>, octets: &[u8], coding: OctetCoding) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    match coding {
        OctetCoding::Raw => out.extend_from_slice(octets),
        OctetCoding::Hex => out.extend(
            octets.iter().flat_map(|o| [HEX[usize::from(o >> 4)], HEX[usize::from(o & 15)]]),
        ),
    }
}
