//! `dissect`: reads a packet capture, from a file or while it is made.

mod source;

use std::io::{self, BufWriter, StdoutLock, Write};

use clap::Args;
use counterfoil_dissect::dissection::Dissection;
use counterfoil_dissect::follow::Follower;
use counterfoil_dissect::key::Keys;
use counterfoil_dissect::layer::Context;
use counterfoil_dissect::limit::KEY_FILE_BYTES_MAX;
use counterfoil_dissect::message::Event;
use counterfoil_dissect::render;

use super::Command;
use crate::failure::{Failure, Status};
use source::{Piece, Source};

/// Octets that are read at once.
const PIECE_BYTES: usize = 1024 * 1024;

/// Arguments of `dissect`.
#[derive(Debug, Args)]
pub struct Dissect {
    /// A pcap or pcapng file, plain or gzip'ed; `-` reads standard input as it comes
    #[arg(value_name = "FILE|-")]
    file: String,
    /// A party's private key (PEM) or TLS secrets (NSS key log); may be given again
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<String>,
    /// Show one payment across all connections: an XID, or its first 8 digits or more
    #[arg(long, value_name = "XID")]
    follow: Option<String>,
    /// Show every message as a tree of its fields
    #[arg(short, long)]
    verbose: bool,
    /// Print JSON Lines: an object for each message and remark, then a summary
    #[arg(long)]
    json: bool,
}

impl Command for Dissect {
    const NAME: &'static str = "dissect";
    const ABOUT: &'static str = "Read a packet capture: connections, HTTP, TLS, SET, ISO 8583";

    fn run(self) -> Result<Status, Failure> {
        let follower = match &self.follow {
            None => None,
            Some(wanted) => Some(Follower::of(wanted).ok_or_else(|| {
                let hint = "give the XID as dissect prints it, or its first 8 digits or more";
                Failure::input("follow-too-short", format!("{wanted} is too short"), hint)
            })?),
        };
        let context =
            Context { keys: read_keys(&self.keys)?, trees: self.verbose, await_answers: self.json };
        let source = Source::open(&self.file)?;
        let printer = Printer::new(self.json, follower);
        match printer.all(source, Dissection::new(context)) {
            Ok(status) => Ok(status),
            Err(Stop::Failed(failure)) => Err(failure),
            // Whoever read the output has seen enough.
            Err(Stop::Unheard(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Ok(Status::Fine)
            }
            Err(Stop::Unheard(error)) => {
                let said = format!("the output cannot be written: {error}");
                Err(Failure::unseen("output-failed", said, "look at the disk that it goes to"))
            }
        }
    }
}

fn read_keys(files: &[String]) -> Result<Keys, Failure> {
    let mut keys = Keys::default();
    for file in files {
        keys.offer(file, &source::whole(file, KEY_FILE_BYTES_MAX)?)?;
    }
    Ok(keys)
}

/// Why printing ends early.
enum Stop {
    Failed(Failure),
    Unheard(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unheard(error)
    }
}

struct Printer {
    out: BufWriter<StdoutLock<'static>>,
    json: bool,
    follower: Option<Follower>,
}

impl Printer {
    fn new(json: bool, follower: Option<Follower>) -> Self {
        let out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
        Self { out, json, follower }
    }

    /// Reads the source to its end, and prints what is found as it is found.
    fn all(mut self, mut source: Source, mut dissection: Dissection) -> Result<Status, Stop> {
        let failed = |error| Stop::Failed(Failure::of(&error));
        let mut piece = vec![0; PIECE_BYTES];
        let cut = loop {
            match source.read(&mut piece).map_err(Stop::Failed)? {
                Piece::Octets(len) => dissection.feed(&piece[..len]).map_err(failed)?,
                Piece::End => break None,
                Piece::Cut(why) => break Some(why),
            }
            self.events(dissection.events())?;
            self.out.flush()?;
        };
        dissection.finish(cut.as_deref()).map_err(failed)?;
        self.events(dissection.events())?;
        let summary = dissection.summary();
        let is_found = match &self.follower {
            None => true,
            Some(follower) => {
                let ladder = follower.ladder();
                for line in ladder.iter().filter(|_| !self.json) {
                    writeln!(self.out, "{line}")?;
                }
                !ladder.is_empty()
            }
        };
        if !is_found && !self.json {
            writeln!(self.out, "no message carries this id")?;
        }
        if self.json {
            writeln!(self.out, "{}", render::summary_json(&summary))?;
        } else {
            for line in render::summary(&summary) {
                writeln!(self.out, "{line}")?;
            }
        }
        self.out.flush()?;
        let has_errors = summary.remarks[2] > 0;
        Ok(if has_errors || !is_found { Status::Found } else { Status::Fine })
    }

    fn events(&mut self, events: Vec<Event>) -> io::Result<()> {
        for event in events {
            match event {
                Event::Message(message) => match &mut self.follower {
                    Some(follower) if self.json => {
                        if follower.names(&message) {
                            writeln!(self.out, "{}", render::message_json(&message))?;
                        }
                        follower.take(&message);
                    }
                    Some(follower) => follower.take(&message),
                    None if self.json => {
                        writeln!(self.out, "{}", render::message_json(&message))?;
                    }
                    None => {
                        writeln!(self.out, "{}", render::line(&message))?;
                        for line in render::details(&message) {
                            writeln!(self.out, "{line}")?;
                        }
                    }
                },
                Event::Remark(placed) if self.json => {
                    writeln!(self.out, "{}", render::remark_json(&placed))?;
                }
                Event::Remark(placed) if self.follower.is_none() => {
                    writeln!(self.out, "{}", render::remark(&placed))?;
                }
                Event::Remark(_) => {}
            }
        }
        Ok(())
    }
}
