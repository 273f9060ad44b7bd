//! PostgreSQL's log: `2026-07-01 12:00:00.123 UTC [12] user@db ERROR:  text`.

use memchr::memchr;
use memchr::memmem;

use super::{Format, Reading};
use crate::cut::{unblank, word};
use crate::event::{Event, Level, Who};
use crate::field::duration_us;

/// PostgreSQL's log with the common values of `log_line_prefix`.
pub(super) static FORMAT: Format =
    Format { name: "postgresql", title: "PostgreSQL log", weight: 95, read, check: None };

/// Words that PostgreSQL begins a message with.
const LABELS: [(&[u8], Level); 16] = [
    (b"LOG", Level::Info),
    (b"ERROR", Level::Error),
    (b"FATAL", Level::Error),
    (b"PANIC", Level::Fatal),
    (b"WARNING", Level::Warning),
    (b"INFO", Level::Info),
    (b"NOTICE", Level::Info),
    (b"DEBUG", Level::Debug),
    (b"DEBUG1", Level::Debug),
    (b"DEBUG2", Level::Debug),
    (b"STATEMENT", Level::Debug),
    (b"DETAIL", Level::Debug),
    (b"HINT", Level::Debug),
    (b"CONTEXT", Level::Debug),
    (b"QUERY", Level::Debug),
    (b"LOCATION", Level::Debug),
];

fn read<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> bool {
    read_some(reading, event).is_some()
}

fn read_some<'a>(reading: &mut Reading<'_>, event: &mut Event<'a>) -> Option<()> {
    let line = event.line;
    let time = reading.calendar.iso(line)?;
    let rest = line.get(time.len..)?;
    let colon = memmem::find(&rest[..rest.len().min(256)], b":  ")?;
    let before = &rest[..colon];
    let label = &before[before.iter().rposition(|o| *o == b' ').map_or(0, |at| at + 1)..];
    event.level = LABELS.iter().find(|(name, _)| *name == label)?.1;
    let mut prefix = unblank(&before[..before.len() - label.len()]);
    memchr(b'[', prefix)?;
    event.time_us = Some(time.us);
    while !prefix.is_empty() {
        let (part, after) = word(prefix);
        prefix = after;
        if memchr(b'@', part).is_some() {
            event.set_who(Who::Party, part);
        } else if part.len() == 5
            && part.iter().all(|o| o.is_ascii_digit() || o.is_ascii_uppercase())
        {
            // SQLSTATE (%e).
            event.code.text = part;
        }
    }
    let message = &rest[colon + 3..];
    if let Some(took) = message.strip_prefix(b"duration: ") {
        let (value, after) = word(took);
        event.duration_us = duration_us(value, 1_000);
        event.step.text = after.strip_prefix(b"ms  ").map_or(b"", verb);
    }
    event.message = message;
    event.set_who(Who::Party, b"postgresql");
    Some(())
}

/// The verb of `statement: SELECT ...`.
fn verb(text: &[u8]) -> &[u8] {
    let Some(colon) = memmem::find(text, b": ") else { return b"" };
    word(&text[colon + 2..]).0
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn lines_are_read_with_and_without_a_user() {
        assert_eq!(
            told(&FORMAT, "2026-07-01 12:00:00.123 UTC [12] LOG:  checkpoint complete"),
            "info | 2026-07-01T12:00:00.123Z | message=checkpoint complete | party=postgresql"
        );
        assert_eq!(
            told(
                &FORMAT,
                "2026-07-01 12:00:00.123 UTC [12] pay@shop 40P01 ERROR:  deadlock detected"
            ),
            "error | 2026-07-01T12:00:00.123Z | code=40P01 | message=deadlock detected | party=pay@shop"
        );
    }

    #[test]
    fn durations_are_read_with_their_statement() {
        assert_eq!(
            told(
                &FORMAT,
                "2026-07-01 12:00:00 UTC [12] LOG:  duration: 12.345 ms  statement: SELECT 1"
            ),
            "info | 2026-07-01T12:00:00Z | took=12345 | step=SELECT | message=duration: 12.345 ms  statement: SELECT 1 | party=postgresql"
        );
    }

    #[test]
    fn other_lines_do_not_fit() {
        for line in ["2026-07-01 12:00:00 UTC [12] WHAT:  x", "2026-07-01 12:00:00 LOG: x", ""] {
            assert_eq!(told(&FORMAT, line), "does not fit");
        }
    }
}
