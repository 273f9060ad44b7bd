//! A file's times go back and stay back: its clock was set, or its lines are out of order.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding};
use crate::facts::Facts;
use crate::time::{span_text, text};

/// A jump of this many microseconds looks like a change of summer time or zone.
const HOUR_US: i64 = 3_600 * 1_000_000;
/// How far from whole hours such a jump may be.
const NEAR_US: i64 = 120 * 1_000_000;

/// What it says.
static KIND: Kind = Kind {
    id: "clock-jump",
    group: "what the log itself shows",
    severity: Severity::Warning,
    title: "A file's times go back by more than half a minute and go on from there.",
    page: "Lines that are late by some seconds are common and not told; nor is a single line \
        with an odd time. Told \
           is a step back of more than 30 seconds after which at least five lines go on.\n\n\
           The clock was wrong until then, or is since; nobody's signatures, CRLs or certificates can be judged by it. A step of a whole \
           hour is the end of summer time, or a zone that was set. Else two files were joined in the wrong order.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let jumps = facts.files.iter().flat_map(|file| &file.clock.jumps);
    let mut jumps: Vec<_> = jumps.copied().collect();
    jumps.sort_by_key(|jump| (jump.to_us - jump.from_us, jump.place));
    jumps
        .into_iter()
        .map(|jump| {
            let back = jump.from_us - jump.to_us;
            let (hours, rest) = (back / HOUR_US, back % HOUR_US);
            let is_hours = hours > 0 && rest.min(HOUR_US - rest) <= NEAR_US && back < 15 * HOUR_US;
            let hint = if is_hours { "; whole hours: summer time or zone" } else { "" };
            let summary = format!(
                "{} back, from {} to {}{hint}",
                span_text(back.unsigned_abs()),
                text(jump.from_us),
                text(jump.to_us)
            );
            let remark = KIND
                .of(jump.place.text(&facts.names), summary)
                .with("expected", format!("no time before {}", text(jump.from_us)))
                .with("seen", text(jump.to_us));
            Finding::of(remark)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn a_clock_that_is_set_back_is_told_with_its_line() {
        let lines = traffic(1, 900, |line, _| {
            if line.second >= 700 {
                line.second -= 300;
            }
            true
        });
        let first = lines.windows(2).position(|pair| pair[1].second < pair[0].second).unwrap() + 2;
        let told = said(&report_of(&lines), "clock-jump");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(&format!("a.log:{first}: 5 min back")), "{told:?}");
    }

    #[test]
    fn late_lines_are_not() {
        let lines = traffic(2, 900, |line, dice| {
            line.second = line.second.saturating_sub(dice.below(20));
            true
        });
        assert_eq!(said(&report_of(&lines), "clock-jump"), Vec::<String>::new());
    }
}
