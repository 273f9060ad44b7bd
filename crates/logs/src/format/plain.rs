//! Plain text: a time and a level where there are any, and words. Every line fits.

use memchr::memchr;

use super::{Format, Reading};
use crate::cut::{level, unblank};
use crate::event::Event;
use crate::field::{put, put_pairs};
use crate::json;

/// Plain text.
pub(super) static FORMAT: Format =
    Format { name: "plain", title: "plain text", weight: 1, read, check: None };

/// Octets before the time that may be brackets and the like.
const BEFORE_TIME_MAX: usize = 2;

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    let line = event.line;
    let start = (0..=BEFORE_TIME_MAX.min(line.len())).find_map(|skip| {
        let is_bracket = skip == 0 || matches!(line[skip - 1], b'[' | b'(' | b'<');
        let time = is_bracket.then(|| reading.calendar.any(&line[skip..])).flatten()?;
        Some((skip + time.len, time.us))
    });
    let rest = match start {
        Some((end, us)) => {
            event.time_us = Some(us);
            let rest = &line[end..];
            unblank(rest.strip_prefix(b"]").or_else(|| rest.strip_prefix(b")")).unwrap_or(rest))
        }
        None => line,
    };
    if rest.first() == Some(&b'{') {
        let (calendar, join) = (&mut reading.calendar, reading.join);
        if json::walk(rest, |key, value| put(event, calendar, join, key, value)) {
            return true;
        }
    }
    if memchr(b'=', rest).is_some() {
        put_pairs(event, &mut reading.calendar, reading.join, rest);
    }
    event.level = event.level.max(level(rest));
    event.message = rest;
    true
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn time_and_level_are_found() {
        assert_eq!(
            told(
                &FORMAT,
                "[2026-07-01 12:00:00,123] ERROR [main] c.b.Gateway - bank refused xid=ab"
            ),
            "error | 2026-07-01T12:00:00.123Z | xid=ab | message=ERROR [main] c.b.Gateway - bank refused xid=ab"
        );
        assert_eq!(
            told(&FORMAT, "\tat com.bank.Route(Route.java:12)"),
            "unsaid | message=\tat com.bank.Route(Route.java:12)"
        );
    }

    #[test]
    fn an_object_of_json_after_a_time_is_read() {
        assert_eq!(
            told(&FORMAT, r#"2026-07-01T12:00:00Z {"level":"warn","msg":"x"}"#),
            "warning | 2026-07-01T12:00:00Z | message=x"
        );
    }
}
