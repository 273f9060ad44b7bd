//! Activity at an hour of the day at which there was none on any other day.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding, at, grouped};
use crate::event::Who;
use crate::facts::Facts;
use crate::tally::who::Subject;

/// Fewest days with activity.
const DAYS_MIN: u16 = 5;
/// Fewest lines in the hour.
const COUNT_MIN: u32 = 10;
/// Seconds of a day.
const DAY_S: u64 = 86_400;

/// What it says.
static KIND: Kind = Kind {
    id: "unusual-hour",
    group: "who stands out",
    severity: Severity::Warning,
    title: "Somebody was active at an hour of the day at which they are not on any other day.",
    page: "Of everybody who was active on at least five days, the hours of the day (UTC) are \
        compared. Told is an \
           hour with at least 10 lines on one day, when that hour and both beside it are empty on all other days.\n\n\
           A shop that sells by day and is busy at three in the morning has a new customer group, a batch job, or \
           somebody else using its certificate.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let mut found: Vec<(u32, Finding)> = Vec::new();
    for tally in &facts.who {
        let mut subjects: Vec<&Subject> = tally.subjects.values().collect();
        subjects.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| (*a.text).cmp(&b.text)));
        found.extend(subjects.into_iter().filter_map(|subject| judge(facts, tally.who, subject)));
    }
    found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn judge(facts: &Facts, who: Who, subject: &Subject) -> Option<(u32, Finding)> {
    let hours = subject.hours.all()?;
    let unusual = hours.unusual(DAYS_MIN, COUNT_MIN)?;
    let from_s = u64::from(unusual.day) * DAY_S + unusual.hour as u64 * 3_600;
    let summary = format!(
        "{} lines in the hour from {}; usual are {}",
        grouped(u64::from(unusual.count)),
        at(from_s),
        hours.usual()
    );
    let remark = KIND
        .of(format!("{} {}", who.name(), subject.shown()), summary)
        .with("expected", format!("none at {:02}:00 UTC", unusual.hour))
        .with("seen", format!("{} lines", unusual.count));
    let remark = match &subject.sample {
        Some(sample) => sample.beside(remark, &facts.names),
        None => remark,
    };
    Some((unusual.count, Finding::of(remark)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Line, report_of, said, traffic};

    /// A week in which shops are open from 8 to 18 UTC, then one line after another of `night`.
    fn week(night: impl Fn(&Line) -> Option<Line>) -> Vec<String> {
        let mut lines = traffic(1, 7_000, |line, _| {
            line.second *= 86;
            (8..18).contains(&(line.second / 3_600 % 24))
        });
        let extra: Vec<Line> = lines.iter().take(20).filter_map(night).collect();
        lines.extend(extra);
        lines.sort_by_key(|line| line.second);
        said(&report_of(&lines), "unusual-hour")
    }

    #[test]
    fn a_shop_that_is_busy_at_night_is_told() {
        let told = week(|line| {
            let (second, merchant) = (5 * 86_400 + 3 * 3_600 + line.second % 600, "m-4".into());
            let (card, source) = (format!("c{second}"), format!("192.0.2.{second}"));
            Some(Line { second, merchant, card, source, ..line.clone() })
        });
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("merchant m-4: 20 lines in the hour from 2026-07-06T03:00:00Z")
        );
    }

    #[test]
    fn the_usual_hours_are_not() {
        assert_eq!(week(|_| None), Vec::<String>::new());
    }
}
