//! Detectors, one file each: what can be said of logs. A new one is a file and a line in [`ALL`].
//!
//! A detector looks at the counts ([`Facts`]) after the last line. Its group is the question that
//! it answers; see [`crate::report`].

mod card_number_in_log;
mod change_before;
mod clock_jump;
mod error_code;
mod failure_burst;
mod latency_shift;
mod many_cards_one_source;
mod many_sources_one_card;
mod new_error_code;
mod reading;
mod slow_step;
mod step_failing;
mod success_rate_drop;
mod traffic_gap;
mod unusual_hour;

use counterfoil_remark::{Kind, Remark};

use crate::facts::Facts;
use crate::limit::REMARKS_MAX;

/// Something that can be found in logs.
#[derive(Debug)]
pub struct Detector {
    /// What it says, each with its page.
    pub kinds: &'static [&'static Kind],
    /// Looks; `began_us` is when trouble began, when a detector before it has told.
    pub find: fn(&Facts, began_us: Option<i64>) -> Vec<Finding>,
}

/// A remark, and when what it tells of began.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The remark.
    pub remark: Remark,
    /// Microseconds since 1970, where it tells of a beginning.
    pub began_us: Option<i64>,
}

/// Every detector. The first that tells of a beginning says when trouble began; what looks for its
/// cause stands last.
pub static ALL: [&Detector; 15] = [
    &success_rate_drop::DETECTOR,
    &step_failing::DETECTOR,
    &latency_shift::DETECTOR,
    &new_error_code::DETECTOR,
    &traffic_gap::DETECTOR,
    &failure_burst::DETECTOR,
    &many_cards_one_source::DETECTOR,
    &many_sources_one_card::DETECTOR,
    &unusual_hour::DETECTOR,
    &error_code::DETECTOR,
    &slow_step::DETECTOR,
    &card_number_in_log::DETECTOR,
    &clock_jump::DETECTOR,
    &reading::DETECTOR,
    &change_before::DETECTOR,
];

/// Every kind, for the reference page.
pub fn kinds() -> Vec<&'static Kind> {
    ALL.iter().flat_map(|detector| detector.kinds).copied().collect()
}

/// Runs all detectors. Each says at most [`REMARKS_MAX`] things.
pub fn run(facts: &Facts) -> Vec<Remark> {
    let mut began_us = None;
    let mut remarks = Vec::new();
    for detector in ALL {
        let found = (detector.find)(facts, began_us);
        began_us = began_us.or(found.iter().filter_map(|finding| finding.began_us).min());
        let more = found.len().saturating_sub(REMARKS_MAX);
        let mut kept: Vec<Remark> =
            found.into_iter().take(REMARKS_MAX).map(|finding| finding.remark).collect();
        if let Some(last) = kept.last_mut().filter(|_| more > 0) {
            last.summary.push_str(&format!(" ({more} more like this are not shown)"));
        }
        remarks.extend(kept);
    }
    remarks
}

impl Finding {
    /// A remark without a beginning.
    pub fn of(remark: Remark) -> Self {
        Self { remark, began_us: None }
    }

    /// A remark of something that began at a second since 1970.
    pub fn began(remark: Remark, from_s: u64) -> Self {
        Self { remark, began_us: Some(from_s as i64 * 1_000_000) }
    }
}

/// A share in percent, with as many figures as it has.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value >= 10.0 {
        format!("{value:.0} %")
    } else if value >= 0.1 || value == 0.0 {
        format!("{value:.1} %")
    } else {
        format!("{value:.3} %")
    }
}

/// A number with thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The text of a second since 1970.
pub fn at(second: u64) -> String {
    crate::time::text(second as i64 * 1_000_000)
}

