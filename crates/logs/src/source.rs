//! One file: its format, told from its beginning, and its lines, read into events.

use std::fmt;

use counterfoil_secret::{Fault, Report};
use memchr::{memchr, memchr_iter};

use crate::card::{self, Candidate};
use crate::event::{Event, Level, Outcome};
use crate::format::{ALL, Format, PLAIN, Reading};
use crate::limit::{HEAD_BYTES_MAX, HEAD_LINES_MAX, LINE_BYTES_MAX};
use crate::time::{Assumed, Calendar};
use crate::{hash, shape};

/// Share of octets that no text has, in percent, above which a file is no text.
const BINARY_PERCENT_MAX: usize = 10;

/// What a file is and how it is read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The format of most of its first lines.
    pub format: &'static Format,
    /// Lines of its beginning that have this format.
    pub head_fits: usize,
    /// Lines of its beginning.
    pub head_lines: usize,
    assumed: Assumed,
    join: Vec<u8>,
}

/// Lines of one piece of a file, read.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// An event for each line that is not empty.
    pub events: Vec<Event<'a>>,
    /// Lines, empty ones included.
    pub lines: u32,
    /// Lines that have another format than the file's, by the place of theirs in [`ALL`].
    pub others: [u32; ALL.len()],
    /// Lines of which only the beginning was read.
    pub cut: u32,
    /// Numbers that may be a card's.
    pub cards: Vec<CardMention>,
    /// Whether a time without zone was read.
    pub zone_was_assumed: bool,
    /// Whether a date without year was read.
    pub year_was_assumed: bool,
}

/// A number in a line that may be a card's.
#[derive(Debug, Clone, Copy)]
pub struct CardMention {
    /// The line's place in [`Batch::events`].
    pub event: usize,
    /// Where in the line.
    pub found: Candidate,
}

impl Batch<'_> {
    /// An empty batch in the memory of this one, for the next piece.
    pub fn emptied<'b>(mut self) -> Batch<'b> {
        self.events.clear();
        self.cards.clear();
        // Nothing is left to be made anew: this only says that nothing is borrowed any more.
        let events = self.events.into_iter().map(|event| Event::of(b"", event.number)).collect();
        Batch { events, cards: self.cards, ..Batch::default() }
    }
}

impl Source {
    /// Tells the format of a file by its first octets.
    ///
    /// # Errors
    /// [`NotALog`] when they are no text.
    pub fn of(head: &[u8], assumed: Assumed, join: &str) -> Result<Self, NotALog> {
        let head = &head[..head.len().min(HEAD_BYTES_MAX)];
        refuse_binary(head)?;
        let is_line = |line: &&[u8]| !line.is_empty();
        let lines = head.split(|octet| *octet == b'\n').map(ended).filter(is_line);
        let mut lines: Vec<&[u8]> = lines.take(HEAD_LINES_MAX + 1).collect();
        if lines.len() > 1 {
            // The last one may not be whole.
            lines.pop();
        }
        let source =
            Self { format: PLAIN, head_fits: 0, head_lines: 0, assumed, join: join.into() };
        let fits =
            |format: &&'static Format| lines.iter().filter(|l| source.fits(format, l)).count();
        let scored = ALL.iter().map(|format| (*format, fits(format)));
        // The first of the best: `max_by_key` would take the last.
        let scored = scored.filter(|(_, fits)| *fits > 0).rev();
        let best = scored.max_by_key(|(format, fits)| format.weight as usize * fits);
        let (format, head_fits) = best.unwrap_or((PLAIN, 0));
        Ok(Self { format, head_fits, head_lines: lines.len(), ..source })
    }

    fn fits(&self, format: &Format, line: &[u8]) -> bool {
        let mut event = Event::of(line, 0);
        (format.read)(&mut self.reading(), &mut event)
            && format.check.is_none_or(|check| check(line))
    }

