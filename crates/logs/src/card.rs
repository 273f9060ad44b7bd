//! Card numbers in lines: length, issuer prefix, check digit, and what stands around them.
//!
//! Long numbers are everywhere in logs: times since 1970, ids, counters. What is looked for has
//! the length and prefix of an issuer (ISO/IEC 7812-1), stands alone or in the groups that are
//! printed on cards, and is told by its neighbours. Each field's values are judged together: an
//! id passes the check digit one time in ten, a card number always.

use memchr::memchr;

/// Fewest digits that are looked at.
const DIGITS_MIN: usize = 13;
/// Most digits of a card number.
const DIGITS_MAX: usize = 19;
/// Octets before a number in which the name of its field is looked for.
const KEY_BYTES_MAX: usize = 48;

/// First four digits from and to, and the lengths, of issuers' numbers.
const ISSUERS: [(u32, u32, &[usize]); 15] = [
    (4000, 4999, &[13, 16, 19]),
    (5100, 5599, &[16]),
    (2221, 2720, &[16]),
    (3400, 3499, &[15]),
    (3700, 3799, &[15]),
    (6011, 6011, &[16, 19]),
    (6440, 6599, &[16, 19]),
    (3000, 3059, &[14, 16]),
    (3600, 3699, &[14, 16]),
    (3800, 3999, &[14, 16]),
    (3528, 3589, &[16, 17, 18, 19]),
    (6200, 6299, &[16, 17, 18, 19]),
    (2200, 2204, &[16, 17, 18, 19]),
    (5018, 5038, &[16, 18, 19]),
    (5610, 5899, &[16, 18, 19]),
];

/// Sizes of the groups in which card numbers are printed.
const GROUPS: [&[usize]; 5] =
    [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3], &[4, 4, 4, 1]];

/// A number that has the length and prefix of a card's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Where it begins in the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether the check digit fits.
    pub is_checked: bool,
}

/// What the name of a field says of numbers in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// It names a card.
    Card,
    /// It says nothing.
    Silent,
    /// It names a time, an id, a size or the like.
    Other,
}

/// Calls `each` with every candidate of `text`, in order.
pub fn candidates(text: &[u8], mut each: impl FnMut(Candidate)) {
    let mut marks = Marks::default();
    let mut block = 0;
    // Where the last run ended.
    let mut done = 0;
    while block < text.len() {
        let starts = marks.of(&text[block..]);
        let mut at = done.max(block) - block;
        while let Some(found) = starts.get(at..).and_then(|rest| memchr(1, rest)) {
            let start = block + at + found;
            let len = text[start..].iter().position(|octet| !is_run(*octet));
            let end = len.map_or(text.len(), |len| start + len);
            in_run(text, start, end, &mut each);
            done = end;
            at = end - block;
        }
        block += BLOCK_BYTES;
    }
}

/// Octets whose marks are made at once.
const BLOCK_BYTES: usize = 2_048;
/// As many more as decide about the last of them.
const MARK_BYTES: usize = BLOCK_BYTES + DIGITS_MIN - 1;

/// For each octet of a block, whether a run of the fewest digits begins there: 1 or 0. Made for
/// all octets at once, without a decision for any, which is what processors do best.
struct Marks {
    marks: [u8; MARK_BYTES],
    next: [u8; MARK_BYTES],
}

impl Default for Marks {
    fn default() -> Self {
        Self { marks: [0; MARK_BYTES], next: [0; MARK_BYTES] }
    }
}

impl Marks {
    fn of(&mut self, text: &[u8]) -> &[u8] {
        let mut len = text.len().min(MARK_BYTES);
        let (mut marks, mut next) = (&mut self.marks, &mut self.next);
        for (mark, octet) in marks[..len].iter_mut().zip(text) {
            *mark = u8::from(octet.wrapping_sub(b'0') < 10)
                | u8::from(*octet == b' ')
                | u8::from(*octet == b'-');
        }
        // Runs of 2, 4, 8 and 13; what the end of the text cuts off is none.
        for step in [1, 2, 4, DIGITS_MIN - 8] {
            len = len.saturating_sub(step);
            let both = marks.iter().zip(&marks[step..]);
            for (both, (here, there)) in next[..len].iter_mut().zip(both) {
                *both = here & there;
            }
            (marks, next) = (next, marks);
        }
        &marks[..len]
    }
}

/// The candidates of one run of digits, blanks and hyphens.
fn in_run(text: &[u8], start: usize, end: usize, each: &mut impl FnMut(Candidate)) {
    let mut at = start;
    while at < end {
        if !text[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let len = digits(text, at);
        let found = match len {
            DIGITS_MIN..=DIGITS_MAX => Some(at + len),
            4 => grouped(&text[..end], at),
            _ => None,
        };
        let alone = found.filter(|to| is_alone(text, at, *to));
        let judged = alone.and_then(|to| Some((to, judge(&text[at..to])?)));
        at = match judged {
            Some((end, is_checked)) => {
                each(Candidate { start: at, end, is_checked });
                end
            }
            None => at + len,
        };
    }
}

/// Where a number in printed groups ends that begins at `at`.
fn grouped(text: &[u8], at: usize) -> Option<usize> {
    let separator = *text.get(at + 4)?;
    GROUPS.iter().rev().find_map(|sizes| {
        let mut place = at;
        for (index, size) in sizes.iter().enumerate() {
            if index > 0 {
                (text.get(place) == Some(&separator)).then_some(())?;
                place += 1;
            }
            (digits(text, place) == *size).then_some(())?;
            place += size;
        }
        Some(place)
    })
}

/// Whether a number is not a part of a longer word.
fn is_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = &text[..start];
    let joined_before = match before {
        [.., a, b'-' | b'.' | b'+'] => a.is_ascii_alphanumeric(),
        [.., b] => b.is_ascii_alphanumeric() || *b == b'_',
        [] => false,
    };
    let joined_after = match &text[end..] {
        [b'-' | b'.', a, ..] => a.is_ascii_alphanumeric(),
        [b, ..] => b.is_ascii_alphanumeric() || *b == b'_',
        [] => false,
    };
    !joined_before && !joined_after
}

