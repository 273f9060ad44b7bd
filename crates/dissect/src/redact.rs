//! What may be shown of text that was found in clear.

use std::borrow::Cow;

use counterfoil_secret::pan::{PAN_DIGITS_MAX, Pan, mask};

/// Fewest digits in a row that are looked at as a card number.
const DIGITS_MIN: usize = 13;

/// Fewest digits at the end of a cut text that may be the beginning of a card number.
const BEGINNING_DIGITS_MIN: usize = 7;

/// Names of members and form fields whose values are not shown.
const HIDDEN: [&str; 20] = [
    "account",
    "card",
    "cvc",
    "cvv",
    "cvv2",
    "description",
    "expiry",
    "key",
    "number",
    "od",
    "order",
    "pan",
    "passphrase",
    "password",
    "passwd",
    "pin",
    "secret",
    "signature",
    "token",
    "items",
];

/// The text with every card number masked: 13 to 19 digits, also in groups, with a right check
/// digit.
pub(crate) fn card_numbers(text: &str) -> Cow<'_, str> {
    if !has_digits_enough(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut shown = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = run_end(bytes, at);
        if let Some(digits) = card_in(&text[at..end]) {
            shown.push_str(&text[copied..at]);
            shown.push_str(&mask(&digits));
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(&text[copied..]);
    Cow::Owned(shown)
}

/// Like [`card_numbers`], for a text that may be cut off: digits at its end may be the beginning
/// of a card number.
pub(crate) fn card_numbers_of_part(text: &str) -> Cow<'_, str> {
    let is_of_number = |c: char| c.is_ascii_digit() || c == ' ' || c == '-';
    let shown = card_numbers(text);
    let whole = shown.trim_end_matches(is_of_number);
    let digits = shown[whole.len()..].chars().filter(char::is_ascii_digit).count();
    if digits < BEGINNING_DIGITS_MIN {
        return shown;
    }
    Cow::Owned(format!("{whole}[{digits} digits]"))
}

/// Whether the value of a member or field of this name may be shown.
pub(crate) fn is_shown(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(['_', '-', '.', '[', ']']);
    !words.any(|word| HIDDEN.contains(&word)) && !HIDDEN.contains(&name.as_str())
}

fn has_digits_enough(bytes: &[u8]) -> bool {
    bytes.len() >= DIGITS_MIN && bytes.iter().filter(|b| b.is_ascii_digit()).count() >= DIGITS_MIN
}

/// The end of digits from `at` on, single spaces and hyphens between them included.
fn run_end(bytes: &[u8], at: usize) -> usize {
    let (mut end, mut place) = (at, at);
    while place < bytes.len() {
        match bytes[place] {
            b'0'..=b'9' => end = place + 1,
            b' ' | b'-' if end == place => {}
            _ => break,
        }
        place += 1;
    }
    end
}

/// The digits of a run that is a card number. A run that is too long for one may hold one, and
/// is hidden as a whole.
fn card_in(run: &str) -> Option<String> {
    let digits: String = run.chars().filter(char::is_ascii_digit).collect();
    let is_card = digits.len() >= DIGITS_MIN && Pan::parse(&digits).is_ok();
    (is_card || digits.len() > PAN_DIGITS_MAX).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_card_numbers_also_in_groups_and_leaves_other_digits() {
        for (text, shown) in [
            ("pan=4929123412341231&x=1", "pan=4929123412341231&x=1"),
            ("pan=4111111111111111&x=1", "pan=411111******1111&x=1"),
            ("4111 1111-1111 1111.", "411111******1111."),
            ("at 1764270000123 and 20261127185353", "at 1764270000123 and 20261127185353"),
            ("nothing here", "nothing here"),
            ("ü4111111111111111ü", "ü411111******1111ü"),
        ] {
            assert_eq!(card_numbers(text), shown);
        }
    }

    #[test]
    fn hides_what_may_be_the_beginning_of_a_card_number() {
        assert_eq!(card_numbers_of_part("card 4111 1111 11"), "card[10 digits]");
        assert_eq!(card_numbers_of_part("4111111111111111, 12"), "411111******1111, 12");
    }

    #[test]
    fn hides_values_by_their_name() {
        assert!(is_shown("amount") && is_shown("xid") && is_shown("initiation_url"));
        for name in ["description", "card_number", "API-Token", "order[0]", "PIN"] {
            assert!(!is_shown(name), "{name}");
        }
    }
}
