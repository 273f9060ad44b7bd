//! Which step of the payment, or which path, fails more than before; else which fail most.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Detector, Finding, at, grouped, percent};
use crate::facts::Facts;
use crate::statistic::raise::{Raise, failures, find};
use crate::tally::step::Step;

/// Least ratio of the rate of failures to the usual one.
const RATIO_MIN: f64 = 2.0;
/// Least rise of the share of failures.
const RISE_MIN: f64 = 0.01;
/// Steps that are told when none fails more than before.
const USUAL_MAX: usize = 3;

/// A step that fails more than before.
static RAISED: Kind = Kind {
    id: "step-failing",
    group: "which step fails",
    severity: Severity::Error,
    title: "One step of the payment, or one path, fails more than it did before.",
    page: "A step is what the line calls so (`step`, `operation`, `stage`), the noun of a \
        Counterfoil event \
           (`authorization` of `authorization.refused`), or the path of a request without ids. Each step is \
           compared with its own past. The steps with the most failures above what was expected come first.\n\n\
           A step that fails because of the one before it rises later: look at the earliest.",
    reference: "Kulldorff 1997, A spatial scan statistic",
};

/// Steps that fail as they always did.
static USUAL: Kind = Kind {
    id: "step-failures",
    group: "which step fails",
    severity: Severity::Notice,
    title: "These steps fail most, and did so throughout.",
    page: "No step fails more than in its own past. This is what fails anyway: declined cards, \
        bad requests, or \
           a fault that is older than the log.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&RAISED, &USUAL], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let mut steps: Vec<&Step> = facts.steps.steps.values().filter(|step| step.failed > 0).collect();
    let subjects = steps.len();
    let mut raised: Vec<(&Step, Raise)> = steps
        .iter()
        .filter_map(|step| {
            let raise = find(&failures(&step.timeline), step.timeline.width_s(), subjects)?;
            let rose = raise.ratio() >= RATIO_MIN && raise.rate - raise.usual_rate >= RISE_MIN;
            rose.then_some((*step, raise))
        })
        .collect();
    let excess = |raise: &Raise| raise.seen as f64 - raise.expected;
    raised.sort_by(|a, b| excess(&b.1).total_cmp(&excess(&a.1)));
    if !raised.is_empty() {
        let finding = |(step, raise): &(&Step, Raise)| {
            Finding::began(remark(facts, step, raise), raise.from_s)
        };
        return raised.iter().map(finding).collect();
    }
    steps.sort_by(|a, b| b.failed.cmp(&a.failed).then_with(|| a.text.cmp(&b.text)));
    steps.iter().take(USUAL_MAX).map(|step| Finding::of(usual(facts, step))).collect()
}

fn remark(facts: &Facts, step: &Step, raise: &Raise) -> Remark {
    let summary = format!(
        "from {}, {} fail; {} otherwise",
        at(raise.from_s),
        percent(raise.rate),
        percent(raise.usual_rate)
    );
    let remark = RAISED
        .of(step.shown(), summary)
        .with("expected", format!("{:.0} failures", raise.expected))
        .with("seen", format!("{} failures of {}", grouped(raise.seen), grouped(raise.total)))
        .with("began", at(raise.from_s));
    step.sample.beside(remark, &facts.names)
}

fn usual(facts: &Facts, step: &Step) -> Remark {
    let share = percent(step.failed as f64 / step.total as f64);
    let summary = format!("{} of {} fail ({share})", grouped(step.failed), grouped(step.total));
    step.sample.beside(USUAL.of(step.shown(), summary).with("seen", share), &facts.names)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn the_step_that_fails_is_told() {
        let lines = traffic(1, 900, |line, dice| {
            if line.second >= 500 && line.step == "authorize" && dice.below(2) == 0 {
                (line.level, line.code) = ("error", "timeout".into());
            }
            true
        });
        let told = said(&report_of(&lines), "step-failing");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("authorize: from 2026-07-01T00:08:"), "{told:?}");
    }

    #[test]
    fn steps_that_fail_throughout_are_no_alarm() {
        let report = report_of(&traffic(2, 900, |_, _| true));
        assert_eq!(said(&report, "step-failing"), Vec::<String>::new());
        assert_eq!(said(&report, "step-failures").len(), 3);
    }
}
