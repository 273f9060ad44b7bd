//! Lines and names as they are shown: without card numbers, secrets and control characters.

use std::ops::Range;

use counterfoil_secret::pan::mask;

use crate::card;

/// Names of fields whose values are never shown.
const SECRET_KEYS: [&[u8]; 12] = [
    b"cvv",
    b"cvc",
    b"cvv2",
    b"cvc2",
    b"pin",
    b"password",
    b"passwd",
    b"passphrase",
    b"secret",
    b"authorization",
    b"api_key",
    b"set-cookie",
];
/// Words after which one more word is secret.
const SECRET_WORDS: [&[u8]; 2] = [b"bearer ", b"basic "];

/// The text of a line, or of a part of one, to be shown.
pub fn shown(text: &[u8]) -> String {
    let mut hidden: Vec<(Range<usize>, String)> = Vec::new();
    card::candidates(text, |found| {
        if found.is_checked {
            let number = String::from_utf8_lossy(&text[found.start..found.end]);
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            hidden.push((found.start..found.end, mask(&digits)));
        }
    });
    let lower = text.to_ascii_lowercase();
    for key in SECRET_KEYS {
        for at in memchr::memmem::find_iter(&lower, key) {
            hidden.extend(value_after(text, at, at + key.len()).map(|range| (range, "***".into())));
        }
    }
    for word in SECRET_WORDS {
        for at in memchr::memmem::find_iter(&lower, word) {
            let start = at + word.len();
            hidden.push((start..start + word_len(&text[start..]), "***".into()));
        }
    }
    hidden.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
    let mut said = String::with_capacity(text.len());
    let mut at = 0;
    for (range, mask) in hidden {
        if range.start >= at {
            said.push_str(&String::from_utf8_lossy(&text[at..range.start]));
            said.push_str(&mask);
        }
        at = at.max(range.end);
    }
    said.push_str(&String::from_utf8_lossy(&text[at..]));
    said.chars().map(|c| if is_printed(c) { c } else { '\u{fffd}' }).collect()
}

/// Where the value of a key is, when what stands at `start..end` is one.
fn value_after(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'_';
    if start > 0 && is_name(&text[start - 1]) {
        return None;
    }
    let is_between = |octet: &&u8| matches!(octet, b'"' | b'\'' | b':' | b'=' | b' ');
    let between = text[end..].iter().take_while(is_between).count();
    let has_sign = text[end..end + between].iter().any(|octet| matches!(octet, b':' | b'='));
    let value = end + between;
    has_sign.then(|| value..value + word_len(&text[value..]))
}

fn word_len(text: &[u8]) -> usize {
    let ends = |octet: &u8| matches!(octet, b' ' | b',' | b';' | b'"' | b'\'' | b'}' | b'&');
    text.iter().position(ends).unwrap_or(text.len())
}

/// Neither controls nor marks that turn the direction of writing reach a terminal.
fn is_printed(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c == '\t' || !(c.is_control() || turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_masked() {
        assert_eq!(
            shown(b"pan=4111111111111111 other=4111 1111 1111 1111."),
            "pan=411111******1111 other=411111******1111."
        );
    }

    #[test]
    fn secrets_are_hidden() {
        assert_eq!(
            shown(br#"{"password":"a b","cvv": 123,"x":1} Authorization: Bearer abc.def"#),
            r#"{"password":"*** b","cvv": ***,"x":1} Authorization: *** ***"#
        );
        assert_eq!(shown(b"pinned spinning pin"), "pinned spinning pin");
    }

    #[test]
    fn controls_do_not_reach_a_terminal() {
        assert_eq!(shown("a\x1b[31mb\u{202e}c\td".as_bytes()), "a\u{fffd}[31mb\u{fffd}c\td");
        assert_eq!(shown(b"\xff"), "\u{fffd}");
    }
}
