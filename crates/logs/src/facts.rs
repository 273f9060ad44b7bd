//! All that was counted, as detectors look at it.

use crate::event::Who;
use crate::format::ALL;
use crate::limit::TIMELINE_CELLS_MAX;
use crate::sample::Place;
use crate::sample::Sample;
use crate::source::{Batch, Source};
use crate::statistic::hours::Hourly;
use crate::statistic::raise::Count;
use crate::statistic::timeline::Timeline;
use crate::tally::Seen;
use crate::tally::card::CardTally;
use crate::tally::clock::Clock;
use crate::tally::code::CodeTally;
use crate::tally::session::SessionTally;
use crate::tally::step::StepTally;
use crate::tally::template::TemplateTally;
use crate::tally::who::WhoTally;

/// Events whose subjects are looked up ahead of counting them.
const TOUCHED: usize = 16;

/// What is known of one file.
#[derive(Debug)]
pub struct File {
    /// How it is read.
    pub source: Source,
    /// Octets, after decompression.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines in another format, by the place of theirs in [`ALL`].
    pub others: [u64; ALL.len()],
    /// Lines of which only the beginning was read.
    pub cut: u64,
    /// Its clock.
    pub clock: Clock,
    /// Whether a time without zone was read.
    pub zone_was_assumed: bool,
    /// Whether a date without year was read.
    pub year_was_assumed: bool,
}

/// All that was counted.
#[derive(Debug)]
pub struct Facts {
    /// Names of the files, for evidence.
    pub names: Vec<String>,
    /// The files.
    pub files: Vec<File>,
    /// Lines that are not empty.
    pub total: u64,
    /// Lines of failures.
    pub failed: u64,
    /// Lines without any time.
    pub timeless: u64,
    /// All lines by time.
    pub timeline: Timeline,
    /// At which hours there are lines.
    pub hours: Hourly,
    /// Whom lines name, by [`Who`].
    pub who: [WhoTally; Who::ALL.len()],
    /// Error codes.
    pub codes: CodeTally,
    /// Steps.
    pub steps: StepTally,
    /// Templates of messages.
    pub templates: TemplateTally,
    /// Payments.
    pub sessions: SessionTally,
    /// Card numbers.
    pub cards: CardTally,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            files: Vec::new(),
            total: 0,
            failed: 0,
            timeless: 0,
            timeline: Timeline::new(TIMELINE_CELLS_MAX),
            hours: Hourly::default(),
            who: Who::ALL.map(WhoTally::new),
            codes: CodeTally::default(),
            steps: StepTally::default(),
            templates: TemplateTally::default(),
            sessions: SessionTally::default(),
            cards: CardTally::default(),
        }
    }
}

impl Facts {
    /// Takes a piece of the file at this place.
    pub fn absorb(&mut self, file: u16, batch: &Batch<'_>) {
        let Some(known) = self.files.get_mut(usize::from(file)) else { return };
        let lines_before = known.lines;
        known.lines += u64::from(batch.lines);
        known.cut += u64::from(batch.cut);
        known.zone_was_assumed |= batch.zone_was_assumed;
        known.year_was_assumed |= batch.year_was_assumed;
        for (sum, more) in known.others.iter_mut().zip(batch.others) {
            *sum += u64::from(more);
        }
        let clock = &mut known.clock;
        let mut last = Place { file, line: 0 };
        let seen = batch.events.iter().map(|event| {
            last.line = lines_before + u64::from(event.number) + 1;
            let time_us = clock.tick(event.time_us, last).unwrap_or(0).max(0);
            let time_s = u32::try_from(time_us / 1_000_000).unwrap_or(u32::MAX);
            Seen { event, time_us, time_s, place: last }
        });
        let seen: Vec<Seen<'_, '_>> = seen.collect();
        self.count(&seen);
        for mention in &batch.cards {
            self.cards.absorb(seen[mention.event], mention.found);
        }
    }

    /// Counts in one tally after the other: what one needs then stays near the processor.
    fn count(&mut self, all: &[Seen<'_, '_>]) {
        for seen in all {
            let is_failure = seen.event.is_failure();
            self.total += 1;
            self.failed += u64::from(is_failure);
            self.timeless += u64::from(seen.time_us == 0);
            self.timeline.add(seen.time_s, is_failure);
            self.hours.add(seen.time_s);
        }
        for tally in &mut self.who {
            for some in all.chunks(TOUCHED) {
                tally.touch(some);
                some.iter().for_each(|seen| tally.absorb(*seen));
            }
        }
        all.iter().for_each(|seen| self.codes.absorb(*seen));
        for seen in all {
            let step = self.steps.absorb(*seen);
            self.sessions.absorb(*seen, step);
        }
        all.iter().for_each(|seen| self.templates.absorb(*seen));
    }

    /// The first and last time, in microseconds since 1970.
    pub fn period(&self) -> Option<(i64, i64)> {
        let least = self.files.iter().filter_map(|file| file.clock.least_us).min()?;
        let greatest = self.files.iter().filter_map(|file| file.clock.greatest_us).max()?;
        Some((least, greatest))
    }

    /// Counts of `part` among all lines, in cells of the wider of both timelines.
    pub fn among_all(&self, part: &Timeline) -> (Vec<Count>, u64) {
        let width_s = part.width_s().max(self.timeline.width_s());
        let mut counts: Vec<Count> = Vec::new();
        for cell in self.timeline.cells() {
            let start_s = self.timeline.start_s(cell.index) / width_s * width_s;
            match counts.last_mut().filter(|last| last.start_s == start_s) {
                Some(last) => last.total += u64::from(cell.total),
                None => counts.push(Count { start_s, total: u64::from(cell.total), hits: 0 }),
            }
        }
        for cell in part.cells() {
            let start_s = part.start_s(cell.index) / width_s * width_s;
            if let Ok(place) = counts.binary_search_by_key(&start_s, |count| count.start_s) {
                counts[place].hits += u64::from(cell.total);
            }
        }
        (counts, width_s)
    }

    /// A line of a failure in `from_s..to_s`, when one was kept.
    pub fn failure_between(&self, from_s: u64, to_s: u64) -> Option<&Sample> {
        let range = from_s as i64 * 1_000_000..to_s as i64 * 1_000_000;
        let mut codes: Vec<_> = self.codes.codes.values().collect();
        codes.sort_by_key(|code| std::cmp::Reverse(code.total));
        let codes = codes.into_iter().map(|code| &code.sample);
        let steps = self.steps.steps.values().filter(|step| step.failed > 0).map(|s| &s.sample);
        let templates = self.templates.templates.iter().filter(|t| t.failed > 0).map(|t| &t.sample);
        codes.chain(steps).chain(templates).find(|sample| range.contains(&sample.time_us))
    }
}
