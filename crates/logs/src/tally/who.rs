//! Addresses, cards, devices, merchants, bank routes and parties: each with its own past.

use crate::event::Who;
use crate::hash::Table;
use crate::limit::{WHO_CELLS_MAX, WHO_MAX};
use crate::sample::Sample;
use crate::statistic::distinct::Distinct;
use crate::statistic::hours::Hours;
use crate::statistic::timeline::Timeline;
use crate::tally::{Seen, name};

/// Times that somebody must have been seen before the hours of the day are counted.
const HOURS_FROM: u64 = 8;
/// Cells of the timelines of the few who carry much traffic.
const BUSY_CELLS_MAX: usize = 256;
/// How many of the few are held.
const BUSY_MAX: usize = 2_048;

/// One address, card or other.
#[derive(Debug, Clone)]
pub struct Subject {
    /// As the lines have it.
    pub text: Box<[u8]>,
    /// Lines.
    pub total: u64,
    /// Lines of failures.
    pub failed: u64,
    /// Its past.
    pub timeline: Timeline,
    /// At which hours it is active.
    pub hours: Option<Box<Hours>>,
    /// How many different partners it was seen with: cards of an address or device, addresses
    /// of a card.
    pub partners: Option<Box<Distinct>>,
    /// A line of a failure, else a later one.
    pub sample: Option<Sample>,
    first_partner: u64,
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
        Self { who, subjects, total: 0, failed: 0, forgotten: 0, partner, subjects_max, cells_max }
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
        let cells_max = self.cells_max;
        let subject = self.subjects.entry(own.hash).or_insert_with(|| Subject {
            text: name(own.text),
            total: 0,
            failed: 0,
            timeline: Timeline::new(cells_max),
            hours: None,
            partners: None,
            sample: None,
            first_partner: 0,
        });
        subject.total += 1;
        subject.timeline.add(seen.time_s, is_failure);
        if is_failure {
            subject.failed += 1;
            if Sample::is_due(subject.failed) {
                subject.sample = Some(Sample::of(seen));
            }
        }
        if subject.total >= HOURS_FROM {
            subject.hours.get_or_insert_default().add(seen.time_s);
            if subject.failed == 0 && Sample::is_due(subject.total) {
                subject.sample = Some(Sample::of(seen));
            }
        }
        if let Some(partner) = self.partner.map(|who| event.about(who)).filter(|p| p.is_said()) {
            subject.meet(partner.hash);
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

    /// Those with the most failures, the most first.
    pub fn by_failures(&self, count_max: usize) -> Vec<&Subject> {
        let mut all: Vec<&Subject> = self.subjects.values().filter(|s| s.failed > 0).collect();
        all.sort_by(|a, b| b.failed.cmp(&a.failed).then_with(|| a.text.cmp(&b.text)));
        all.truncate(count_max);
        all
    }
}

impl Subject {
    fn meet(&mut self, partner: u64) {
        if self.first_partner == 0 {
            self.first_partner = partner;
        } else if self.first_partner != partner {
            let first = self.first_partner;
            let partners = self.partners.get_or_insert_with(|| {
                let mut partners = Box::new(Distinct::default());
                partners.add(first);
                partners
            });
            partners.add(partner);
        }
    }

    /// How many different partners.
    pub fn partner_count(&self) -> u32 {
        match &self.partners {
            Some(partners) => partners.count(),
            None => u32::from(self.first_partner != 0),
        }
    }

    /// The name to be shown.
    pub fn shown(&self) -> String {
        crate::redact::shown(&self.text)
    }
}
