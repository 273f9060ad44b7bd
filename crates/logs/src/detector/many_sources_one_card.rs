//! One card used from many places.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding, grouped};
use crate::event::Who;
use crate::facts::Facts;
use crate::statistic::tail::poisson_ln;
use crate::tally::who::Subject;

/// Fewest addresses.
const SOURCES_MIN: u32 = 8;
/// How many times the usual number of addresses is still taken for usual.
const USUAL_TIMES: f64 = 2.0;
/// Logarithm of the chance that is taken for none, before the number of cards is allowed for.
const CHANCE_LN_MAX: f64 = -8.0;

/// What it says.
static KIND: Kind = Kind {
    id: "many-sources-one-card",
    group: "who stands out",
    severity: Severity::Warning,
    title: "One card was used from many addresses.",
    page: "A card that was stolen and shared is used from many places at once. The number of \
        different addresses of \
           a card is compared with that of the other cards; a card that is used more often is also expected at more addresses.\n\n\
           Have the issuer block the card; look whether the addresses also use others.",
    reference: "PCI DSS 4.0 requirement 10.4; Chernoff 1952",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let tally = &facts.who[Who::Card as usize];
    let named = |subject: &&Subject| subject.partner_count() > 0;
    let cards: Vec<&Subject> = tally.subjects.values().filter(named).collect();
    let sources: f64 = cards.iter().map(|card| f64::from(card.partner_count())).sum();
    let lines: f64 = cards.iter().map(|card| card.total as f64).sum();
    let mut found: Vec<(u32, Finding)> = Vec::new();
    for card in &cards {
        let count = card.partner_count();
        if count < SOURCES_MIN {
            continue;
        }
        let (rest, rest_lines) = (sources - f64::from(count), lines - card.total as f64);
        let of_each = rest / (cards.len() as f64 - 1.0).max(1.0);
        let of_lines = rest / rest_lines.max(1.0) * card.total as f64;
        let usual = of_each.max(of_lines.min(f64::from(count))).max(1.5);
        let chance_ln = poisson_ln(f64::from(count), usual * USUAL_TIMES);
        if chance_ln <= CHANCE_LN_MAX - (cards.len() as f64).ln() {
            found.push((count, finding(facts, card, count, usual)));
        }
    }
    found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn finding(facts: &Facts, card: &Subject, count: u32, usual: f64) -> Finding {
    let summary =
        format!("{count} addresses in {} lines; {usual:.1} are usual", grouped(card.total));
    let remark = KIND
        .of(format!("card {}", card.shown()), summary)
        .with("expected", format!("{usual:.1} addresses"))
        .with("seen", format!("{count} addresses"));
    Finding::of(match &card.sample {
        Some(sample) => sample.beside(remark, &facts.names),
        None => remark,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn a_card_that_is_used_everywhere_is_told() {
        let lines = traffic(1, 900, |line, dice| {
            line.card = format!("card of {}", line.source);
            if dice.below(200) == 0 {
                line.card = "shared".into();
            }
            true
        });
        let told = said(&report_of(&lines), "many-sources-one-card");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("card shared: "), "{told:?}");
    }

    #[test]
    fn cards_that_move_about_as_all_do_are_not() {
        let lines = traffic(2, 900, |line, dice| {
            line.card = format!("card-{}", dice.below(200));
            true
        });
        assert_eq!(said(&report_of(&lines), "many-sources-one-card"), Vec::<String>::new());
    }
}
