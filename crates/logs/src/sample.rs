//! A line that is kept to be shown.

use counterfoil_remark::Remark;

use crate::limit::SAMPLE_BYTES_MAX;
use crate::redact::shown;
use crate::tally::Seen;

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The file, by its place in the analysis.
    pub file: u16,
    /// The line, counted from 1.
    pub line: u64,
}

/// A line and where it stands. Holds what was in the file; shows it without card numbers.
#[derive(Clone)]
pub struct Sample {
    /// Where.
    pub place: Place,
    /// When, in microseconds since 1970; 0 when the line does not say.
    pub time_us: i64,
    text: Box<[u8]>,
}

impl Sample {
    /// Keeps the beginning of a line.
    pub fn of(seen: Seen<'_, '_>) -> Self {
        let line = seen.event.line;
        let text = line[..line.len().min(SAMPLE_BYTES_MAX)].into();
        Self { place: seen.place, time_us: seen.time_us, text }
    }

    /// Whether the sample of something that happened `count` times is to be taken anew: at
    /// powers of two, so that it comes from where most of them are.
    pub fn is_due(count: u64) -> bool {
        count.is_power_of_two()
    }

    /// The text to be shown.
    pub fn shown(&self) -> String {
        shown(&self.text)
    }

    /// Adds the line to what a remark stands on; `files` are the names.
    pub fn beside(&self, remark: Remark, files: &[String]) -> Remark {
        remark.with_at("line", self.shown(), self.place.text(files))
    }
}

impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.place, self.shown())
    }
}

impl Place {
    /// `access.log:17`.
    pub fn text(&self, files: &[String]) -> String {
        let name = files.get(usize::from(self.file)).map_or("?", String::as_str);
        format!("{name}:{}", self.line)
    }
}
