//! An error code, or a message of a failure without a code, that was not there before.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Detector, Finding, at, grouped, percent};
use crate::facts::Facts;
use crate::redact::shown;
use crate::sample::Sample;

/// Fewest lines with it.
const COUNT_MIN: u64 = 3;
/// Share of all lines that must stand before it.
const BEFORE_MIN: f64 = 0.05;
/// Logarithm of the chance that a code so frequent was not seen before.
const CHANCE_LN_MAX: f64 = -12.0;

/// What it says.
static KIND: Kind = Kind {
    id: "new-error-code",
    group: "which codes",
    severity: Severity::Warning,
    title: "An error code, or a failure's message, is new: it did not come before some time.",
    page: "A code is new when it would have been seen earlier, had it been as frequent as \
        later: the chance that \
           all of its lines fall into the later part of the log is less than one in 160,000, and the number of codes is \
           allowed for.\n\n\
           A new code is the best hint at a cause: it names what changed.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let coded = facts
        .codes
        .codes
        .values()
        .map(|code| (shown(&code.text), code.total, code.first_us, &code.sample));
    let uncoded = facts.templates.templates.iter().filter(|template| template.uncoded > 0);
    let uncoded = uncoded.map(|template| {
        (
            format!("message \"{}\"", template.text()),
            template.uncoded,
            template.first_us,
            &template.sample,
        )
    });
    let all: Vec<_> = coded.chain(uncoded).collect();
    let needed = CHANCE_LN_MAX - (all.len().max(1) as f64).ln();
    let mut found: Vec<(u64, Finding)> = all
        .into_iter()
        .filter_map(|(text, total, first_us, sample)| {
            let first_s = (first_us / 1_000_000) as u64;
            let before = facts.timeline.before(first_s) as f64 / facts.total.max(1) as f64;
            let chance_ln = total as f64 * (1.0 - before).max(1e-12).ln();
            let is_new = total >= COUNT_MIN && before >= BEFORE_MIN && chance_ln <= needed;
            is_new.then(|| {
                (
                    total,
                    Finding::began(remark(facts, text, total, before, sample, first_s), first_s),
                )
            })
        })
        .collect();
    found.sort_by_key(|(total, _)| std::cmp::Reverse(*total));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn remark(
    facts: &Facts,
    text: String,
    total: u64,
    before: f64,
    sample: &Sample,
    first_s: u64,
) -> Remark {
    let first = at(first_s);
    let summary = format!("new since {first}, {} times since", grouped(total));
    let remark = KIND
        .of(text, summary)
        .with(
            "expected",
            format!("none: it did not come in the first {} of all lines", percent(before)),
        )
        .with("seen", format!("{} lines", grouped(total)))
        .with("began", first);
    sample.beside(remark, &facts.names)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn a_code_that_was_not_there_before_is_new() {
        let lines = traffic(1, 600, |line, dice| {
            if line.second >= 400 && dice.below(100) == 0 {
                (line.level, line.code) = ("error", "mac-refused".into());
            }
            true
        });
        let told = said(&report_of(&lines), "new-error-code");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("mac-refused: new since 2026-07-01T00:06:"), "{told:?}");
    }

    #[test]
    fn a_message_without_code_is_new_too() {
        let mut lines = traffic(2, 600, |_, _| true);
        for second in 500..560 {
            let mut line = lines[0].clone();
            (line.second, line.level, line.code) = (second, "error", "00".into());
            line.note = format!("no room on device {second}");
            lines.push(line);
        }
        let told = said(&report_of(&lines), "new-error-code");
        assert!(told[0].starts_with("message \"no room on device *\""), "{told:?}");
    }

    #[test]
    fn rare_codes_that_happen_to_come_late_are_not() {
        let lines = traffic(3, 600, |line, _| {
            if line.second == 580 && line.step == "capture" {
                (line.level, line.code) = ("error", "once".into());
            }
            true
        });
        let once = lines.iter().filter(|line| line.code == "once").take(1).count();
        assert_eq!(once, 1);
        let lines: Vec<_> = lines
            .into_iter()
            .scan(false, |had, line| {
                let is_repeat = *had && line.code == "once";
                *had |= line.code == "once";
                Some((line, is_repeat))
            })
            .filter(|(_, is_repeat)| !is_repeat)
            .map(|(line, _)| line)
            .collect();
        assert_eq!(said(&report_of(&lines), "new-error-code"), Vec::<String>::new());
    }
}
