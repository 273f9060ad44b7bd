//! Apache's error log: `[Wed Jul 01 12:00:00 2026] [core:error] [client A:1] AH00126: text`.

use memchr::memchr;

use super::{Format, Reading};
use crate::cut::{bracketed, without_port};
use crate::event::{Event, Level, Who};

/// Apache's error log.
pub(super) static FORMAT: Format =
    Format { name: "apache-error", title: "Apache error log", weight: 95, read, check: None };

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    read_some(reading, event).is_some()
}

fn read_some<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> Option<()> {
    let first = (event.line.first() == Some(&b'[')).then_some(event.line)?;
    let (time, mut rest) = bracketed(first)?;
    event.time_us = Some(reading.calendar.apache_error(time)?.us);
    while rest.first() == Some(&b'[') {
        let (text, after) = bracketed(rest)?;
        rest = after;
        if let Some(client) = text.strip_prefix(b"client ") {
            event.set_who(Who::Address, without_port(client));
        } else if !text.starts_with(b"pid ") && event.level == Level::Unsaid {
            let level = memchr(b':', text).map_or(text, |at| &text[at + 1..]);
            event.level = Level::from_word(level)?;
        }
    }
    let colon = memchr(b':', &rest[..rest.len().min(12)]);
    if let Some(colon) = colon.filter(|_| rest.starts_with(b"AH")) {
        event.code.text = &rest[..colon];
    }
    event.message = rest;
    (event.level != Level::Unsaid).then_some(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn a_line_is_read() {
        let line = "[Wed Jul 01 12:00:00.123456 2026] [proxy:error] [pid 12:tid 3] [client 10.0.0.1:4711] AH00898: Error reading from remote server";
        assert_eq!(
            told(&FORMAT, line),
            "error | 2026-07-01T12:00:00.123Z | code=AH00898 | message=AH00898: Error reading from remote server | address=10.0.0.1"
        );
    }

    #[test]
    fn other_lines_do_not_fit() {
        for line in ["", "[now] [error] x", "[Wed Jul 01 12:00:00 2026] text", "x"] {
            assert_eq!(told(&FORMAT, line), "does not fit");
        }
    }
}