    fn reading(&self) -> Reading<'_> {
        Reading { calendar: Calendar::new(self.assumed), join: &self.join }
    }

    /// Reads a piece of whole lines. Any thread may do it: nothing is remembered.
    pub fn read<'a>(&self, piece: &'a [u8]) -> Batch<'a> {
        let mut batch = Batch::default();
        self.read_into(piece, &mut batch);
        batch
    }

    /// Reads a piece of whole lines into a batch that is empty.
    pub fn read_into<'a>(&self, piece: &'a [u8], batch: &mut Batch<'a>) {
        let mut reading = self.reading();
        let mut start = 0;
        let ends =
            memchr_iter(b'\n', piece).chain((!piece.ends_with(b"\n")).then_some(piece.len()));
        for end in ends {
            let mut line = ended(&piece[start..end]);
            start = end + 1;
            if start > piece.len() && line.is_empty() {
                break;
            }
            if line.len() > LINE_BYTES_MAX {
                line = &line[..LINE_BYTES_MAX];
                batch.cut += 1;
            }
            if !line.is_empty() {
                self.event(&mut reading, line, batch);
            }
            batch.lines += 1;
        }
        mentions(piece, batch);
        batch.zone_was_assumed = reading.calendar.zone_was_assumed;
        batch.year_was_assumed = reading.calendar.year_was_assumed;
    }

    /// Reads a line into the next event of the batch, where it stays: events are large.
    fn event<'a>(&self, reading: &mut Reading<'_>, line: &'a [u8], batch: &mut Batch<'a>) {
        batch.events.push(Event::of(line, batch.lines));
        let Some(event) = batch.events.last_mut() else { return };
        if !(self.format.read)(reading, event) {
            for (place, format) in ALL.iter().enumerate() {
                *event = Event::of(line, batch.lines);
                let is_other = !std::ptr::eq(*format, self.format);
                if is_other && (format.read)(reading, event) {
                    batch.others[place] += 1;
                    break;
                }
            }
        }
        finish(event);
    }
}

/// Decides the outcome and hashes what is counted.
fn finish(event: &mut Event<'_>) {
    if event.code.is_said() && is_success(event.code.text) {
        event.code.text = b"";
    }
    if event.outcome == Outcome::Fine {
        event.outcome = outcome(event);
    }
    for named in event.who.iter_mut().chain([&mut event.code, &mut event.xid]) {
        if named.is_said() {
            named.hash = hash::of(named.text);
        }
    }
    if event.step.is_said() {
        event.step.hash = shape::of_step(event.step.text);
    }
    event.shape = match (event.name, event.message) {
        (b"", b"") => 0,
        (b"", message) => shape::of_message(message),
        (name, _) => hash::of(name),
    };
}

fn outcome(event: &Event<'_>) -> Outcome {
    let is_response_code = event.code.text.len() <= 3
        && event.code.is_said()
        && event.code.text.iter().all(u8::is_ascii_digit);
    match (event.status, event.level) {
        (500.., _) => Outcome::Failed,
        (400.., _) => Outcome::Refused,
        (_, Level::Error | Level::Fatal) => Outcome::Failed,
        (_, Level::Warning) => Outcome::Refused,
        _ if is_response_code => Outcome::Refused,
        _ => Outcome::Fine,
    }
}

/// Codes that say that all is well: ISO 8583's 00, PostgreSQL's 00000, HTTP's 2xx, and words.
fn is_success(code: &[u8]) -> bool {
    let is_zero = code.iter().all(|octet| *octet == b'0');
    let is_status = matches!(code, [b'2' | b'3', a, b] if a.is_ascii_digit() && b.is_ascii_digit());
    let words: [&[u8]; 7] =
        [b"ok", b"OK", b"success", b"SUCCESS", b"approved", b"APPROVED", b"false"];
    is_zero || is_status || words.contains(&code)
}

