//! logfmt: `ts=2026-07-01T12:00:00Z level=info msg="a b" key=value`.

use super::{Format, Reading};
use crate::cut::unblank;
use crate::event::{Event, Level};
use crate::field::{put, value};

/// logfmt.
pub(super) static FORMAT: Format =
    Format { name: "logfmt", title: "logfmt", weight: 50, read, check: None };

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    let mut rest = unblank(event.line);
    let mut pairs = 0;
    while !rest.is_empty() {
        let is_key = |octet: &u8| octet.is_ascii_graphic() && !matches!(octet, b'=' | b'"');
        let len = rest.iter().take_while(|octet| is_key(octet)).count();
        if len == 0 {
            return false;
        }
        let key = &rest[..len];
        rest = &rest[len..];
        if rest.first() == Some(&b'=') {
            let (text, taken) = value(&rest[1..]);
            let (text, taken) = whole_word(text, taken, &rest[1..]);
            put(event, &mut reading.calendar, reading.join, key, text);
            pairs += 1;
            rest = &rest[1 + taken..];
        }
        rest = unblank(rest);
    }
    let is_log = event.time_us.is_some() || event.level != Level::Unsaid;
    pairs >= 2 && (is_log || pairs >= 4)
}

/// In logfmt a value without quotes ends at a blank and nowhere else.
fn whole_word<'a>(text: &'a [u8], taken: usize, rest: &'a [u8]) -> (&'a [u8], usize) {
    if rest.first() == Some(&b'"') {
        return (text, taken);
    }
    let len = rest.iter().position(|octet| *octet == b' ').unwrap_or(rest.len());
    (&rest[..len], len)
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn a_line_is_read() {
        let line =
            r#"ts=2026-07-01T12:00:00Z level=warn msg="slow \"bank\"" took=1.5s mid=m,1 flag"#;
        assert_eq!(
            told(&FORMAT, line),
            r#"warning | 2026-07-01T12:00:00Z | took=1500000 | message=slow \"bank\" | merchant=m,1"#
        );
    }

    #[test]
    fn text_does_not_fit() {
        assert_eq!(told(&FORMAT, "a = b level=info"), "does not fit");
        assert_eq!(told(&FORMAT, "just words"), "does not fit");
        assert_eq!(told(&FORMAT, ""), "does not fit");
    }
}
