//! The state machine: files are opened, fed piece by piece and ended; then it is finished once.

use std::fmt;

use counterfoil_secret::Fault;
use jiff::Timestamp;

use crate::facts::{Facts, File};
use crate::format::ALL;
use crate::limit::FILES_MAX;
use crate::report::Report;
use crate::settings::Settings;
use crate::source::{Batch, NotALog, Source};
use crate::split::Splitter;
use crate::tally::clock::Clock;

/// A file of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId(u16);

/// Why a file cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// It is no log.
    NotALog(NotALog),
    /// There are too many files.
    TooMany,
}

/// Reads logs. Its memory is bounded whatever is fed (see [`crate::limit`]).
#[derive(Debug, Default)]
pub struct Analysis {
    settings: Settings,
    facts: Facts,
    splitter: Splitter,
}

impl Analysis {
    /// One that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Begins a file. `head` are its first octets (see [`crate::limit::HEAD_BYTES_MAX`]), from
    /// which its format is told; they are to be fed as well. `not_after` is when the file was last
    /// written, or now.
    ///
    /// # Errors
    /// [`OpenError`] when it is no log or there are too many files.
    pub fn open(
        &mut self,
        name: &str,
        head: &[u8],
        not_after: Timestamp,
    ) -> Result<FileId, OpenError> {
        let source = Source::of(head, self.settings.assumed(not_after), &self.settings.join)
            .map_err(OpenError::NotALog)?;
        let id = self.facts.files.len();
        let id = u16::try_from(id).ok().filter(|_| id < FILES_MAX).ok_or(OpenError::TooMany)?;
        self.facts.names.push(crate::redact::shown(name.as_bytes()));
        self.facts.files.push(File {
            source,
            bytes: 0,
            lines: 0,
            others: [0; ALL.len()],
            cut: 0,
            clock: Clock::default(),
            zone_was_assumed: false,
            year_was_assumed: false,
        });
        Ok(FileId(id))
    }

    /// How the file is read: for callers that read pieces of whole lines themselves, in threads,
    /// and hand them over in order with [`Analysis::absorb`].
    pub fn source(&self, file: FileId) -> &Source {
        &self.facts.files[usize::from(file.0)].source
    }

    /// Takes a piece that [`Source::read`] has read. `bytes` are the octets of the piece.
    pub fn absorb(&mut self, file: FileId, batch: &Batch<'_>, bytes: usize) {
        self.facts.files[usize::from(file.0)].bytes += bytes as u64;
        self.facts.absorb(file.0, batch);
    }

    /// Takes octets of a file as they come. One file is fed at a time, until [`Analysis::end`].
    pub fn feed(&mut self, file: FileId, octets: &[u8]) {
        self.splitter.push(octets);
        while let Some(piece) = self.splitter.take() {
            self.piece(file, &piece);
        }
    }

    /// Ends the file that was fed: its last line may have no end.
    pub fn end(&mut self, file: FileId) {
        if let Some(piece) = self.splitter.finish() {
            self.piece(file, &piece);
        }
        self.splitter = Splitter::default();
    }

    fn piece(&mut self, file: FileId, piece: &[u8]) {
        let source = self.source(file).clone();
        self.absorb(file, &source.read(piece), piece.len());
    }

    /// What was found.
    pub fn finish(self) -> Report {
        Report::of(&self.facts)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotALog(why) => why.fmt(f),
            Self::TooMany => write!(f, "more than {FILES_MAX} files are not read at once"),
        }
    }
}

impl std::error::Error for OpenError {}

impl counterfoil_secret::Report for OpenError {
    fn id(&self) -> &'static str {
        match self {
            Self::NotALog(why) => why.id(),
            Self::TooMany => "log-files-too-many",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotALog(why) => why.hint(),
            Self::TooMany => "give fewer files, or join them first: cat FILE... |".into(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}