/// Looks for card numbers in a whole piece at once, and finds the lines that they stand in.
fn mentions(piece: &[u8], batch: &mut Batch<'_>) {
    let base = piece.as_ptr() as usize;
    let events = &batch.events;
    let mut event = 0;
    let cards = &mut batch.cards;
    card::candidates(piece, |found| {
        let place = |index: usize| events.get(index).map(|e: &Event<'_>| e.line.as_ptr() as usize);
        while place(event + 1).is_some_and(|start| start - base <= found.start) {
            event += 1;
        }
        if let Some(start) = place(event).map(|start| start - base) {
            let line = events[event].line;
            if found.start >= start && found.end <= start + line.len() {
                let (from, to) = (found.start - start, found.end - start);
                cards.push(CardMention {
                    event,
                    found: Candidate { start: from, end: to, ..found },
                });
            }
        }
    });
}

/// A line without carriage return.
fn ended(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Why a file is not read as a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotALog {
    /// It holds octets that no text has.
    Binary,
    /// It is text of 16-bit units.
    Utf16,
}

fn refuse_binary(head: &[u8]) -> Result<(), NotALog> {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(NotALog::Utf16);
    }
    let is_control =
        |octet: &&u8| **octet < 0x20 && !matches!(**octet, b'\t' | b'\n' | b'\r' | 0x1b);
    let controls = head.iter().filter(is_control).count();
    let has_nul = memchr(0, head).is_some();
    let is_binary = controls * 100 > head.len() * BINARY_PERCENT_MAX || (has_nul && controls > 8);
    if is_binary { Err(NotALog::Binary) } else { Ok(()) }
}

impl fmt::Display for NotALog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "the file is binary, not a log",
            Self::Utf16 => "the file is text in UTF-16, which is not read",
        })
    }
}

impl std::error::Error for NotALog {}

impl Report for NotALog {
    fn id(&self) -> &'static str {
        match self {
            Self::Binary => "log-is-binary",
            Self::Utf16 => "log-is-utf-16",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Binary => "give log files; captures are read by `counterfoil dissect`".into(),
            Self::Utf16 => "convert it first: iconv -f UTF-16 -t UTF-8 FILE".into(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assumed() -> Assumed {
        Assumed { zone_s: 0, not_after: jiff::Timestamp::UNIX_EPOCH }
    }

    fn source(text: &str) -> Source {
        Source::of(text.as_bytes(), assumed(), "").unwrap()
    }

    #[test]
    fn the_format_is_that_of_most_lines() {
        let access = "1.2.3.4 - - [01/Jul/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n";
        for (text, expect) in [
            (access.repeat(3) + "junk\n", "access"),
            ("{\"level\":\"info\",\"msg\":\"x\"}\n".into(), "json-lines"),
            ("words\nmore words\n".into(), "plain"),
            (String::new(), "plain"),
        ] {
            assert_eq!(source(&text).format.name, expect, "{text}");
        }
    }

    #[test]
    fn lines_of_other_formats_are_read_and_counted() {
        let text =
            "{\"level\":\"info\",\"msg\":\"x\"}\n{\"msg\":1}\n\nJul  1 12:00:00 h su: y\nwords";
        let batch = source(text).read(text.as_bytes());
        let others: Vec<_> = ALL
            .iter()
            .zip(batch.others)
            .filter(|(_, count)| *count > 0)
            .map(|(format, count)| (format.name, count))
            .collect();
        assert_eq!(others, [("syslog-3164", 1), ("plain", 1)]);
        assert_eq!((batch.lines, batch.events.len(), batch.events[1].number), (5, 4, 1));
    }

    #[test]
    fn card_numbers_are_found_in_their_lines() {
        let text = "one\npan=4111111111111111\n\nx 5500000000000004\n";
        let batch = source(text).read(text.as_bytes());
        let found: Vec<_> = batch.cards.iter().map(|m| (m.event, m.found.start)).collect();
        assert_eq!(found, [(1, 4), (2, 2)]);
    }

    #[test]
    fn binary_files_are_refused() {
        let refused = |head: &[u8]| Source::of(head, assumed(), "").unwrap_err();
        assert_eq!(refused(&[0, 1, 2, 3, 255]), NotALog::Binary);
        assert_eq!(refused(b"\xff\xfea\0"), NotALog::Utf16);
        assert_eq!(NotALog::Binary.id(), "log-is-binary");
    }

    #[test]
    fn a_line_that_is_too_long_is_read_at_its_beginning() {
        let text = format!("level=error a=b c=d {}\nnext\n", "x".repeat(LINE_BYTES_MAX));
        let batch = source(&text).read(text.as_bytes());
        assert_eq!((batch.cut, batch.lines), (1, 2));
        assert_eq!(batch.events[0].line.len(), LINE_BYTES_MAX);
    }
}
