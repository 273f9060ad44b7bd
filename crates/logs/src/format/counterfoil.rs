//! Counterfoil's own logs: one JSON object a line with `time`, `level`, `party` and `event`.

use memchr::memchr;

use super::{Format, Reading};
use crate::event::{Event, Who};
use crate::field::put;
use crate::json;

/// Counterfoil's own logs.
pub(super) static FORMAT: Format = Format {
    name: "counterfoil",
    title: "Counterfoil's own log",
    weight: 100,
    read,
    check: Some(json::is_object),
};

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    if !event.line.starts_with(b"{\"time\":\"") {
        return false;
    }
    let line = event.line;
    let (calendar, join) = (&mut reading.calendar, reading.join);
    let whole = json::walk(line, |key, value| put(event, calendar, join, key, value));
    if !event.step.is_said() {
        // `authorization.declined` is something that happened to an authorization.
        let noun = memchr(b'.', event.name).unwrap_or(event.name.len());
        event.step.text = &event.name[..noun];
    }
    whole && !event.name.is_empty() && event.about(Who::Party).is_said()
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn a_line_is_read() {
        let line = r#"{"time":"2026-07-01T12:00:00.123456Z","level":"warning","party":"gateway","event":"bank.unreachable","xid":"0102","rrpid":"03","reason":"timed-out"}"#;
        assert_eq!(
            told(&FORMAT, line),
            "warning | 2026-07-01T12:00:00.123Z | name=bank.unreachable | code=timed-out | step=bank | xid=0102 | rrpid=03 | party=gateway"
        );
    }

    #[test]
    fn other_objects_do_not_fit() {
        assert_eq!(told(&FORMAT, r#"{"time":"2026-07-01T12:00:00Z","msg":"x"}"#), "does not fit");
        assert_eq!(told(&FORMAT, "text"), "does not fit");
    }
}
