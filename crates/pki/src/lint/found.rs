//! [`Found`]: where a rule puts what it has found.

use counterfoil_remark::{Kind, Remark, Severity};
use jiff::{Timestamp, civil::Date};

/// What one rule has found in one item.
pub struct Found<'a> {
    kind: &'static Kind,
    place: &'a str,
    remarks: &'a mut Vec<Remark>,
    /// The time at which the item is judged.
    pub now: Timestamp,
    /// The day on which the item's validity begins, when it can be read.
    pub issued_on: Option<Date>,
}

impl<'a> Found<'a> {
    pub(super) fn new(
        kind: &'static Kind,
        place: &'a str,
        now: Timestamp,
        issued_on: Option<Date>,
        remarks: &'a mut Vec<Remark>,
    ) -> Self {
        Self { kind, place, remarks, now, issued_on }
    }

    /// The rule is broken: what was seen, which follows the rule's own sentence.
    pub fn say(&mut self, seen: impl Into<String>) {
        self.say_as(self.kind.severity, seen);
    }

    /// The same, with a severity that the subject decides.
    pub fn say_as(&mut self, severity: Severity, seen: impl Into<String>) {
        let (title, seen) = (self.kind.title.trim_end_matches('.'), seen.into());
        let remark = self.kind.of(self.place, format!("{title}: {seen}"));
        self.remarks.push(remark.as_severe_as(severity).with("seen", seen));
    }

    /// Says it when `broken`.
    pub fn when(&mut self, broken: bool, seen: impl Into<String>) {
        if broken {
            self.say(seen);
        }
    }
}