#[cfg(test)]
pub(crate) mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    use crate::{Analysis, Report, Settings};

    /// Midnight of 2026-07-01, in seconds since 1970.
    pub(crate) const START_S: u64 = 1_782_864_000;

    /// One line of made traffic, which a test may change before it is written.
    #[derive(Clone)]
    pub(crate) struct Line {
        pub(crate) second: u64,
        pub(crate) level: &'static str,
        pub(crate) step: &'static str,
        pub(crate) code: String,
        pub(crate) merchant: String,
        pub(crate) card: String,
        pub(crate) source: String,
        pub(crate) duration_ms: u64,
        pub(crate) note: String,
    }

    impl Line {
        pub(crate) fn text(&self) -> String {
            let Self { level, step, code, merchant, card, source, duration_ms, note, .. } = self;
            let time = super::at(START_S + self.second);
            format!(
                "{{\"time\":\"{time}\",\"level\":\"{level}\",\"step\":\"{step}\",\"code\":\"{code}\",\"merchant\":\"{merchant}\",\"card\":\"{card}\",\"source\":\"{source}\",\"duration_ms\":{duration_ms},\"msg\":\"{note}\"}}\n"
            )
        }
    }

    pub(crate) struct Dice(ChaCha8Rng);

    impl Dice {
        pub(crate) fn new(seed: u64) -> Self {
            Self(ChaCha8Rng::seed_from_u64(seed))
        }

        pub(crate) fn below(&mut self, bound: u64) -> u64 {
            self.0.next_u64() % bound
        }
    }

    /// Healthy traffic of `seconds`, about ten lines in each, one in fifty declined; `change` may
    /// change, drop (by returning false) or leave each line.
    pub(crate) fn traffic(
        seed: u64,
        seconds: u64,
        mut change: impl FnMut(&mut Line, &mut Dice) -> bool,
    ) -> Vec<Line> {
        let mut dice = Dice::new(seed);
        let mut lines = Vec::new();
        for second in 0..seconds {
            for _ in 0..5 + dice.below(11) {
                let is_declined = dice.below(50) == 0;
                let mut line = Line {
                    second,
                    level: if is_declined { "warn" } else { "info" },
                    step: ["initiate", "authorize", "capture"][dice.below(3) as usize],
                    code: if is_declined { ["05", "51"][dice.below(2) as usize] } else { "00" }
                        .into(),
                    merchant: format!("m-{}", dice.below(20)),
                    card: format!("card-{}", dice.below(3_000)),
                    source: format!("10.0.{}.{}", dice.below(4), dice.below(250)),
                    duration_ms: 20 + dice.below(80) + if dice.below(20) == 0 { 300 } else { 0 },
                    note: "request served".into(),
                };
                if change(&mut line, &mut dice) {
                    lines.push(line);
                }
            }
        }
        lines
    }

    pub(crate) fn report_of(lines: &[Line]) -> Report {
        report(&lines.iter().map(Line::text).collect::<String>())
    }

    pub(crate) fn report(text: &str) -> Report {
        let mut analysis = Analysis::new(Settings::default());
        let file = analysis.open("a.log", text.as_bytes(), "2026-12-31T00:00:00Z".parse().unwrap());
        let file = file.unwrap();
        analysis.feed(file, text.as_bytes());
        analysis.end(file);
        analysis.finish()
    }

    /// The remarks of one kind, a line each.
    pub(crate) fn said(report: &Report, id: &str) -> Vec<String> {
        let of_kind = report.remarks.iter().filter(|remark| remark.id == id);
        of_kind.map(|remark| format!("{}: {}", remark.subject, remark.summary)).collect()
    }

    #[test]
    fn healthy_traffic_gives_no_alarm() {
        for seed in 0..8 {
            let report = report_of(&traffic(seed, 1_200, |_, _| true));
            let alarms: Vec<_> = report.alarms().map(ToString::to_string).collect();
            assert_eq!(alarms, Vec::<String>::new(), "seed {seed}");
        }
    }

    #[test]
    fn healthy_days_and_nights_give_no_alarm() {
        for seed in 0..2 {
            // A week, a line in about 20 seconds by day and a tenth of that by night.
            let mut skip = Dice::new(seed + 1_000);
            let lines = traffic(seed, 7_000, |line, _| {
                line.second = line.second * 86 + skip.below(86);
                let is_night = !(7..23).contains(&(line.second / 3_600 % 24));
                skip.below(10) < if is_night { 1 } else { 8 }
            });
            let mut lines = lines;
            lines.sort_by_key(|line| line.second);
            let report = report_of(&lines);
            let alarms: Vec<_> = report.alarms().map(ToString::to_string).collect();
            assert_eq!(alarms, Vec::<String>::new(), "seed {seed}");
        }
    }

    #[test]
    fn ids_are_file_names_and_unique() {
        let mut ids: Vec<_> = super::kinds().iter().map(|kind| kind.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn numbers_are_told_for_people() {
        assert_eq!(super::grouped(1_234_567), "1,234,567");
        assert_eq!([0.5, 0.012, 0.0001].map(super::percent), ["50 %", "1.2 %", "0.010 %"]);
    }
}
