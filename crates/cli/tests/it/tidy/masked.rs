//! Rust source with everything blanked that is not code, so that rules can search it as text.

use std::collections::BTreeSet;
use std::ops::Range;

/// A source file, once as code only. Offsets and line numbers are those of the original.
pub struct Masked {
    /// The source with every octet of comments, strings and characters replaced by a space.
    pub code: String,
    /// Lines (from 1) that begin inside a string literal.
    pub lines_in_text: BTreeSet<usize>,
    /// Octets that belong to tests: the items behind `#[cfg(test)]`.
    pub tests: Vec<Range<usize>>,
}

impl Masked {
    /// Blanks `source`. Source that does not end its strings or comments is blanked to its end.
    pub fn of(source: &str) -> Self {
        let bytes = source.as_bytes();
        let mut code = bytes.to_vec();
        let mut lines_in_text = BTreeSet::new();
        let (mut at, mut line) = (0, 1);
        while at < bytes.len() {
            let (kind, end) = token(bytes, at);
            for octet in &mut code[at..end] {
                if *octet == b'\n' {
                    line += 1;
                    if kind == Kind::Text {
                        lines_in_text.insert(line);
                    }
                } else if kind != Kind::Code {
                    *octet = b' ';
                }
            }
            at = end;
        }
        let code = String::from_utf8_lossy(&code).into_owned();
        let tests = test_items(&code);
        Self { code, lines_in_text, tests }
    }

    /// Whether the octet at `offset` belongs to a test.
    pub fn is_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// The line (from 1) that the octet at `offset` stands in.
    pub fn line_of(&self, offset: usize) -> usize {
        line_of(&self.code, offset)
    }
}

/// The line (from 1) of `text` that the octet at `offset` stands in.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|octet| **octet == b'\n').count() + 1
}

/// From the first `{` at or after `from`, the offset behind its matching `}`; a `;` that comes
/// first outside of brackets ends the item instead.
pub fn item_end(code: &str, from: usize) -> usize {
    let (mut braces, mut brackets) = (0usize, 0usize);
    for (at, octet) in code.bytes().enumerate().skip(from) {
        match octet {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            b'{' => braces += 1,
            b'}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return at + 1;
                }
            }
            b';' if braces == 0 && brackets == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Text,
}

/// What begins at `at`, and where it ends.
fn token(bytes: &[u8], at: usize) -> (Kind, usize) {
    let rest = &bytes[at..];
    let after_name = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|octet| *octet == b'\n').unwrap_or(rest.len());
        return (Kind::Comment, at + length);
    }
    if rest.starts_with(b"/*") {
        return (Kind::Comment, block_comment_end(bytes, at));
    }
    if rest[0] == b'"' {
        return (Kind::Text, string_end(bytes, at + 1));
    }
    if let (false, Some(hashes)) = (after_name, raw_string(rest)) {
        return (Kind::Text, raw_string_end(bytes, at, hashes));
    }
    if rest[0] == b'\''
        && let Some(end) = character_end(rest)
    {
        return (Kind::Text, at + end);
    }
    (Kind::Code, at + 1)
}

fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut at) = (0, start);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if bytes[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// How many `#` a raw string has that begins `rest`, as in `r#"`, `br"` or `cr"`.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let rest = rest.strip_prefix(b"b").or_else(|| rest.strip_prefix(b"c")).unwrap_or(rest);
    let rest = rest.strip_prefix(b"r")?;
    let hashes = rest.iter().take_while(|octet| **octet == b'#').count();
    (rest.get(hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_string_end(bytes: &[u8], start: usize, hashes: usize) -> usize {
    let quote = bytes[start..].iter().position(|octet| *octet == b'"').unwrap_or(0);
    let mut closing = vec![b'"'];
    closing.resize(hashes + 1, b'#');
    let body = start + quote + 1;
    bytes[body..]
        .windows(closing.len())
        .position(|window| window == closing)
        .map_or(bytes.len(), |found| body + found + closing.len())
}

/// Where the character literal ends that begins `rest`; `None` for a lifetime.
fn character_end(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        let close = rest.iter().skip(3).position(|octet| *octet == b'\'')?;
        return Some(close + 4);
    }
    let width = match rest.get(1)? {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
}

fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in code.match_indices("#[cfg(") {
        let inside_another = found.last().is_some_and(|range| range.contains(&at));
        let Some(length) = code[at..].find(")]") else { continue };
        let condition = &code[at..at + length];
        let names_test =
            condition.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "test");
        if names_test && !condition.contains("not(") && !inside_another {
            found.push(at..item_end(code, at + length + 2));
        }
    }
    found
}

#[test]
fn blanks_comments_strings_and_characters_and_keeps_lifetimes() {
    let source = "let a = \"x\\\"y\"; // c\nlet b: &'a u8 = b'\\n'; /* /* */ */ r#\"z\"#;\nc('é')";
    let masked = Masked::of(source);
    let kept: Vec<String> = masked
        .code
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(kept, ["let a = ;", "let b: &'a u8 = b ; ;", "c( )"]);
    assert_eq!(masked.code.len(), source.len());
}

#[test]
fn knows_which_lines_begin_inside_a_string() {
    let masked = Masked::of("a(\"one\ntwo\nthree\");\nb();\n");
    assert_eq!(masked.lines_in_text.into_iter().collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn knows_which_items_are_tests() {
    let source = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\n#[cfg(not(test))]\nfn c() {}\n";
    let masked = Masked::of(source);
    let is_test = |name: &str| masked.is_test(source.find(name).unwrap());
    assert_eq!([is_test("fn a"), is_test("fn b"), is_test("fn c")], [false, true, false]);
}
