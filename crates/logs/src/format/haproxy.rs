//! HAProxy's HTTP and TCP logs, bare or after a syslog header.

use memchr::memchr;

use super::{Format, Reading, syslog_3164};
use crate::cut::{bracketed, quoted, unblank, without_port, word};
use crate::event::{Event, Outcome, Who};
use crate::field::{path, whole};

/// HAProxy's logs.
pub(super) static FORMAT: Format =
    Format { name: "haproxy", title: "HAProxy log", weight: 98, read, check: None };

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    let line = event.line;
    if line.first().is_some_and(u8::is_ascii_digit) && read_body(reading, event, line) {
        return true;
    }
    match syslog_3164::header(reading, event) {
        Some(body) => read_body(reading, event, body),
        None => false,
    }
}

/// Reads `ADDRESS:PORT [TIME] FRONTEND BACKEND/SERVER TIMERS STATUS ...`.
pub(super) fn read_body<'a>(
    reading: &mut Reading<'_>,
    event: &mut Event<'a>,
    body: &'a [u8],
) -> bool {
    read_some(reading, event, body).is_some()
}

fn read_some<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>, body: &'a [u8]) -> Option<()> {
    let (client, rest) = word(body);
    memchr(b':', client)?;
    let (time, rest) = (rest.first() == Some(&b'[')).then(|| bracketed(rest)).flatten()?;
    let time = reading.calendar.access(time)?;
    let (frontend, rest) = word(rest);
    let (server, rest) = word(rest);
    let (timers, rest) = word(rest);
    memchr(b'/', server)?;
    let timer_count = timers.iter().filter(|octet| **octet == b'/').count() + 1;
    let is_timers = |o: &u8| o.is_ascii_digit() || matches!(o, b'/' | b'-' | b'+');
    if timer_count < 3 || !timers.iter().all(is_timers) {
        return None;
    }
    event.time_us = Some(time.us);
    event.set_who(Who::Address, without_port(client));
    event.set_who(Who::Route, server);
    let total = timers.rsplit(|octet| *octet == b'/').next().unwrap_or_default();
    let total = total.strip_prefix(b"+").unwrap_or(total);
    event.duration_us = whole(total).map(|ms| u64::from(ms) * 1_000);
    if timer_count >= 5 { http(event, rest, frontend) } else { tcp(event, rest, frontend) }
}

fn http<'a>(event: &mut Event<'a>, rest: &'a [u8], frontend: &'a [u8]) -> Option<()> {
    let (status, rest) = word(rest);
    let (_octets, rest) = word(rest);
    let (_cookie, rest) = word(rest);
    let (_cookie, rest) = word(rest);
    let (state, rest) = word(rest);
    event.status = whole(status).unwrap_or(0).min(999) as u16;
    termination(event, state);
    if status == b"-1" && event.outcome == Outcome::Fine {
        event.outcome = Outcome::Failed;
    }
    let request = memchr(b'"', rest).and_then(|at| quoted(&rest[at..]));
    event.step.text = request.map_or(frontend, |(request, _)| path(request));
    Some(())
}

fn tcp<'a>(event: &mut Event<'a>, rest: &'a [u8], frontend: &'a [u8]) -> Option<()> {
    let (_octets, rest) = word(rest);
    let (state, rest) = word(rest);
    event.step.text = frontend;
    termination(event, state);
    (state.len() == 2 && !unblank(rest).is_empty()).then_some(())
}

/// The first letter of the session's state says who ended it; `--` is the ordinary end.
fn termination<'a>(event: &mut Event<'a>, state: &'a [u8]) {
    match state.first() {
        None | Some(b'-') => return,
        Some(b'C' | b'c') => event.outcome = Outcome::Refused,
        Some(_) => event.outcome = Outcome::Failed,
    }
    event.code.text = state;
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    const HTTP: &str = r#"10.0.1.2:33317 [01/Jul/2026:12:00:00.655] http-in bank/srv1 10/0/30/69/109 502 2750 - - SH-- 1/1/1/1/0 0/0 {x} {} "POST /pay HTTP/1.1""#;

    #[test]
    fn http_is_read_bare_and_after_a_syslog_header() {
        let expect = "took=109000 | status=502 | code=SH-- | step=/pay | address=10.0.1.2 | bank route=bank/srv1";
        assert_eq!(told(&FORMAT, HTTP), format!("unsaid | 2026-07-01T12:00:00.655Z | {expect}"));
        assert_eq!(
            told(&FORMAT, &format!("<134>Jul  1 12:00:00 lb haproxy[14389]: {HTTP}")),
            format!("info | 2026-07-01T12:00:00.655Z | {expect} | party=haproxy")
        );
    }

    #[test]
    fn tcp_is_read() {
        assert_eq!(
            told(
                &FORMAT,
                "10.0.1.2:33313 [01/Jul/2026:12:00:00.655] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0"
            ),
            "unsaid | 2026-07-01T12:00:00.655Z | took=5007000 | step=fnt | address=10.0.1.2 | bank route=bck/srv1"
        );
    }

    #[test]
    fn other_lines_do_not_fit() {
        for line in ["10.0.1.2:33313 [x] a b/c 0/0/0 1 -- x", "Jul  1 12:00:00 lb haproxy: up", ""]
        {
            assert_eq!(told(&FORMAT, line), "does not fit");
        }
    }
}
