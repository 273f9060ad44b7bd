//! Pieces of a line: words, brackets, quotes, and the level that a text names.

use memchr::memchr;

use crate::event::Level;

/// Words at the beginning of a text among which its level is looked for.
const LEVEL_WORDS_MAX: usize = 6;

/// The first word, and what follows the blanks after it.
pub fn word(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b' ', text) {
        Some(at) => (&text[..at], unblank(&text[at..])),
        None => (text, b""),
    }
}

/// What stands between the brackets that a text begins with, and what follows.
pub fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b']', text)?;
    (text[0] == b'[').then(|| (&text[1..end], unblank(&text[end + 1..])))
}

/// What stands between the quotes that a text begins with, and what follows.
pub fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        at += memchr(b'"', text.get(at..)?)?;
        if text[at - 1] != b'\\' {
            return Some((&text[1..at], unblank(&text[at + 1..])));
        }
        at += 1;
    }
}

/// A text without blanks before it.
pub fn unblank(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
    &text[blanks..]
}

/// The level that one of the first words names, and whether one does.
pub fn level(text: &[u8]) -> Level {
    let edge = |octet: &u8| !octet.is_ascii_alphanumeric();
    for word in text.split(|octet| *octet == b' ').filter(|w| !w.is_empty()).take(LEVEL_WORDS_MAX) {
        let start = word.iter().position(|octet| !edge(octet)).unwrap_or(word.len());
        let end = word.iter().rposition(|octet| !edge(octet)).map_or(start, |at| at + 1);
        let bare = &word[start..end];
        let is_marked = bare.len() < word.len() || bare.iter().all(u8::is_ascii_uppercase);
        let is_word = is_marked && bare.first().is_some_and(u8::is_ascii_alphabetic);
        if let Some(level) = is_word.then(|| Level::from_word(bare)).flatten() {
            return level;
        }
    }
    Level::Unsaid
}

/// The address in `10.1.2.3:4711` or `[::1]:4711`, without its port.
pub fn without_port(address: &[u8]) -> &[u8] {
    if let Some((inner, _)) = bracketed_address(address) {
        return inner;
    }
    match memchr(b':', address) {
        Some(at) if memchr(b':', &address[at + 1..]).is_none() => &address[..at],
        _ => address,
    }
}

fn bracketed_address(address: &[u8]) -> Option<(&[u8], &[u8])> {
    (address.first() == Some(&b'[')).then(|| bracketed(address)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_marked_words() {
        for (text, expect) in [
            ("ERROR x", Level::Error),
            ("[main] [warn] x", Level::Warning),
            ("no error here", Level::Unsaid),
            ("error: no route", Level::Error),
            ("one two three four five six FATAL", Level::Unsaid),
        ] {
            assert_eq!(level(text.as_bytes()), expect, "{text}");
        }
    }

    #[test]
    fn ports_are_cut_off() {
        for (text, expect) in [("10.0.0.1:80", "10.0.0.1"), ("::1", "::1"), ("[::1]:80", "::1")] {
            assert_eq!(without_port(text.as_bytes()), expect.as_bytes());
        }
    }

    #[test]
    fn pieces_are_cut() {
        assert_eq!(bracketed(b"[a] b"), Some((&b"a"[..], &b"b"[..])));
        assert_eq!(quoted(br#""a\"b" c"#), Some((&br#"a\"b"#[..], &b"c"[..])));
        assert_eq!((bracketed(b"a]"), quoted(b"\"a")), (None, None));
    }
}
