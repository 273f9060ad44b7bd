//! A step takes longer than before.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Detector, Finding, at, grouped};
use crate::facts::Facts;
use crate::statistic::raise::{Raise, find};
use crate::tally::step::Step;
use crate::time::span_text;

/// Fewest durations of a step.
const COUNT_MIN: u64 = 100;
/// Fewest durations in the stretch.
const SLOW_MIN: u64 = 20;
/// Least ratio of medians, or of 95th percentiles, to what they were.
const MEDIAN_RATIO_MIN: f64 = 1.5;
const TAIL_RATIO_MIN: f64 = 2.0;
/// The durations above this share of all are called slow.
const SLOW_ABOVE: f64 = 0.75;

/// What it says.
static KIND: Kind = Kind {
    id: "latency-shift",
    group: "the slowest steps",
    severity: Severity::Warning,
    title: "A step takes longer than it did before.",
    page: "Durations of a step (`duration_ms`, request times of access logs, HAProxy's total \
        time) are counted \
           by time. The stretch is shown in which most of them are among the slowest quarter of all, when its median \
           is at least 1.5 times, or its 95th percentile twice, that of the rest.\n\n\
           Latency rises before failures do when a bank, a disk or a pool of connections gives out.",
    reference: "Kulldorff 1997, A spatial scan statistic",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let subjects = facts.steps.steps.len();
    let mut found: Vec<(f64, Finding)> =
        facts.steps.steps.values().filter_map(|step| judge(facts, step, subjects)).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn judge(facts: &Facts, step: &Step, subjects: usize) -> Option<(f64, Finding)> {
    let whole = step.durations.whole();
    if whole.total() < COUNT_MIN {
        return None;
    }
    let counts = step.durations.above(whole.quantile(SLOW_ABOVE));
    let raise = find(&counts, step.durations.width_s(), subjects)?;
    let inside = step.durations.between(raise.from_s, raise.to_s);
    let before = step.durations.between(0, raise.from_s);
    let mut outside = step.durations.between(raise.to_s, u64::MAX);
    outside.merge(&before);
    if inside.total() < SLOW_MIN || outside.total() < SLOW_MIN {
        return None;
    }
    let ratio = |q: f64| inside.quantile(q) as f64 / (outside.quantile(q) as f64).max(1.0);
    let is_shift = ratio(0.5) >= MEDIAN_RATIO_MIN || ratio(0.95) >= TAIL_RATIO_MIN;
    let medians = (inside.quantile(0.5), outside.quantile(0.5));
    let tails = (inside.quantile(0.95), outside.quantile(0.95));
    is_shift.then(|| {
        let remark = remark(facts, step, &raise, medians, tails, inside.total());
        (raise.score, Finding::began(remark, raise.from_s))
    })
}

fn remark(
    facts: &Facts,
    step: &Step,
    raise: &Raise,
    medians: (u64, u64),
    tails: (u64, u64),
    count: u64,
) -> Remark {
    let summary = format!(
        "from {}, half take more than {} ({} otherwise), one in twenty more than {} ({})",
        at(raise.from_s),
        span_text(medians.0),
        span_text(medians.1),
        span_text(tails.0),
        span_text(tails.1)
    );
    let remark = KIND
        .of(step.shown(), summary)
        .with("expected", format!("median {}, p95 {}", span_text(medians.1), span_text(tails.1)))
        .with(
            "seen",
            format!(
                "median {}, p95 {} of {}",
                span_text(medians.0),
                span_text(tails.0),
                grouped(count)
            ),
        )
        .with("began", at(raise.from_s));
    match &step.slowest {
        Some((_, sample)) => sample.beside(remark, &facts.names),
        None => remark,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn a_step_that_becomes_slow_is_told() {
        let lines = traffic(1, 900, |line, _| {
            if line.second >= 600 && line.step == "authorize" {
                line.duration_ms *= 3;
            }
            true
        });
        let told = said(&report_of(&lines), "latency-shift");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("authorize: from 2026-07-01T00:"), "{told:?}");
    }

    #[test]
    fn steady_durations_and_single_slow_ones_are_not() {
        let lines = traffic(2, 900, |line, dice| {
            if dice.below(200) == 0 {
                line.duration_ms = 20_000;
            }
            true
        });
        assert_eq!(said(&report_of(&lines), "latency-shift"), Vec::<String>::new());
    }
}
