//! syslog of RFC 5424: `<165>1 TIME HOST APP PROCID MSGID [SD] text`.

use memchr::memchr;

use super::syslog_3164::read_text;
use super::{Format, Reading};
use crate::cut::{unblank, word};
use crate::event::{Event, Level, Who, is_void};
use crate::field::{put, value, whole};

/// syslog of RFC 5424.
pub(super) static FORMAT: Format =
    Format { name: "syslog-5424", title: "syslog (RFC 5424)", weight: 90, read, check: None };

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    read_some(reading, event).is_some()
}

fn read_some<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> Option<()> {
    let line = event.line;
    let end = memchr(b'>', &line[..line.len().min(5)])?;
    let priority = whole(line.strip_prefix(b"<")?.get(..end.checked_sub(1)?)?)?;
    let rest = line[end + 1..].strip_prefix(b"1 ")?;
    let (time, rest) = word(rest);
    let (_host, rest) = word(rest);
    let (app, rest) = word(rest);
    let (_process, rest) = word(rest);
    let (message_id, rest) = word(rest);
    event.time_us = reading.calendar.iso(time).map(|time| time.us);
    if event.time_us.is_none() && time != b"-" {
        return None;
    }
    event.level = Level::from_syslog((priority % 8) as u8);
    event.set_who(Who::Party, app);
    if !is_void(message_id) {
        event.name = message_id;
    }
    let body = structured(reading, event, rest)?;
    read_text(reading, event, body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    Some(())
}

/// Reads structured data; returns what follows it.
fn structured<'a>(
    reading: &mut Reading<'_>,
    event: &mut Event<'a>,
    mut rest: &'a [u8],
) -> Option<&'a [u8]> {
    if let Some(body) = rest.strip_prefix(b"-") {
        return Some(unblank(body));
    }
    while let Some(element) = rest.strip_prefix(b"[") {
        let id = element.iter().position(|octet| matches!(octet, b' ' | b']'))?;
        rest = &element[id..];
        loop {
            rest = unblank(rest);
            if let Some(after) = rest.strip_prefix(b"]") {
                rest = after;
                break;
            }
            let equals = memchr(b'=', rest)?;
            let (text, taken) = value(&rest[equals + 1..]);
            put(event, &mut reading.calendar, reading.join, &rest[..equals], text);
            rest = rest.get(equals + 1 + taken..)?;
        }
    }
    Some(unblank(rest))
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn a_line_is_read_with_structured_data() {
        let line = r#"<131>1 2026-07-01T12:00:00.003Z gw1 gateway 8710 ID47 [pay@1 xid="ab" merchant="m 1"][o@2] bank refused"#;
        assert_eq!(
            told(&FORMAT, line),
            "error | 2026-07-01T12:00:00.003Z | name=ID47 | xid=ab | message=bank refused | merchant=m 1 | party=gateway"
        );
    }

    #[test]
    fn a_line_without_anything_is_read() {
        assert_eq!(told(&FORMAT, "<34>1 - - - - - -"), "fatal");
    }

    #[test]
    fn other_lines_do_not_fit() {
        for line in ["<34>Jul  1 12:00:00 h su: x", "<34>1 never h a p m - x", "<34", "1 x"] {
            assert_eq!(told(&FORMAT, line), "does not fit");
        }
    }
}
