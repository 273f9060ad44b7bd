//! What a message or a path is without its variable words.

use crate::hash::{self, mix};

/// Octets of a message that its shape is made of.
const SHAPE_BYTES_MAX: usize = 512;
/// Stands for a variable word.
pub const VARIABLE: &str = "*";

/// Hash of a message without the words that have digits; never 0.
pub fn of_message(message: &[u8]) -> u64 {
    let message = &message[..message.len().min(SHAPE_BYTES_MAX)];
    let (mut shape, mut word, mut has_digit) = (1_u64, 0_u64, false);
    for octet in message {
        if *octet == b' ' {
            shape = mix(shape, if has_digit { 1 } else { word });
            (word, has_digit) = (0, false);
        } else {
            has_digit |= octet.is_ascii_digit();
            word = (word ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    mix(shape, if has_digit { 1 } else { word }).max(1)
}

/// Words of a message; those with digits are [`VARIABLE`].
pub fn words(message: &[u8], words_max: usize) -> Vec<String> {
    let message = &message[..message.len().min(SHAPE_BYTES_MAX)];
    let words = message.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
    words
        .take(words_max)
        .map(|word| {
            if word.iter().any(u8::is_ascii_digit) {
                VARIABLE.to_owned()
            } else {
                String::from_utf8_lossy(word).into_owned()
            }
        })
        .collect()
}

/// Hash of a step; of a path without its variable segments.
pub fn of_step(step: &[u8]) -> u64 {
    if step.first() != Some(&b'/') {
        return hash::of(step);
    }
    let segments = step[1..].split(|octet| *octet == b'/');
    segments.fold(2, |shape, segment| {
        mix(shape, if is_variable(segment) { 1 } else { hash::of(segment) })
    })
}

/// Text of a step; of a path without its variable segments.
pub fn step_text(step: &[u8]) -> Vec<u8> {
    if step.first() != Some(&b'/') {
        return step.to_vec();
    }
    let mut text = Vec::with_capacity(step.len());
    for segment in step[1..].split(|octet| *octet == b'/') {
        text.push(b'/');
        text.extend_from_slice(if is_variable(segment) { VARIABLE.as_bytes() } else { segment });
    }
    text
}

/// A number, or a long word with a digit: `17`, `a91f03`, but not `v2`.
fn is_variable(segment: &[u8]) -> bool {
    let digits = segment.iter().filter(|octet| octet.is_ascii_digit()).count();
    digits > 0 && (digits == segment.len() || segment.len() >= 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_differ_by_their_fixed_words_alone() {
        assert_eq!(of_message(b"bank 17 refused"), of_message(b"bank 18a refused"));
        assert_ne!(of_message(b"bank 17 refused"), of_message(b"bank 17 accepted"));
        assert_eq!(words(b"bank 17  refused", 9), ["bank", "*", "refused"]);
    }

    #[test]
    fn paths_lose_ids_and_keep_versions() {
        assert_eq!(step_text(b"/v2/orders/17/a91f03"), b"/v2/orders/*/*");
        assert_eq!(of_step(b"/v2/orders/17"), of_step(b"/v2/orders/18"));
        assert_ne!(of_step(b"/v2/orders"), of_step(b"/v1/orders"));
    }
}
