//! The slowest steps: by the durations that lines say, and by the time between a payment's lines.

use std::collections::BTreeMap;

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding, grouped};
use crate::facts::Facts;
use crate::statistic::histogram::Histogram;
use crate::tally::step::Step;
use crate::time::span_text;

/// Fewest durations.
const COUNT_MIN: u64 = 20;
/// Steps of each sort that are told.
const STEPS_MAX: usize = 3;

/// A slow step.
static KIND: Kind = Kind {
    id: "slow-step",
    group: "the slowest steps",
    severity: Severity::Notice,
    title: "One of the steps that take longest.",
    page: "By the 95th percentile of the durations that its lines say. Nothing is wrong with it \
        for that; see \
           [latency-shift](#latency-shift) for steps that became slower.",
    reference: "counterfoil",
};

/// A slow way from one step to the next.
static BETWEEN: Kind = Kind {
    id: "slow-transition",
    group: "the slowest steps",
    severity: Severity::Notice,
    title: "One of the longest times between two lines of the same payment.",
    page: "Lines of one payment are joined across files by XID, or by the field given with \
        `--join`. Told is the \
           95th percentile of the time from one step to the next, where lines say no durations themselves.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND, &BETWEEN], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let mut steps: Vec<(u64, &Step, Histogram)> = facts
        .steps
        .steps
        .values()
        .map(|step| (step, step.durations.whole()))
        .filter(|(_, whole)| whole.total() >= COUNT_MIN)
        .map(|(step, whole)| (whole.quantile(0.95), step, whole))
        .collect();
    steps.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.text.cmp(&b.1.text)));
    let slow = steps.iter().take(STEPS_MAX).map(|(tail, step, whole)| {
        let remark = KIND.of(step.shown(), times(*tail, whole)).with(
            "seen",
            format!("median {}, p95 {}", span_text(whole.quantile(0.5)), span_text(*tail)),
        );
        Finding::of(match &step.slowest {
            Some((_, sample)) => sample.beside(remark, &facts.names),
            None => remark,
        })
    });
    let slow: Vec<Finding> = slow.collect();
    slow.into_iter().chain(transitions(facts)).collect()
}

fn transitions(facts: &Facts) -> Vec<Finding> {
    let mut between: BTreeMap<(u16, u16), Histogram> = BTreeMap::new();
    for session in facts.sessions.sessions.values() {
        let mut steps = session.steps.clone();
        steps.sort_by_key(|step| step.0);
        for pair in steps.windows(2).filter(|pair| pair[0].0 != 0 && pair[0].1 != pair[1].1) {
            let us = pair[1].0.saturating_sub(pair[0].0).unsigned_abs();
            between.entry((pair[0].1, pair[1].1)).or_default().add(us);
        }
    }
    let mut slow: Vec<_> = between
        .into_iter()
        .filter(|(_, times)| times.total() >= COUNT_MIN)
        .map(|(steps, times)| (times.quantile(0.95), steps, times))
        .collect();
    slow.sort_by_key(|(tail, steps, _)| (std::cmp::Reverse(*tail), *steps));
    let name = |place: u16| {
        facts.steps.steps.get_index(usize::from(place)).map_or("?".into(), |(_, step)| step.shown())
    };
    slow.iter()
        .take(STEPS_MAX)
        .map(|(tail, (from, to), whole)| {
            let subject = format!("{} to {}", name(*from), name(*to));
            let seen =
                format!("median {}, p95 {}", span_text(whole.quantile(0.5)), span_text(*tail));
            Finding::of(BETWEEN.of(subject, times(*tail, whole)).with("seen", seen))
        })
        .collect()
}

fn times(tail: u64, whole: &Histogram) -> String {
    format!(
        "half take more than {}, one in twenty more than {} ({} times)",
        span_text(whole.quantile(0.5)),
        span_text(tail),
        grouped(whole.total())
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report, report_of, said, traffic};

    #[test]
    fn steps_are_told_by_their_durations() {
        let lines = traffic(1, 300, |line, _| {
            if line.step == "capture" {
                line.duration_ms += 5_000;
            }
            true
        });
        let told = said(&report_of(&lines), "slow-step");
        assert_eq!(told.len(), 3);
        assert!(told[0].starts_with("capture: half take more than 5"), "{told:?}");
    }

    #[test]
    fn the_time_between_lines_of_a_payment_is_told() {
        let mut text = String::new();
        for n in 0..30 {
            for (step, second) in [("a", 10), ("b", 12)] {
                text.push_str(&format!(
                    "{{\"time\":\"2026-07-01T00:{n:02}:{second}Z\",\"step\":\"{step}\",\"xid\":\"x{n}\"}}\n"
                ));
            }
        }
        let told = said(&report(&text), "slow-transition");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("a to b: half take more than 2"), "{told:?}");
    }

    #[test]
    fn few_durations_are_not_told() {
        let lines = traffic(2, 300, |line, _| line.second == 0 && line.step == "capture");
        assert_eq!(said(&report_of(&lines), "slow-step"), Vec::<String>::new());
    }
}
