//! Addresses, cards, devices, merchants, bank routes and parties: each with its own past.
//!
//! Of millions of addresses and cards, most are seen a few times and forgotten. So a subject takes
//! no memory of its own until it fails, is seen often, or has a long name.

use std::borrow::Cow;

use crate::event::Who;
use crate::hash::Table;
use crate::limit::{WHO_CELLS_MAX, WHO_MAX};
use crate::sample::Sample;
use crate::statistic::distinct::Distinct;
use crate::statistic::hours::Hourly;
use crate::statistic::timeline::Timeline;
use crate::tally::{Name, Seen};

/// Times that somebody must have been seen before the hours of the day are counted.
const HOURS_FROM: u64 = 8;
/// Lines without failure of which only the times are listed.
const LISTED_MAX: usize = 7;
/// Cells of the timelines of the few who carry much traffic.
const BUSY_CELLS_MAX: usize = 256;
/// How many of the few are held.
const BUSY_MAX: usize = 2_048;

/// One address, card or other.
#[derive(Debug, Clone)]
pub struct Subject {
    /// As the lines have it.
    pub text: Name,
    /// Lines.
    pub total: u64,
    /// Lines of failures.
    pub failed: u64,
    past: Past,
    /// At which hours it is active.
    pub hours: Hourly,
    /// How many different partners it was seen with: cards of an address or device, addresses
    /// of a card.
    pub partners: Distinct,
    /// A line of a failure, else a later one.
    pub sample: Option<Box<Sample>>,
}

/// When somebody was seen.
#[derive(Debug, Clone)]
enum Past {
    /// The seconds of the first lines, none of them a failure, and how many there are.
    Listed([u32; LISTED_MAX], u8),
    /// All lines, by time.
    Counted(Timeline),
}

/// All of one sort.
#[derive(Debug)]
pub struct WhoTally {
    /// The sort.
    pub who: Who,
    /// By hash of the text.
    pub subjects: Table<Subject>,
    /// Lines that name one.
    pub total: u64,
    /// Lines of failures that name one.
    pub failed: u64,
    /// How many were forgotten because there were too many: those with the fewest lines.
    pub forgotten: u64,
    partner: Option<Who>,
    subjects_max: usize,
    cells_max: usize,
    /// Place of the one that was seen last.
    last: usize,
}

impl WhoTally {
    /// An empty one.
    pub fn new(who: Who) -> Self {
        let partner = match who {
            Who::Address | Who::Device => Some(Who::Card),
            Who::Card => Some(Who::Address),
            Who::Merchant | Who::Route | Who::Party => None,
        };
        let (subjects_max, cells_max) = match who {
            Who::Route | Who::Party => (BUSY_MAX, BUSY_CELLS_MAX),
            _ => (WHO_MAX, WHO_CELLS_MAX),
        };
        let subjects = Table::default();
        Self {
            who,
            subjects,
            total: 0,
            failed: 0,
            forgotten: 0,
            partner,
            subjects_max,
            cells_max,
            last: 0,
        }
    }

    /// Looks up whom some events name, and no more. Each look-up waits for memory several times;
    /// those that do not depend on each other wait together.
    pub fn touch(&self, all: &[Seen<'_, '_>]) {
        let mut lines = 0;
        for seen in all {
            let subject = self.subjects.get(&seen.event.about(self.who).hash);
            lines ^= subject.map_or(0, |subject| subject.past.present());
        }
        std::hint::black_box(lines);
    }

    /// Takes an event.
    pub fn absorb(&mut self, seen: Seen<'_, '_>) {
        let event = seen.event;
        let own = event.about(self.who);
        if !own.is_said() {
            return;
        }
        let is_failure = event.is_failure();
        self.total += 1;
        self.failed += u64::from(is_failure);
        // The lines of one request stand together.
        if self.subjects.get_index(self.last).is_none_or(|(hash, _)| *hash != own.hash) {
            let entry = self.subjects.entry(own.hash);
            self.last = entry.index();
            entry.or_insert_with(|| Subject::of(own.text));
        }
        let Some((_, subject)) = self.subjects.get_index_mut(self.last) else { return };
        subject.total += 1;
        subject.past.add(seen.time_s, is_failure, self.cells_max);
        if is_failure {
            subject.failed += 1;
            if Sample::is_due(subject.failed) {
                subject.sample = Some(Box::new(Sample::of(seen)));
            }
        }
        if subject.total >= HOURS_FROM {
            subject.hours.add(seen.time_s);
            if subject.failed == 0 && Sample::is_due(subject.total) {
                subject.sample = Some(Box::new(Sample::of(seen)));
            }
        }
        if let Some(partner) = self.partner.map(|who| event.about(who)).filter(|p| p.is_said()) {
            subject.partners.add(partner.hash);
        }
        if self.subjects.len() > self.subjects_max {
            self.forget();
        }
    }

