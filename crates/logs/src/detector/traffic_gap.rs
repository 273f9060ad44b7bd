//! A pause in traffic that is too long for how dense it is.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding, at};
use crate::event::Who;
use crate::facts::Facts;
use crate::statistic::timeline::{Cell, Timeline};
use crate::time::span_text;

/// Lines that must be missing for a pause to be told.
const MISSING_MIN: f64 = 30.0;
/// How many times longer than the other pauses it must be.
const TIMES_LONGER_MIN: u64 = 4;
/// Real outages that are allowed for among the longest pauses.
const OUTAGES_MAX: usize = 3;
/// Seconds of a day, and how far pauses of different days may be apart and still be one habit.
const DAY_S: u64 = 86_400;
const HABIT_S: u64 = 2 * 3_600;

/// What it says.
static KIND: Kind = Kind {
    id: "traffic-gap",
    group: "when it began",
    severity: Severity::Warning,
    title: "There are no lines for a time in which many were due.",
    page: "A pause is told when, by the lines around it, at least 30 were due, and it is four \
        times longer than the \
           other pauses. Pauses at the same time of day on several days are a habit and not told. Looked at are all lines, and \
           each party, bank route and merchant by itself.\n\n\
           A process stood still, a network path was down, or the log was not written. When the gap is in all \
           files, look at the machine; when it is at one merchant, look at what stands before it.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

/// A pause.
#[derive(Debug, Clone, Copy)]
struct Pause {
    from_s: u64,
    to_s: u64,
    missing: f64,
}

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(pause) = pause(&facts.timeline) {
        found.push(finding("all lines".into(), pause));
    }
    let general = found.len();
    for who in [Who::Party, Who::Route, Who::Merchant] {
        let tally = &facts.who[who as usize];
        for subject in tally.subjects.values() {
            let own = pause(&tally.timeline(subject));
            // When nothing is logged at all, nobody is silent in particular.
            let is_own = |pause: &Pause| {
                let (all, _) = facts.timeline.between(pause.from_s, pause.to_s);
                general == 0 || all as f64 >= MISSING_MIN
            };
            if let Some(pause) = own.filter(is_own) {
                found.push(finding(format!("{} {}", who.name(), subject.shown()), pause));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn finding(subject: String, pause: Pause) -> (f64, Finding) {
    let length = span_text((pause.to_s - pause.from_s) * 1_000_000);
    let summary =
        format!("no lines for {length} from {}; {:.0} were due", at(pause.from_s), pause.missing);
    let remark = KIND
        .of(subject, summary)
        .with("expected", format!("{:.0} lines", pause.missing))
        .with("seen", "none")
        .with("began", at(pause.from_s));
    (pause.missing, Finding::began(remark, pause.from_s))
}

/// The pause of a timeline in which the most lines are missing.
fn pause(timeline: &Timeline) -> Option<Pause> {
    let cells = timeline.cells();
    let empty = |pair: &[Cell]| u64::from(pair[1].index - pair[0].index) - 1;
    let mut pauses: Vec<(u64, usize)> = cells
        .windows(2)
        .enumerate()
        .map(|(place, pair)| (empty(pair), place))
        .filter(|(len, _)| *len > 0)
        .collect();
    pauses.sort_by_key(|(len, place)| (std::cmp::Reverse(*len), *place));
    let usual = pauses.get(OUTAGES_MAX).map_or(0, |(len, _)| *len).max(1);
    let width_s = timeline.width_s();
    pauses
        .iter()
        .take(OUTAGES_MAX)
        .filter(|(len, place)| {
            *len >= TIMES_LONGER_MIN * usual && !is_habit(timeline, &pauses, *place)
        })
        .map(|(len, place)| {
            let from_s = timeline.start_s(cells[*place].index) + width_s;
            let missing = density(cells, *place, *len) * *len as f64;
            Pause { from_s, to_s: from_s + len * width_s, missing }
        })
        .filter(|pause| pause.missing >= MISSING_MIN)
        .max_by(|a, b| a.missing.total_cmp(&b.missing))
}

/// Lines of a cell around a pause: the lesser of what is before and after it.
fn density(cells: &[Cell], place: usize, len: u64) -> f64 {
    let reach = len.max(10) as u32;
    let (last, next) = (cells[place].index, cells[place + 1].index);
    let before = cells[..=place].iter().rev().take_while(|cell| last - cell.index < reach);
    let after = cells[place + 1..].iter().take_while(|cell| cell.index - next < reach);
    // A log that begins or ends within reach has fewer cells to count.
    let reach_before = reach.min(last - cells[0].index + 1);
    let reach_after = reach.min(cells[cells.len() - 1].index - next + 1);
    let sum = |cells: &mut dyn Iterator<Item = &Cell>| {
        cells.map(|cell| f64::from(cell.total)).sum::<f64>()
    };
    let (mut before, mut after) = (before, after);
    let before = sum(&mut before) / f64::from(reach_before);
    let after = sum(&mut after) / f64::from(reach_after);
    before.min(after)
}

/// Whether a pause of similar length begins at a similar time on another day.
fn is_habit(timeline: &Timeline, pauses: &[(u64, usize)], place: usize) -> bool {
    let start = |place: usize| timeline.start_s(timeline.cells()[place].index);
    let len = pauses.iter().find(|pause| pause.1 == place).map_or(0, |pause| pause.0);
    pauses.iter().filter(|pause| pause.1 != place && pause.0 * 2 >= len).any(|pause| {
        let apart = start(pause.1).abs_diff(start(place));
        let of_day = apart % DAY_S;
        apart >= DAY_S / 2 && of_day.min(DAY_S - of_day) <= HABIT_S
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report_of, said, traffic};

    #[test]
    fn a_pause_in_dense_traffic_is_told() {
        let lines = traffic(1, 900, |line, _| !(400..440).contains(&line.second));
        let told = said(&report_of(&lines), "traffic-gap");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("all lines: no lines for 40 s from 2026-07-01T00:06:40Z"));
    }

    #[test]
    fn one_merchant_that_falls_silent_is_told() {
        let lines = traffic(2, 2_000, |line, _| {
            line.merchant != "m-3" || !(800..1_400).contains(&line.second)
        });
        let told = said(&report_of(&lines), "traffic-gap");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("merchant m-3: no lines for"), "{told:?}");
    }

    #[test]
    fn nights_and_thin_traffic_are_not() {
        let nights = traffic(3, 5_000, |line, _| {
            line.second *= 86;
            (8..18).contains(&(line.second / 3_600 % 24))
        });
        assert_eq!(said(&report_of(&nights), "traffic-gap"), Vec::<String>::new());
        let thin = traffic(4, 9_000, |_, dice| dice.below(100) == 0);
        assert_eq!(said(&report_of(&thin), "traffic-gap"), Vec::<String>::new());
    }
}
