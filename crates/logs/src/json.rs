//! Fields of one JSON object on one line, without copying.
//!
//! A log's objects are flat or nearly so, and there are millions of them. This walks keys and
//! values and borrows both; strings keep their escapes. It does not validate: what it cannot walk
//! is left to `serde_json`, which is also asked whether a file is JSON at all.

/// Deepest nesting that is walked.
const DEPTH_MAX: usize = 16;

/// Calls `each` with every key and scalar of the object that `line` holds; keys of nested objects
/// are given without those above them. Returns whether the whole line could be walked.
pub fn walk<'a>(line: &'a [u8], mut each: impl FnMut(&'a [u8], &'a [u8])) -> bool {
    let mut at = blank(line, 0);
    if line.get(at) != Some(&b'{') {
        return false;
    }
    at += 1;
    let mut depth = 1;
    loop {
        at = separators(line, at);
        match line.get(at) {
            Some(b'}') => {
                at += 1;
                depth -= 1;
                if depth == 0 {
                    return blank(line, at) == line.len();
                }
            }
            Some(b'"') => {
                let Some(end) = string_end(line, at + 1) else { return false };
                let key = &line[at + 1..end];
                at = blank(line, end + 1);
                if line.get(at) != Some(&b':') {
                    return false;
                }
                at = blank(line, at + 1);
                match line.get(at) {
                    Some(b'{') if depth < DEPTH_MAX => {
                        depth += 1;
                        at += 1;
                    }
                    _ => {
                        let Some((value, end)) = scalar(line, at) else { return false };
                        each(key, value);
                        at = end;
                    }
                }
            }
            _ => return false,
        }
    }
}

/// A string without its quotes, another scalar, or a whole array; and where it ends.
fn scalar(line: &[u8], at: usize) -> Option<(&[u8], usize)> {
    match line.get(at)? {
        b'"' => {
            let end = string_end(line, at + 1)?;
            Some((&line[at + 1..end], end + 1))
        }
        b'[' | b'{' => {
            let end = nested_end(line, at)?;
            Some((&line[at..end], end))
        }
        _ => {
            let ends = |octet: &u8| matches!(octet, b',' | b'}' | b' ' | b'\t' | b']');
            let len = line[at..].iter().position(ends)?;
            (len > 0).then_some((&line[at..at + len], at + len))
        }
    }
}

/// Where the string that begins at `at` has its closing quote.
fn string_end(line: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = quote_or_escape(line, at)?;
        if line[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Where the next quote or backslash is. Strings of logs are short, so that calling a searcher
/// costs more than it saves: eight octets are looked at in one word.
fn quote_or_escape(line: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    const ESCAPES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    // The lowest mark of an octet that is zero is right; those above it may not be.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    while let Some((octets, _)) = line.get(at..)?.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*octets);
        let marks = zeros(word ^ QUOTES) | zeros(word ^ ESCAPES);
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = line.get(at..)?.iter().position(|octet| matches!(octet, b'"' | b'\\'))?;
    Some(at + rest)
}

/// Where an array or object that begins at `at` ends.
fn nested_end(line: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match line.get(at)? {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' => at = string_end(line, at + 1)?,
            _ => {}
        }
        at += 1;
    }
}

fn blank(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

fn separators(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\t' | b',')) {
        at += 1;
    }
    at
}

/// Whether a line is one JSON object, by the rules of RFC 8259.
pub fn is_object(line: &[u8]) -> bool {
    let starts = line.iter().find(|octet| !octet.is_ascii_whitespace()) == Some(&b'{');
    starts && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(line: &str) -> String {
        let mut said = String::new();
        let whole = walk(line.as_bytes(), |key, value| {
            let text = |octets| String::from_utf8_lossy(octets).into_owned();
            said.push_str(&format!("{}={} ", text(key), text(value)));
        });
        format!("{said}{whole}")
    }

    #[test]
    fn keys_and_values_are_borrowed() {
        for (line, expect) in [
            (r#"{"a":"b","n":1.5,"t":true,"z":null}"#, "a=b n=1.5 t=true z=null true"),
            (r#" { "a" : "q\"\\" , "b": [1,"]"] } "#, r#"a=q\"\\ b=[1,"]"] true"#),
            (r#"{"http":{"status":502,"x":{}},"msg":""}"#, "status=502 msg= true"),
            ("{}", "true"),
        ] {
            assert_eq!(walked(line), expect, "{line}");
        }
    }

    #[test]
    fn broken_lines_are_left() {
        for line in ["", "[]", r#"{"a""#, r#"{"a":"#, r#"{"a":"b\"#, r#"{"a":1"#, r#"{"a":[1}"#] {
            assert!(walked(line).ends_with("false"), "{line}");
        }
        assert!(walked(r#"{"a":1}x"#).ends_with("false"));
        assert!(!is_object(br#"{"a":1}x"#) && is_object(br#"{"a":1}"#) && !is_object(b"1"));
    }

    #[test]
    fn quotes_and_escapes_are_found_wherever_they_stand() {
        for len in 0..40 {
            let text = vec![b'a' + len as u8 % 3; len];
            for tail in
                [&b"\""[..], b"\"\\\"", b"\\\"\"\"\"\"\"\"\"", b"\x21\x23\x22", b"\xa2\xdc\""]
            {
                let line = [&text, tail].concat();
                let expect = line.iter().position(|octet| matches!(octet, b'"' | b'\\'));
                assert_eq!(quote_or_escape(&line, 0), expect, "{line:?}");
            }
            assert_eq!(quote_or_escape(&text, 0), None);
        }
        assert_eq!(string_end(b"", 1), None);
    }

    #[test]
    fn deep_nesting_ends() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(40), "}".repeat(40));
        assert!(walked(&deep).ends_with("true"));
    }
}