/// Whether the check digit fits; `None` when length or prefix are no issuer's.
fn judge(text: &[u8]) -> Option<bool> {
    let mut number = [0_u8; DIGITS_MAX];
    let mut len = 0;
    for digit in text.iter().filter(|octet| octet.is_ascii_digit()) {
        *number.get_mut(len)? = digit - b'0';
        len += 1;
    }
    let number = &number[..len];
    let prefix = number.get(..4)?.iter().fold(0, |value, digit| value * 10 + u32::from(*digit));
    let fits = |(from, to, lens): &(u32, u32, &[usize])| {
        (*from..=*to).contains(&prefix) && lens.contains(&len)
    };
    // 4000000000000000 and the like are limits of counters, not cards.
    let varied = number[4..].iter().any(|digit| *digit != 0);
    (ISSUERS.iter().any(fits) && varied).then(|| luhn(number))
}

/// ISO/IEC 7812-1 annex B.
fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The name that stands before a value: `pan` in `"pan":"4..."`, `pan=4...` and `pan 4...`.
pub fn key_before(line: &[u8], start: usize) -> &[u8] {
    let from = start.saturating_sub(KEY_BYTES_MAX);
    let before = &line[from..start];
    let is_key = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'.');
    let Some(end) = before.iter().rposition(is_key).map(|at| at + 1) else { return b"" };
    let begin = before[..end].iter().rposition(|octet| !is_key(octet)).map_or(0, |at| at + 1);
    &before[begin..end]
}

/// What a field's name says.
pub fn context(key: &[u8]) -> Context {
    let key = key.to_ascii_lowercase();
    let has = |word: &&str| memchr::memmem::find(&key, word.as_bytes()).is_some();
    let others = [
        "time", "epoch", "date", "trace", "span", "seq", "nonce", "rrn", "stan", "offset", "byte",
        "size", "count", "serial", "order", "session", "hash", "etag", "phone", "msisdn", "iban",
        "token", "request", "req", "txn", "tx", "uuid", "guid", "imei", "lsn",
    ];
    let is_id = key.ends_with(b"id") || key == b"ts" || key.ends_with(b"_ns") || key == b"ref";
    let cards = ["card", "pan", "visa", "amex", "maestro", "track", "acct", "account"];
    let is_other = is_id || others.iter().any(has);
    if !is_other && (cards.iter().any(has) || key == b"cc") {
        return Context::Card;
    }
    if is_other { Context::Other } else { Context::Silent }
}

fn digits(text: &[u8], at: usize) -> usize {
    text[at.min(text.len())..].iter().take_while(|octet| octet.is_ascii_digit()).count()
}

fn is_run(octet: u8) -> bool {
    octet.is_ascii_digit() || matches!(octet, b' ' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        candidates(text.as_bytes(), |found| {
            let mark = if found.is_checked { "" } else { " unchecked" };
            all.push(format!("{}{mark}", &text[found.start..found.end]));
        });
        all
    }

    #[test]
    fn numbers_of_cards_are_found_alone_and_in_groups() {
        assert_eq!(found("pan=4111111111111111"), ["4111111111111111"]);
        assert_eq!(found("card 4111 1111 1111 1111 refused"), ["4111 1111 1111 1111"]);
        assert_eq!(found("\"5500-0000-0000-0004\""), ["5500-0000-0000-0004"]);
        assert_eq!(found("3782 822463 10005"), ["3782 822463 10005"]);
        assert_eq!(found("2026-07-01 4111111111111111"), ["4111111111111111"]);
        assert_eq!(found("4111111111111112"), ["4111111111111112 unchecked"]);
    }

    #[test]
    fn numbers_are_found_wherever_blocks_end() {
        for before in BLOCK_BYTES - 40..BLOCK_BYTES + 20 {
            let text = format!("{}4111111111111111 x", "a ".repeat(before / 2));
            assert_eq!(found(&text), ["4111111111111111"], "{before}");
        }
        let many = "4111111111111111 12 ".repeat(900);
        assert_eq!(found(&many).len(), 900);
        let long = format!("{} 4111111111111111", "1".repeat(3 * BLOCK_BYTES));
        assert_eq!(found(&long), ["4111111111111111"]);
    }

    #[test]
    fn times_ids_and_other_numbers_are_no_cards() {
        for text in [
            "1782907200123",
            "1782907200123456",
            "1782907200123456789",
            "2026-07-01 12 00 00 2026-07-01",
            "a4111111111111111",
            "4111111111111111.5",
            "x-4111111111111111",
            "4000000000000000",
            "41111111111111111111",
            "9111111111111111",
            "550e8400-e29b-41d4-a716-446655440000",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_field_is_told_by_what_stands_before() {
        let key = |line: &str| {
            let at = line.find("4111").unwrap();
            String::from_utf8_lossy(key_before(line.as_bytes(), at)).into_owned()
        };
        assert_eq!(key(r#"{"pan":"4111"}"#), "pan");
        assert_eq!(key("card number: 4111"), "number");
        assert_eq!(key("4111"), "");
        assert_eq!(context(b"card_number"), Context::Card);
        assert_eq!(context(b"card_id"), Context::Other);
        assert_eq!(context(b"value"), Context::Silent);
    }
}