    /// Forgets the half with the fewest lines; a failure counts as much as eight lines.
    fn forget(&mut self) {
        let weight = |subject: &Subject| subject.total + 8 * subject.failed;
        let mut weights: Vec<u64> = self.subjects.values().map(weight).collect();
        let middle = weights.len() / 2;
        let (_, median, _) = weights.select_nth_unstable(middle);
        let median = *median;
        let before = self.subjects.len();
        let mut room = self.subjects_max / 2;
        self.subjects.retain(|_, subject| {
            let stays = weight(subject) > median || (weight(subject) == median && room > 0);
            room -= usize::from(stays && room > 0);
            stays
        });
        self.forgotten += (before - self.subjects.len()) as u64;
    }

    /// The past of one of them.
    pub fn timeline<'s>(&self, subject: &'s Subject) -> Cow<'s, Timeline> {
        subject.timeline(self.cells_max)
    }

    /// Those with the most failures, the most first.
    pub fn by_failures(&self, count_max: usize) -> Vec<&Subject> {
        let mut all: Vec<&Subject> = self.subjects.values().filter(|s| s.failed > 0).collect();
        all.sort_by(|a, b| b.failed.cmp(&a.failed).then_with(|| (*a.text).cmp(&b.text)));
        all.truncate(count_max);
        all
    }
}

impl Subject {
    fn of(text: &[u8]) -> Self {
        Self {
            text: Name::of(text),
            total: 0,
            failed: 0,
            past: Past::Listed([0; LISTED_MAX], 0),
            hours: Hourly::default(),
            partners: Distinct::default(),
            sample: None,
        }
    }

    fn timeline(&self, cells_max: usize) -> Cow<'_, Timeline> {
        match &self.past {
            Past::Counted(timeline) => Cow::Borrowed(timeline),
            Past::Listed(times, len) => Cow::Owned(counted(&times[..usize::from(*len)], cells_max)),
        }
    }

    /// How many different partners.
    pub fn partner_count(&self) -> u32 {
        self.partners.count()
    }

    /// The name to be shown.
    pub fn shown(&self) -> String {
        crate::redact::shown(&self.text)
    }
}

impl Past {
    /// The count of the present stretch of time.
    fn present(&self) -> u32 {
        match self {
            Self::Counted(timeline) => timeline.present(),
            Self::Listed(_, len) => u32::from(*len),
        }
    }

    fn add(&mut self, time_s: u32, is_failure: bool, cells_max: usize) {
        if let Self::Listed(times, len) = self {
            let listed = usize::from(*len);
            if let Some(free) = times.get_mut(listed).filter(|_| !is_failure) {
                *free = time_s;
                *len += 1;
                return;
            }
            *self = Self::Counted(counted(&times[..listed], cells_max));
        }
        if let Self::Counted(timeline) = self {
            timeline.add(time_s, is_failure);
        }
    }
}

fn counted(times: &[u32], cells_max: usize) -> Timeline {
    let mut timeline = Timeline::new(cells_max);
    times.iter().for_each(|time_s| timeline.add(*time_s, false));
    timeline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_times_is_the_same_past_as_counts() {
        for failing in [0, 3, 7, 12] {
            let mut past = Past::Listed([0; LISTED_MAX], 0);
            let mut timeline = Timeline::new(WHO_CELLS_MAX);
            for (n, time_s) in [50, 40, 40, 0, 90, 91, 92, 93, 94, 95].into_iter().enumerate() {
                past.add(time_s, n >= failing, WHO_CELLS_MAX);
                timeline.add(time_s, n >= failing);
                let same = match &past {
                    Past::Counted(counts) => counts.clone(),
                    Past::Listed(times, len) => counted(&times[..usize::from(*len)], WHO_CELLS_MAX),
                };
                assert_eq!(same.cells(), timeline.cells(), "line {n}, failing from {failing}");
            }
        }
    }

    #[test]
    fn a_subject_that_is_seen_once_is_small() {
        assert!(size_of::<Subject>() <= 128, "{}", size_of::<Subject>());
    }
}
