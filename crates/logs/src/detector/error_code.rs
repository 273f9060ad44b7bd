//! Error codes by frequency, and those that became more frequent.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Detector, Finding, at, grouped, percent};
use crate::facts::Facts;
use crate::redact::shown;
use crate::statistic::raise::{Raise, find};
use crate::tally::code::Code;
use crate::time;

/// Least ratio of a code's frequency to the usual one.
const RATIO_MIN: f64 = 3.0;

/// A code that came more often.
static RAISED: Kind = Kind {
    id: "error-code-surge",
    group: "which codes",
    severity: Severity::Warning,
    title: "A known error code came more often than it did before.",
    page: "Each code's lines are compared with all lines, so that more traffic alone is no \
        surge. Shown is the \
           stretch of time in which its share was at least three times the usual one.",
    reference: "Kulldorff 1997, A spatial scan statistic",
};

/// A code.
static LISTED: Kind = Kind {
    id: "error-code",
    group: "which codes",
    severity: Severity::Notice,
    title: "An error code, how often it came, and since when.",
    page: "A code is what the line calls so (`code`, `error_code`, `reason`), an HTTP status of \
        400 or above, \
           HAProxy's termination state, PostgreSQL's SQLSTATE, Apache's AH number, or the name of an event that is a \
           failure. Success (00, 200, ok) is no code.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&RAISED, &LISTED], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let mut codes: Vec<&Code> = facts.codes.codes.values().collect();
    codes.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.text.cmp(&b.text)));
    let subjects = codes.len();
    let raised = |code: &&Code| {
        let (counts, width_s) = facts.among_all(&code.timeline);
        find(&counts, width_s, subjects)
            .filter(|raise| raise.ratio() >= RATIO_MIN && raise.usual_rate > 0.0)
    };
    let surges: Vec<(&Code, Raise)> =
        codes.iter().filter_map(|code| Some((*code, raised(code)?))).collect();
    let surges =
        surges.iter().map(|(code, raise)| Finding::began(surge(facts, code, raise), raise.from_s));
    surges.chain(codes.iter().map(|code| Finding::of(listed(facts, code)))).collect()
}

fn surge(facts: &Facts, code: &Code, raise: &Raise) -> Remark {
    let summary = format!(
        "from {}, {} of all lines; {} otherwise",
        at(raise.from_s),
        percent(raise.rate),
        percent(raise.usual_rate)
    );
    let remark = RAISED
        .of(shown(&code.text), summary)
        .with("expected", format!("{:.0} lines", raise.expected))
        .with("seen", format!("{} lines", grouped(raise.seen)))
        .with("began", at(raise.from_s));
    code.sample.beside(remark, &facts.names)
}

fn listed(facts: &Facts, code: &Code) -> Remark {
    let since = if code.first_us == 0 {
        String::new()
    } else {
        format!(", {} to {}", time::text(code.first_us), time::text(code.last_us))
    };
    let summary = format!("{} times{since}", grouped(code.total));
    let share = percent(code.total as f64 / facts.total.max(1) as f64);
    let remark =
        LISTED.of(shown(&code.text), summary).with("seen", format!("{share} of all lines"));
    code.sample.beside(remark, &facts.names)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn a_known_code_that_comes_more_often_is_a_surge() {
        let lines = traffic(1, 900, |line, dice| {
            if line.second >= 700 && dice.below(10) == 0 {
                (line.level, line.code) = ("warn", "51".into());
            }
            true
        });
        let told = said(&report_of(&lines), "error-code-surge");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("51: from 2026-07-01T00:11:"), "{told:?}");
    }

    #[test]
    fn codes_are_listed_by_frequency_and_success_is_none() {
        let report = report_of(&traffic(2, 900, |_, _| true));
        let told = said(&report, "error-code");
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(said(&report, "error-code-surge"), Vec::<String>::new());
    }

    #[test]
    fn more_traffic_alone_is_no_surge() {
        let mut lines = traffic(3, 900, |_, _| true);
        let doubled: Vec<_> = lines.iter().filter(|line| line.second > 600).cloned().collect();
        lines.extend(doubled.iter().cloned());
        lines.extend(doubled);
        assert_eq!(said(&report_of(&lines), "error-code-surge"), Vec::<String>::new());
    }
}
