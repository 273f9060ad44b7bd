//! nginx's error log: `2026/07/01 12:00:00 [error] 1#2: *3 text, client: ..., request: "..."`.

use memchr::memchr;
use memchr::memmem;

use super::{Format, Reading};
use crate::cut::{bracketed, unblank, word};
use crate::event::{Event, Level, Who};
use crate::field::{path, value};

/// nginx's error log.
pub(super) static FORMAT: Format =
    Format { name: "nginx-error", title: "nginx error log", weight: 95, read, check: None };

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    read_some(reading, event).is_some()
}

fn read_some<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> Option<()> {
    let time = reading.calendar.slashed(event.line)?;
    let (level, rest) = bracketed(unblank(event.line.get(time.len..)?))?;
    event.time_us = Some(time.us);
    event.level = Level::from_word(level)?;
    let (process, mut rest) = word(rest);
    memchr(b'#', process)?;
    if rest.first() == Some(&b'*') {
        rest = word(rest).1;
    }
    let about = memmem::find(rest, b", client: ").unwrap_or(rest.len());
    event.message = &rest[..about];
    let about = &rest[about..];
    if let Some(client) = after(about, b", client: ") {
        event.set_who(Who::Address, client);
    }
    if let Some(upstream) = after(about, b", upstream: ") {
        event.set_who(Who::Route, host(upstream));
    }
    if let Some(request) = after(about, b", request: ") {
        event.step.text = path(request);
    }
    Some(())
}

fn after<'a>(text: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::find(text, label)?;
    Some(value(&text[at + label.len()..]).0)
}

/// `http://10.0.0.2:8080/pay` without scheme and path.
fn host(url: &[u8]) -> &[u8] {
    let start = memmem::find(url, b"://").map_or(0, |at| at + 3);
    let rest = &url[start..];
    &rest[..memchr(b'/', rest).unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn a_line_is_read() {
        let line = r#"2026/07/01 12:00:00 [error] 12#12: *45 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: shop, request: "POST /pay HTTP/1.1", upstream: "http://10.0.0.2:8080/pay", host: "shop""#;
        assert_eq!(
            told(&FORMAT, line),
            "error | 2026-07-01T12:00:00Z | step=/pay | message=connect() failed (111: Connection refused) while connecting to upstream | address=10.0.0.1 | bank route=10.0.0.2:8080"
        );
    }

    #[test]
    fn other_lines_do_not_fit() {
        for line in ["2026/07/01 12:00:00 text", "2026/07/01 12:00:00 [what] 1#1: x", "x"] {
            assert_eq!(told(&FORMAT, line), "does not fit");
        }
    }
}
