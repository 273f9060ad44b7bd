//! One source with many cards, most of them refused: cards are tried out.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding, grouped, percent};
use crate::event::Who;
use crate::facts::Facts;
use crate::statistic::tail::{binomial_ln, poisson_ln};
use crate::tally::who::Subject;

/// Fewest cards.
const CARDS_MIN: u32 = 10;
/// How many times the usual number of cards is still taken for usual.
const USUAL_TIMES: f64 = 3.0;
/// Logarithm of the chances that are taken for none.
const CHANCE_LN_MAX: f64 = -12.0;

/// What it says.
static KIND: Kind = Kind {
    id: "many-cards-one-source",
    group: "who stands out",
    severity: Severity::Error,
    title: "One address or device used many cards, and far more of them were refused than is \
        usual.",
    page: "Who tries out stolen or guessed numbers comes with many cards from few places, and \
        most are refused. \
           The number of different cards of a source is compared with that of the other sources, and its share of failures with \
           theirs. A proxy or a shop's server also comes with many cards, but they fail as others do, so it is not \
           told.\n\n\
           Slow the source down or refuse it; tell the issuers of the cards that were accepted.",
    reference: "PCI DSS 4.0 requirement 10.4; Chernoff 1952",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let mut found = Vec::new();
    for who in [Who::Address, Who::Device] {
        let tally = &facts.who[who as usize];
        let counts: Vec<u32> =
            tally.subjects.values().map(Subject::partner_count).filter(|c| *c > 0).collect();
        let sources = counts.len().max(1) as f64;
        let sum: f64 = counts.iter().map(|count| f64::from(*count)).sum();
        for subject in tally.subjects.values() {
            let cards = subject.partner_count();
            if cards < CARDS_MIN || counts.len() < 2 {
                continue;
            }
            let usual = ((sum - f64::from(cards)) / (sources - 1.0)).max(1.0);
            let many_ln = poisson_ln(f64::from(cards), usual * USUAL_TIMES);
            let rest = tally.total.saturating_sub(subject.total).max(1) as f64;
            let rate = tally.failed.saturating_sub(subject.failed) as f64 / rest;
            let failed_ln =
                binomial_ln(subject.failed as f64, subject.total as f64, (rate * 2.0).max(0.05));
            let needed = CHANCE_LN_MAX - sources.ln();
            if many_ln <= CHANCE_LN_MAX && failed_ln <= needed {
                found.push((cards, remark(facts, who, subject, cards, usual, rate)));
            }
        }
    }
    found.sort_by_key(|(cards, _)| std::cmp::Reverse(*cards));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn remark(
    facts: &Facts,
    who: Who,
    subject: &Subject,
    cards: u32,
    usual: f64,
    rate: f64,
) -> Finding {
    let share = percent(subject.failed as f64 / subject.total as f64);
    let summary = format!(
        "{cards} cards, {share} of {} lines refused; others have {usual:.1} cards and {} refused",
        grouped(subject.total),
        percent(rate)
    );
    let remark = KIND
        .of(format!("{} {}", who.name(), subject.shown()), summary)
        .with("expected", format!("{usual:.1} cards"))
        .with("seen", format!("{cards} cards"));
    Finding::of(match &subject.sample {
        Some(sample) => sample.beside(remark, &facts.names),
        None => remark,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    fn with_source(level: &'static str, code: &str) -> Vec<String> {
        let mut lines = traffic(1, 900, |line, _| {
            // Everybody has a card of their own.
            line.card = format!("card of {}", line.source);
            true
        });
        for n in 0..60 {
            let mut line = lines[0].clone();
            (line.second, line.level, line.code) = (300 + n, level, code.into());
            (line.source, line.card) = ("203.0.113.9".into(), format!("tried-{n}"));
            lines.push(line);
        }
        lines.sort_by_key(|line| line.second);
        said(&report_of(&lines), "many-cards-one-source")
    }

    #[test]
    fn a_source_that_tries_out_cards_is_told() {
        let told = with_source("warn", "14");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("address 203.0.113.9: 6"), "{told:?}");
    }

    #[test]
    fn a_source_whose_cards_are_accepted_is_not() {
        assert_eq!(with_source("info", "00"), Vec::<String>::new());
    }
}
