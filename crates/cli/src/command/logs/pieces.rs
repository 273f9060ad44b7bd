//! Files in pieces of whole lines, read by all processors and taken in order.
//!
//! A piece is read into events by whichever thread took it; counting is done in the order of the
//! pieces, so a report is the same however many threads there are.

use std::io::Read;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use counterfoil_logs::source::{Batch, Source};
use counterfoil_logs::split::Splitter;
use counterfoil_logs::{Analysis, FileId};

use super::input::Input;
use super::shows_progress;
use crate::failure::Failure;

/// Octets that a piece grows by: so few that its events stay near the processor.
const PIECE_BYTES: usize = 64 * 1024;
/// Most threads: beyond, counting is what takes the time.
const THREADS_MAX: usize = 8;
/// Between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// Octets of a mebibyte.
const MIB: u64 = 1024 * 1024;

/// Cuts one input into pieces of whole lines.
pub struct Pieces {
    name: String,
    rest: Box<dyn Read + Send>,
    head: Option<Vec<u8>>,
    splitter: Splitter,
    is_ended: bool,
    number: u64,
    bytes: u64,
    told: Option<Instant>,
    /// Why reading stopped before the end.
    pub failure: Option<Failure>,
}

impl Pieces {
    /// Pieces of an input that was opened.
    pub fn new(input: Input) -> Self {
        Self {
            name: input.name,
            rest: input.rest,
            head: Some(input.head),
            splitter: Splitter::default(),
            is_ended: false,
            number: 0,
            bytes: 0,
            told: shows_progress().then(Instant::now),
            failure: None,
        }
    }

    /// Puts the next piece into `piece`, whose memory is used again, and returns its number,
    /// counted from 0.
    pub fn next(&mut self, piece: &mut Vec<u8>) -> Option<u64> {
        loop {
            if self.is_ended {
                *piece = self.splitter.finish()?;
                return Some(self.numbered(piece.len()));
            }
            match self.head.take() {
                Some(head) => self.splitter.push(&head),
                None => self.fill(),
            }
            if self.splitter.take_into(piece) {
                return Some(self.numbered(piece.len()));
            }
        }
    }

    fn fill(&mut self) {
        let rest = &mut self.rest;
        let outcome = self.splitter.push_with(|held| {
            held.reserve(PIECE_BYTES);
            rest.take(PIECE_BYTES as u64).read_to_end(held)
        });
        match outcome {
            Ok(0) => self.is_ended = true,
            Ok(_) => {}
            Err(error) => {
                self.is_ended = true;
                let sentence =
                    format!("{} was read to octet {}, then: {error}", self.name, self.bytes);
                let hint = "what was read is in the report; the rest is missing or damaged";
                self.failure = Some(Failure::unseen("log-not-read-to-end", sentence, hint));
            }
        }
    }

    fn numbered(&mut self, piece_bytes: usize) -> u64 {
        let number = self.number;
        self.number += 1;
        self.bytes += piece_bytes as u64;
        if self.told.is_some_and(|told| told.elapsed() > PROGRESS_EVERY) {
            self.told = Some(Instant::now());
            eprint!("\r{}: {} MiB\x1b[K\r", self.name, self.bytes / MIB);
        }
        number
    }
}

/// Whose turn it is to be counted.
struct Turn<'a> {
    next: u64,
    analysis: &'a mut Analysis,
}

/// Reads one input into an analysis. Returns why it was not read to its end, if so.
pub fn analyse(analysis: &mut Analysis, input: Input) -> Result<Option<Failure>, Failure> {
    let file = analysis.open(&input.name, &input.head, input.written).map_err(|error| {
        let failure = Failure::of(&error);
        Failure { sentence: format!("{}: {}", input.name, failure.sentence), ..failure }
    })?;
    let source = analysis.source(file).clone();
    let pieces = Mutex::new(Pieces::new(input));
    let turn = (Mutex::new(Turn { next: 0, analysis }), Condvar::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work(&pieces, &source, file, &turn));
        }
        work(&pieces, &source, file, &turn);
    });
    let pieces = pieces.into_inner().unwrap_or_else(PoisonError::into_inner);
    if pieces.told.is_some() {
        eprint!("\x1b[K");
    }
    Ok(pieces.failure)
}

/// Takes pieces until there are none, and counts each when it is its turn.
fn work(
    pieces: &Mutex<Pieces>,
    source: &Source,
    file: FileId,
    (turn, turned): &(Mutex<Turn<'_>>, Condvar),
) {
    let mut piece = Vec::new();
    let mut spare = Batch::default();
    loop {
        let next = pieces.lock().unwrap_or_else(PoisonError::into_inner).next(&mut piece);
        let Some(number) = next else { return };
        let mut batch: Batch<'_> = spare.emptied();
        source.read_into(&piece, &mut batch);
        let mut turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        while turn.next != number {
            turn = turned.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        turn.analysis.absorb(file, &batch, piece.len());
        turn.next += 1;
        turned.notify_all();
        drop(turn);
        spare = batch.emptied();
    }
}
