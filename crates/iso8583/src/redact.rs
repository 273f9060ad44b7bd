//! The bytes of a message as a journal may hold them: the card number masked, track data, PIN
//! block and the like blotted out, everything else as it was on the wire.

use crate::codec::{self, Span};
use crate::dialect::{Dialect, DigitCoding};
use crate::field::{Content, Protection};

/// Digits of a card number that stay readable at its start and end (PCI DSS 3.4.1).
const SHOWN_FIRST: usize = 6;
const SHOWN_LAST: usize = 4;
/// Card numbers of fewer digits are blotted out whole.
const MASKABLE_DIGITS_MIN: usize = 13;
/// What stands for a hidden character.
const BLOT: u8 = b'*';
/// What stands for a hidden packed digit: never a digit, so never taken for one.
const BLOT_NIBBLE: u8 = 0xF;

/// The message as a journal may hold it, of the same length and layout.
///
/// Where the bytes are no message of the dialect, nobody can say where a card number is: only
/// their number is kept.
pub fn redact(bytes: &[u8], dialect: &Dialect) -> Vec<u8> {
    let Ok(layout) = codec::lay_out(bytes, dialect) else {
        return format!(
            "[{} octets withheld: not a message of dialect {}]",
            bytes.len(),
            dialect.name
        )
        .into_bytes();
    };
    let mut redacted = bytes.to_vec();
    for span in &layout.spans {
        match span.field.protection {
            Protection::Open => {}
            Protection::CardNumber => {
                mask_elsewhere(&mut redacted, bytes, span, dialect);
                blot_digits(&mut redacted[span.value.clone()], span.length, dialect, true);
            }
            Protection::Whole => blot_whole(&mut redacted[span.value.clone()], span, dialect),
        }
    }
    redacted
}

fn blot_whole(value: &mut [u8], span: &Span, dialect: &Dialect) {
    match span.field.content {
        Content::Digits | Content::Track => blot_digits(value, span.length, dialect, false),
        Content::SignedDigits | Content::Text | Content::Octets => value.fill(BLOT),
    }
}

fn blot_digits(value: &mut [u8], length: usize, dialect: &Dialect, show_ends: bool) {
    let (first, last) =
        if show_ends && length >= MASKABLE_DIGITS_MIN { (SHOWN_FIRST, SHOWN_LAST) } else { (0, 0) };
    for place in first..length - last {
        match dialect.digits {
            DigitCoding::Ascii => value[place] = BLOT,
            DigitCoding::Bcd => {
                let nibble = place + length % 2;
                let shift = if nibble.is_multiple_of(2) { 4 } else { 0 };
                value[nibble / 2] |= BLOT_NIBBLE << shift;
            }
        }
    }
}

/// Masks the same card number where a peer put it into other fields as text.
fn mask_elsewhere(redacted: &mut [u8], bytes: &[u8], span: &Span, dialect: &Dialect) {
    let Some(digits) = card_digits(&bytes[span.value.clone()], span.length, dialect) else {
        return;
    };
    if digits.len() < MASKABLE_DIGITS_MIN {
        return;
    }
    for at in span.value.end..bytes.len().saturating_sub(digits.len() - 1) {
        if bytes[at..].starts_with(&digits) {
            redacted[at + SHOWN_FIRST..at + digits.len() - SHOWN_LAST].fill(BLOT);
        }
    }
}

fn card_digits(coded: &[u8], length: usize, dialect: &Dialect) -> Option<Vec<u8>> {
    match dialect.digits {
        DigitCoding::Ascii => Some(coded.to_vec()),
        DigitCoding::Bcd => {
            let digits: Vec<u8> =
                coded.iter().flat_map(|octet| [b'0' + (octet >> 4), b'0' + (octet & 15)]).collect();
            digits.get(digits.len().checked_sub(length)?..).map(<[u8]>::to_vec)
        }
    }
}
