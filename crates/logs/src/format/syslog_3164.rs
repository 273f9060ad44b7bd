//! syslog of RFC 3164: `<34>Jul  1 12:00:00 host program[pid]: text`, with or without priority.

use memchr::memchr;

use super::{Format, Reading, haproxy};
use crate::cut::{level, unblank, word};
use crate::event::{Event, Level, Who};
use crate::field::{put, put_pairs, whole};
use crate::json;

/// syslog of RFC 3164, and of systems that write its file form with RFC 3339 times.
pub(super) static FORMAT: Format =
    Format { name: "syslog-3164", title: "syslog (RFC 3164)", weight: 70, read, check: None };

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    let Some(body) = header(reading, event) else { return false };
    if haproxy::read_body(reading, event, body) {
        return true;
    }
    read_text(reading, event, body);
    true
}

/// Reads priority, time, host and program; returns the text after them.
pub(super) fn header<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> Option<&'a [u8]> {
    let (priority, rest) = priority(event.line);
    let time = match rest.first()? {
        b'A'..=b'Z' => reading.calendar.syslog(rest)?,
        _ => reading.calendar.iso(rest).filter(|time| time.len >= 20)?,
    };
    let rest = rest.get(time.len..)?.strip_prefix(b" ")?;
    let (host, rest) = word(rest);
    let colon = memchr(b':', &rest[..rest.len().min(64)])?;
    let tag = &rest[..colon];
    let name = &tag[..memchr(b'[', tag).unwrap_or(tag.len())];
    let is_name = |octet: &u8| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'=' | b',');
    if host.is_empty() || name.is_empty() || !name.iter().all(is_name) || host.contains(&b'[') {
        return None;
    }
    event.time_us = Some(time.us);
    event.level = priority.map_or(Level::Unsaid, |value| Level::from_syslog(value % 8));
    event.set_who(Who::Party, name);
    Some(unblank(&rest[colon + 1..]))
}

/// Reads the text of a syslog message: an object of JSON, or words and pairs.
pub(super) fn read_text<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>, body: &'a [u8]) {
    let body = body.strip_prefix(b"@cee:").map_or(body, unblank);
    if body.first() == Some(&b'{') {
        let (calendar, join) = (&mut reading.calendar, reading.join);
        if json::walk(body, |key, value| put(event, calendar, join, key, value)) {
            return;
        }
    }
    put_pairs(event, &mut reading.calendar, reading.join, body);
    if event.message.is_empty() {
        event.message = body;
    }
    // The priority is often the same for every line of a program; the text knows better.
    event.level = level(body).max(event.level);
}

/// The number between `<` and `>` that a line begins with.
fn priority(line: &[u8]) -> (Option<u8>, &[u8]) {
    let found = (line.first() == Some(&b'<'))
        .then(|| memchr(b'>', &line[..line.len().min(5)]))
        .flatten()
        .and_then(|end| Some((whole(&line[1..end])?, &line[end + 1..])));
    match found {
        Some((value @ 0..=191, rest)) => (Some(value as u8), rest),
        _ => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn a_line_is_read_with_and_without_priority() {
        assert_eq!(
            told(&FORMAT, "<27>Jul  1 12:00:00 gw1 gateway[12]: bank refused xid=ab code=91"),
            "error | 2026-07-01T12:00:00Z | code=91 | xid=ab | message=bank refused xid=ab code=91 | party=gateway"
        );
        assert_eq!(
            told(&FORMAT, "2026-07-01T12:00:00.5+00:00 gw1 sshd: Accepted"),
            "unsaid | 2026-07-01T12:00:00.500Z | message=Accepted | party=sshd"
        );
    }

    #[test]
    fn an_object_of_json_in_the_text_is_read() {
        assert_eq!(
            told(&FORMAT, r#"Jul  1 12:00:00 h app: {"level":"error","msg":"x"}"#),
            "error | 2026-07-01T12:00:00Z | message=x | party=app"
        );
    }

    #[test]
    fn other_lines_do_not_fit() {
        assert_eq!(told(&FORMAT, "Jul  1 12:00:00"), "does not fit");
        assert_eq!(told(&FORMAT, "<34>1 2026-07-01T12:00:00Z h a - - -"), "does not fit");
        assert_eq!(told(&FORMAT, "2026-07-01 12:00:00.123 UTC [12] LOG:  x"), "does not fit");
    }
}
