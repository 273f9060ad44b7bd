//! JSON Lines of any program: one object a line, with the common names of fields.

use super::{Format, Reading};
use crate::event::Event;
use crate::field::put;
use crate::json;

/// JSON Lines.
pub(super) static FORMAT: Format = Format {
    name: "json-lines",
    title: "JSON Lines",
    weight: 60,
    read,
    check: Some(json::is_object),
};

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    let line = event.line;
    let (calendar, join) = (&mut reading.calendar, reading.join);
    json::walk(line, |key, value| put(event, calendar, join, key, value))
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn common_names_are_understood() {
        let line = r#"{"@timestamp":"2026-07-01T12:00:00Z","log.level":"ERROR","message":"no route","error":{"code":"E7"},"merchant_id":"m-1","duration_ms":12.5,"client_ip":"10.0.0.1","payment_id":"p1","status":502}"#;
        assert_eq!(
            told(&FORMAT, line),
            "error | 2026-07-01T12:00:00Z | took=12500 | status=502 | code=E7 | xid=p1 | message=no route | address=10.0.0.1 | merchant=m-1"
        );
    }

    #[test]
    fn numeric_levels_and_times_are_understood() {
        let line = r#"{"level":50,"time":1782907200123,"pid":1,"msg":"failed"}"#;
        assert_eq!(told(&FORMAT, line), "error | 2026-07-01T12:00:00.123Z | message=failed");
    }

    #[test]
    fn text_does_not_fit() {
        assert_eq!(told(&FORMAT, r#"{"a":1"#), "does not fit");
        assert_eq!(told(&FORMAT, "[1]"), "does not fit");
    }
}
