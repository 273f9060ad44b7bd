//! Numbers that may be cards', judged together by the field that they stand in.

use crate::card::{Candidate, Context, context, key_before};
use crate::hash::{self, Table, mix};
use crate::limit::CARD_FIELDS_MAX;
use crate::sample::Sample;
use crate::tally::{Seen, name};

/// Numbers of a field that says nothing, all with a right check digit, that make them cards.
const SILENT_MIN: u64 = 1;
/// The same of a field that says it is something else.
const OTHER_MIN: u64 = 8;

/// A field of a file with numbers of the length and prefix of cards.
#[derive(Debug, Clone)]
pub struct CardField {
    /// The field's name; empty when there was none.
    pub key: Box<[u8]>,
    /// What the name says.
    pub context: Context,
    /// The file, by its place in the analysis.
    pub file: u16,
    /// Numbers whose check digit fits.
    pub checked: u64,
    /// Numbers whose check digit does not.
    pub unchecked: u64,
    /// A line with one whose check digit fits.
    pub sample: Option<Sample>,
}

impl CardField {
    /// Whether its numbers are card numbers. One in ten numbers has a right check digit by chance.
    pub fn holds_cards(&self) -> bool {
        match self.context {
            Context::Card => self.checked > 0,
            Context::Silent => self.checked >= SILENT_MIN && self.unchecked * 4 <= self.checked,
            Context::Other => self.checked >= OTHER_MIN && self.unchecked * 20 <= self.checked,
        }
    }

    /// Whether the name of the field, or the number of numbers, leaves no doubt.
    pub fn is_certain(&self) -> bool {
        self.context == Context::Card || self.checked >= OTHER_MIN
    }
}

/// All fields with such numbers.
#[derive(Debug, Default)]
pub struct CardTally {
    /// By file and name.
    pub fields: Table<CardField>,
}

impl CardTally {
    /// Takes one number of a line.
    pub fn absorb(&mut self, seen: Seen<'_, '_>, found: Candidate) {
        let key = key_before(seen.event.line, found.start);
        let id = mix(hash::of(key), u64::from(seen.place.file));
        if self.fields.len() >= CARD_FIELDS_MAX && !self.fields.contains_key(&id) {
            return;
        }
        let field = self.fields.entry(id).or_insert_with(|| CardField {
            key: name(key),
            context: context(key),
            file: seen.place.file,
            checked: 0,
            unchecked: 0,
            sample: None,
        });
        if found.is_checked {
            field.checked += 1;
            field.sample.get_or_insert_with(|| Sample::of(seen));
        } else {
            field.unchecked += 1;
        }
    }
}
