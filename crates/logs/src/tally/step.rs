//! Steps of a payment and paths of requests: how they end, and how long they take.

use crate::hash::Table;
use crate::limit::{STEP_CELLS_MAX, STEPS_MAX};
use crate::sample::Sample;
use crate::shape;
use crate::statistic::histogram::Histogram;
use crate::statistic::raise::Count;
use crate::statistic::timeline::Timeline;
use crate::tally::{Seen, name};

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name; of a path, without its variable segments.
    pub text: Box<[u8]>,
    /// Lines.
    pub total: u64,
    /// Lines of failures.
    pub failed: u64,
    /// Its past.
    pub timeline: Timeline,
    /// How long it took, by time.
    pub durations: Durations,
    /// A line of a failure, else its first line.
    pub sample: Sample,
    /// The slowest line and its duration in microseconds.
    pub slowest: Option<(u64, Sample)>,
}

/// All steps.
#[derive(Debug, Default)]
pub struct StepTally {
    /// By hash.
    pub steps: Table<Step>,
    /// Lines whose step had no room.
    pub unlisted: u64,
}

impl StepTally {
    /// Takes an event, when it says its step. Returns the step's place.
    pub fn absorb(&mut self, seen: Seen<'_, '_>) -> Option<u16> {
        let event = seen.event;
        if !event.step.is_said() {
            return None;
        }
        if self.steps.len() >= STEPS_MAX && !self.steps.contains_key(&event.step.hash) {
            self.unlisted += 1;
            return None;
        }
        let entry = self.steps.entry(event.step.hash);
        let place = entry.index();
        let step = entry.or_insert_with(|| Step {
            text: name(&shape::step_text(event.step.text)),
            total: 0,
            failed: 0,
            timeline: Timeline::new(STEP_CELLS_MAX * 4),
            durations: Durations::default(),
            sample: Sample::of(seen),
            slowest: None,
        });
        step.total += 1;
        step.timeline.add(seen.time_s, event.is_failure());
        if event.is_failure() {
            step.failed += 1;
            if Sample::is_due(step.failed) {
                step.sample = Sample::of(seen);
            }
        }
        if let Some(us) = event.duration_us {
            step.durations.add(seen.time_s, us);
            if step.slowest.as_ref().is_none_or(|(slowest, _)| us > *slowest) {
                step.slowest = Some((us, Sample::of(seen)));
            }
        }
        u16::try_from(place).ok()
    }
}

impl Step {
    /// The name to be shown.
    pub fn shown(&self) -> String {
        crate::redact::shown(&self.text)
    }
}

/// Histograms of durations by time, in cells that double their width.
#[derive(Debug, Clone, Default)]
pub struct Durations {
    cells: Vec<(u32, Histogram)>,
    cursor: usize,
    shift: u8,
}

impl Durations {
    /// Takes one.
    pub fn add(&mut self, time_s: u32, us: u64) {
        let index = time_s >> self.shift;
        if self.cells.get(self.cursor).is_none_or(|cell| cell.0 != index) {
            self.cursor = match self.cells.binary_search_by_key(&index, |cell| cell.0) {
                Ok(place) => place,
                Err(place) => {
                    self.cells.insert(place, (index, Histogram::default()));
                    place
                }
            };
        }
        self.cells[self.cursor].1.add(us);
        if self.cells.len() > STEP_CELLS_MAX {
            self.halve();
        }
    }

    fn halve(&mut self) {
        while self.cells.len() > STEP_CELLS_MAX {
            self.shift += 1;
            let mut kept: Vec<(u32, Histogram)> = Vec::with_capacity(STEP_CELLS_MAX + 1);
            for (index, histogram) in self.cells.drain(..) {
                match kept.last_mut().filter(|last| last.0 == index >> 1) {
                    Some(last) => last.1.merge(&histogram),
                    None => kept.push((index >> 1, histogram)),
                }
            }
            self.cells = kept;
        }
        self.cursor = self.cells.len().saturating_sub(1);
    }

    /// All of them.
    pub fn whole(&self) -> Histogram {
        self.between(0, u64::MAX)
    }

    /// Those of cells that begin in `from_s..to_s`.
    pub fn between(&self, from_s: u64, to_s: u64) -> Histogram {
        let mut sum = Histogram::default();
        for (index, histogram) in &self.cells {
            if (from_s..to_s).contains(&(u64::from(*index) << self.shift)) {
                sum.merge(histogram);
            }
        }
        sum
    }

    /// How many took longer than `us`, by time.
    pub fn above(&self, us: u64) -> Vec<Count> {
        let count = |(index, histogram): &(u32, Histogram)| Count {
            start_s: u64::from(*index) << self.shift,
            total: histogram.total(),
            hits: histogram.above(us),
        };
        self.cells.iter().map(count).collect()
    }

    /// Seconds of one cell.
    pub fn width_s(&self) -> u64 {
        1 << self.shift
    }
}
