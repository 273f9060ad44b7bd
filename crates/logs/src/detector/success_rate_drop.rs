//! Of all lines, more fail than before: when that began and when it ended.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding, at, grouped, percent};
use crate::facts::Facts;
use crate::statistic::raise::{failures, find};
use crate::time::span_text;

/// Least ratio of the rate of failures to the usual one.
const RATIO_MIN: f64 = 1.5;
/// Least rise of the share of failures.
const RISE_MIN: f64 = 0.005;
/// Share of failures from which the drop is an error.
const RATE_ERROR: f64 = 0.1;

/// What it says.
static KIND: Kind = Kind {
    id: "success-rate-drop",
    group: "when it began",
    severity: Severity::Warning,
    title: "From some time on, a greater share of all lines are failures.",
    page: "A failure is a line of level warning or above, an HTTP status of 400 or above, or a \
        response code \
           other than success. Of all stretches of time, the one is shown in which the share of \
           failures differs most from the rest (a scan statistic with the likelihood ratio, divided by how \
           much the rest varies by itself).\n\n\
           The first time is when trouble began, as exactly as the width says. Look at what is told \
           of the same time: new codes, the step that fails, and changes just before.",
    reference: "Kulldorff 1997, A spatial scan statistic",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let counts = failures(&facts.timeline);
    let Some(raise) = find(&counts, facts.timeline.width_s(), 1) else { return Vec::new() };
    if raise.ratio() < RATIO_MIN || raise.rate - raise.usual_rate < RISE_MIN {
        return Vec::new();
    }
    let until = if raise.is_over {
        format!("for {}", span_text((raise.to_s - raise.from_s) * 1_000_000))
    } else {
        "until the last line".to_owned()
    };
    let summary = format!(
        "from {} {until}, {} fail; {} before and after",
        at(raise.from_s),
        percent(raise.rate),
        percent(raise.usual_rate)
    );
    let severity = if raise.rate >= RATE_ERROR { Severity::Error } else { Severity::Warning };
    let remark = KIND
        .of("all lines", summary)
        .as_severe_as(severity)
        .with("expected", format!("{:.0} failures", raise.expected))
        .with("seen", format!("{} failures of {}", grouped(raise.seen), grouped(raise.total)))
        .with("began", at(raise.from_s))
        .with("exact_to", span_text(raise.width_s * 1_000_000));
    let remark = match facts.failure_between(raise.from_s, raise.to_s) {
        Some(sample) => sample.beside(remark, &facts.names),
        None => remark,
    };
    vec![Finding::began(remark, raise.from_s)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn a_drop_is_told_with_its_beginning_and_end() {
        let lines = traffic(1, 1_200, |line, dice| {
            if (600..780).contains(&line.second) && dice.below(4) == 0 {
                (line.level, line.code) = ("error", "bank-unreachable".into());
            }
            true
        });
        let told = said(&report_of(&lines), "success-rate-drop");
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("from 2026-07-01T00:10:0"), "{told:?}");
        assert!(told[0].contains("for 3 min"), "{told:?}");
    }

    #[test]
    fn steady_failures_are_no_drop() {
        let lines = traffic(2, 1_200, |line, dice| {
            if dice.below(4) == 0 {
                (line.level, line.code) = ("error", "bank-unreachable".into());
            }
            true
        });
        assert_eq!(said(&report_of(&lines), "success-rate-drop"), Vec::<String>::new());
    }
}
