//! Access logs of nginx and Apache: common, combined, and with request times after them.

use memchr::memchr;

use super::{Format, Reading};
use crate::cut::{bracketed, quoted, without_port, word};
use crate::event::{Event, Who};
use crate::field::{duration_us, path, put_pairs, whole};

/// Access logs.
pub(super) static FORMAT: Format =
    Format { name: "access", title: "access log (nginx, Apache)", weight: 90, read, check: None };

/// Above this a bare number at the end is in microseconds (Apache's `%D`), not seconds.
const SECONDS_MAX: u32 = 10_000;

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    read_some(reading, event).is_some()
}

fn read_some<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> Option<()> {
    let line = event.line;
    let open = memchr(b'[', &line[..line.len().min(512)])?;
    let (address, _) = word(client(&line[..open]));
    let (time, rest) = bracketed(&line[open..])?;
    event.time_us = Some(reading.calendar.access(time)?.us);
    let (request, rest) = quoted(rest)?;
    let (status, rest) = word(rest);
    event.status = whole(status).filter(|status| (100..=999).contains(status))? as u16;
    event.set_who(Who::Address, without_port(address));
    if request.len() > 1 {
        event.step.text = path(request);
    }
    let (_octets, rest) = word(rest);
    let mut rest = rest;
    if let Some((_referrer, after)) = quoted(rest) {
        rest = after;
        if let Some((agent, after)) = quoted(rest) {
            event.set_who(Who::Device, agent);
            rest = after;
        }
    }
    extras(reading, event, rest);
    Some(())
}

/// The client's address; a virtual host may stand before it (`shop.example:443 10.0.0.1 - -`).
fn client(before: &[u8]) -> &[u8] {
    let words = before.split(|octet| *octet == b' ').filter(|word| !word.is_empty()).count();
    if words == 4 && !before.starts_with(b"-") { word(before).1 } else { before }
}

/// Request times and pairs that stand after the fixed fields.
fn extras<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>, rest: &'a [u8]) {
    if rest.is_empty() {
        return;
    }
    if memchr(b'=', rest).is_some() {
        put_pairs(event, &mut reading.calendar, reading.join, rest);
    }
    let mut rest = rest;
    while !rest.is_empty() && event.duration_us.is_none() {
        let text = match quoted(rest) {
            Some((text, after)) => {
                rest = after;
                text
            }
            None => {
                let (text, after) = word(rest);
                rest = after;
                text
            }
        };
        event.duration_us = request_time_us(text);
    }
}

/// `0.123` is in seconds; a bare number is in microseconds when it is too large for seconds.
fn request_time_us(text: &[u8]) -> Option<u64> {
    match whole(text) {
        Some(value) if value > SECONDS_MAX => Some(u64::from(value)),
        Some(_) => None,
        None if memchr(b'.', text).is_some() => duration_us(text, 1_000_000),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn common_and_combined_are_read() {
        let start =
            r#"10.0.0.1 - bob [01/Jul/2026:12:00:00 +0000] "POST /pay?x=1 HTTP/1.1" 502 12"#;
        let expect = "unsaid | 2026-07-01T12:00:00Z | status=502 | step=/pay | address=10.0.0.1";
        assert_eq!(told(&FORMAT, start), expect);
        assert_eq!(
            told(&FORMAT, &format!(r#"{start} "-" "okhttp/4.9""#)),
            "unsaid | 2026-07-01T12:00:00Z | status=502 | step=/pay | address=10.0.0.1 | device=okhttp/4.9"
        );
    }

    #[test]
    fn request_times_are_read_where_they_stand() {
        let start = r#"10.0.0.1 - - [01/Jul/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "-""#;
        for (rest, took) in [
            ("0.123", "took=123000 | "),
            ("123456", "took=123456 | "),
            (r#"rt=0.250 uct="0.000""#, "took=250000 | "),
            (r#""10.9.9.9" 0.040 0.039"#, "took=40000 | "),
            ("12", ""),
        ] {
            assert_eq!(
                told(&FORMAT, &format!("{start} {rest}")),
                format!(
                    "unsaid | 2026-07-01T12:00:00Z | {took}status=200 | step=/ | address=10.0.0.1"
                )
            );
        }
    }

    #[test]
    fn a_virtual_host_may_stand_before() {
        let line = r#"shop.example:443 10.0.0.1 - - [01/Jul/2026:12:00:00 +0000] "-" 408 0"#;
        assert_eq!(
            told(&FORMAT, line),
            "unsaid | 2026-07-01T12:00:00Z | status=408 | address=10.0.0.1"
        );
    }

    #[test]
    fn other_lines_do_not_fit() {
        for line in ["", "a [b] \"c\" 200", r#"1.2.3.4 - - [01/Jul/2026:12:00:00 +0000] "GET / "#] {
            assert_eq!(told(&FORMAT, line), "does not fit");
        }
    }
}
