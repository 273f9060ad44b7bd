//! Somebody fails far more than in their own past, or than everybody else.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Detector, Finding, at, grouped, percent};
use crate::event::Who;
use crate::facts::Facts;
use crate::statistic::raise::{failures, find};
use crate::statistic::tail::binomial_ln;
use crate::tally::who::{Subject, WhoTally};

/// Those with the most failures of one sort that are looked at.
const SUBJECTS_MAX: usize = 300;
/// Fewest failures.
const FAILED_MIN: u64 = 10;
/// Least ratio to their own past, and to the others in the same time.
const RATIO_MIN: f64 = 2.0;
/// Logarithm of the chance that they fail so often by chance, before their number is allowed for.
const CHANCE_LN_MAX: f64 = -14.0;
/// Share of the whole time below which somebody has no past to be compared with.
const PAST_MIN: f64 = 0.25;

/// What it says.
static KIND: Kind = Kind {
    id: "failure-burst",
    group: "who stands out",
    severity: Severity::Warning,
    title: "An address, card, device, merchant or bank route fails far more than in its own past.",
    page: "Everybody with at least 10 failures is compared with their own past, by the same \
        scan as all lines, and \
           with everybody else in the same time, so that a general outage does not accuse each merchant. Who has no past in the \
           log (seen in less than a quarter of its time) is compared with everybody else.\n\n\
           A burst of one address or card is an attack or a client that repeats without pause; of one merchant, its \
           integration or certificate; of one bank route, that bank.",
    reference: "Kulldorff 1997, A spatial scan statistic; Chernoff 1952",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

/// How somebody stands out.
struct Burst {
    from_s: u64,
    to_s: u64,
    seen: u64,
    total: u64,
    expected: f64,
    against: &'static str,
    score: f64,
}

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let mut found: Vec<(f64, Finding)> = Vec::new();
    for tally in facts.who.iter().filter(|tally| tally.who != Who::Party) {
        for subject in tally.by_failures(SUBJECTS_MAX) {
            let burst = (subject.failed >= FAILED_MIN)
                .then(|| own_past(facts, tally, subject).or_else(|| others(facts, tally, subject)))
                .flatten();
            if let Some(burst) = burst {
                let remark = remark(facts, tally.who, subject, &burst);
                found.push((burst.score, Finding::of(remark)));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// A raise against their own past that is no part of everybody's.
fn own_past(facts: &Facts, tally: &WhoTally, subject: &Subject) -> Option<Burst> {
    let timeline = &*tally.timeline(subject);
    let subjects = tally.subjects.len() + tally.forgotten as usize;
    let raise = find(&failures(timeline), timeline.width_s(), subjects)?;
    let (all, all_failed) = facts.timeline.between(raise.from_s, raise.to_s);
    let (others, others_failed) =
        (all.saturating_sub(raise.total), all_failed.saturating_sub(raise.seen));
    let others_rate = others_failed as f64 / others.max(1) as f64;
    let chance_ln = binomial_ln(raise.seen as f64, raise.total as f64, others_rate);
    let stands_out =
        others == 0 || (raise.rate >= RATIO_MIN * others_rate && chance_ln <= CHANCE_LN_MAX);
    (stands_out && raise.ratio() >= RATIO_MIN && raise.seen >= FAILED_MIN).then_some(Burst {
        from_s: raise.from_s,
        to_s: raise.to_s,
        seen: raise.seen,
        total: raise.total,
        expected: raise.expected,
        against: "its own past",
        score: raise.seen as f64 - raise.expected,
    })
}

/// Somebody without a past, against everybody else of the same sort.
fn others(facts: &Facts, tally: &WhoTally, subject: &Subject) -> Option<Burst> {
    let timeline = tally.timeline(subject);
    let cells = timeline.cells();
    let (first, last) = (cells.first()?, cells.last()?);
    let from_s = timeline.start_s(first.index);
    let to_s = timeline.start_s(last.index) + timeline.width_s();
    let (begin_us, end_us) = facts.period()?;
    let whole_s = ((end_us - begin_us) / 1_000_000).max(1) as f64;
    if (to_s - from_s) as f64 > whole_s * PAST_MIN {
        return None;
    }
    let rest = tally.total.saturating_sub(subject.total);
    let rest_failed = tally.failed.saturating_sub(subject.failed);
    if rest < subject.total {
        return None;
    }
    // The others fail more at some times than at others: take what they did in the same time.
    let (all, all_failed) = facts.timeline.between(from_s, to_s);
    let then = all_failed.saturating_sub(subject.failed) as f64
        / all.saturating_sub(subject.total).max(1) as f64;
    let rate = (rest_failed as f64 / rest as f64).max(then).max(1.0 / rest as f64);
    let subjects = (tally.subjects.len() as u64 + tally.forgotten) as f64;
    let chance_ln = binomial_ln(subject.failed as f64, subject.total as f64, rate);
    let stands_out = subject.failed as f64 >= RATIO_MIN * rate * subject.total as f64;
    (stands_out && chance_ln <= CHANCE_LN_MAX - subjects.ln()).then_some(Burst {
        from_s,
        to_s,
        seen: subject.failed,
        total: subject.total,
        expected: rate * subject.total as f64,
        against: "everybody else",
        score: subject.failed as f64 - rate * subject.total as f64,
    })
}

fn remark(facts: &Facts, who: Who, subject: &Subject, burst: &Burst) -> Remark {
    let share = percent(burst.seen as f64 / burst.total.max(1) as f64);
    let summary = format!(
        "{} failures of {} lines ({share}) from {} to {}; {:.0} expected by {}",
        grouped(burst.seen),
        grouped(burst.total),
        at(burst.from_s),
        at(burst.to_s),
        burst.expected,
        burst.against
    );
    let remark = KIND
        .of(format!("{} {}", who.name(), subject.shown()), summary)
        .with("expected", format!("{:.1} failures", burst.expected))
        .with("seen", format!("{} failures", grouped(burst.seen)))
        .with("began", at(burst.from_s));
    match &subject.sample {
        Some(sample) => sample.beside(remark, &facts.names),
        None => remark,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn a_merchant_that_begins_to_fail_is_told() {
        let lines = traffic(1, 1_200, |line, dice| {
            if line.second >= 800 && line.merchant == "m-7" && dice.below(2) == 0 {
                (line.level, line.code) = ("error", "signature-invalid".into());
            }
            true
        });
        let told = said(&report_of(&lines), "failure-burst");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("merchant m-7: "), "{told:?}");
        assert!(told[0].ends_with("expected by its own past"), "{told:?}");
    }

    #[test]
    fn an_address_without_a_past_is_compared_with_the_others() {
        let mut lines = traffic(2, 1_200, |_, _| true);
        for n in 0..40 {
            let mut line = lines[0].clone();
            (line.second, line.level, line.code) = (500 + n, "warn", "14".into());
            (line.source, line.card) = ("203.0.113.9".into(), format!("other-{n}"));
            line.merchant = format!("m-{}", n % 20);
            lines.push(line);
        }
        lines.sort_by_key(|line| line.second);
        let told = said(&report_of(&lines), "failure-burst");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("address 203.0.113.9: 40 failures of 40 lines"), "{told:?}");
    }

    #[test]
    fn a_general_outage_accuses_nobody() {
        let lines = traffic(3, 1_200, |line, dice| {
            if (600..900).contains(&line.second) && dice.below(2) == 0 {
                (line.level, line.code) = ("error", "timeout".into());
            }
            true
        });
        assert_eq!(said(&report_of(&lines), "failure-burst"), Vec::<String>::new());
    }
}
