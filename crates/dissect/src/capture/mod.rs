//! Capture files: octets become packets, whatever the chunks in which the octets come.
//!
//! pcap and pcapng, both byte orders, micro- and nanoseconds. The file may be cut off anywhere,
//! and may hold damaged records: reading goes on at the next one that makes sense.

mod bytes;
mod pcap;
mod pcapng;
pub mod write;

use counterfoil_remark::{Kind, Severity};
use counterfoil_secret::{Fault, Report};

use crate::message::Moment;

/// A packet as it was captured.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// Its number, from 1.
    pub frame: u64,
    /// When it was captured.
    pub time: Moment,
    /// What its first octets are (a LINKTYPE of the tcpdump group's list).
    pub link: u16,
    /// The octets that were kept.
    pub bytes: &'a [u8],
    /// How many octets it had on the wire.
    pub wire_len: u32,
}

/// Takes what a capture file holds.
pub trait Sink {
    /// Takes a packet.
    fn packet(&mut self, packet: &Packet<'_>);
    /// Takes TLS secrets that stand in the file (a pcapng Decryption Secrets Block).
    fn key_log(&mut self, content: &[u8]);
    /// Takes a remark on the file: what is so, and at which octet.
    fn remark(&mut self, kind: &'static Kind, summary: String, octet: u64);
}

/// Why octets are not a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// There were none.
    #[error("the capture is empty")]
    Empty,
    /// They begin with no known magic number.
    #[error("this is neither a pcap nor a pcapng capture: it begins with {0:02x?}")]
    Unknown([u8; 4]),
    /// Fewer octets than a file header.
    #[error("the capture ends inside its file header, after {0} octets")]
    Short(u64),
}

impl Report for CaptureError {
    fn id(&self) -> &'static str {
        match self {
            Self::Empty => "capture-empty",
            Self::Unknown(_) => "capture-unknown",
            Self::Short(_) => "capture-short",
        }
    }

    fn hint(&self) -> String {
        "give a file written by tcpdump, dumpcap or Wireshark, plain or gzip'ed".into()
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

static CUT: Kind = Kind {
    id: "capture-cut",
    group: "capture",
    severity: Severity::Warning,
    title: "The capture file ends inside a record.",
    page: "What captured it was stopped, or the file was cut while it was copied. Everything \
           before was read. Messages that were under way are shown as unfinished.\n\nCopy the \
           file again, or capture with `tcpdump -U`, which writes packet by packet.",
    reference: "draft-ietf-opsawg-pcapng section 3",
};

static DAMAGED: Kind = Kind {
    id: "capture-damaged",
    group: "capture",
    severity: Severity::Error,
    title: "A record of the capture file makes no sense.",
    page: "Its length or its type is impossible. Reading went on at the next octet from where \
           records make sense again; packets between are lost.\n\nCopy the file again in binary \
           mode. If it was joined from parts, join them with `mergecap`.",
    reference: "draft-ietf-opsawg-pcap section 5; draft-ietf-opsawg-pcapng section 3",
};

static DROPPED: Kind = Kind {
    id: "capture-dropped",
    group: "capture",
    severity: Severity::Warning,
    title: "The program that captured lost packets itself.",
    page: "The file says that its kernel or its network card dropped packets. Gaps in streams \
           may be gaps of the capture, not of the network.\n\nCapture again with a larger buffer \
           (`tcpdump -B 65536`), a narrower filter, or a smaller snap length.",
    reference: "draft-ietf-opsawg-pcapng section 4.6",
};

/// Everything that can be said of a capture file.
pub const KINDS: &[&Kind] = &[&CUT, &DAMAGED, &DROPPED];

/// Reads a capture in chunks.
#[derive(Debug, Default)]
pub struct Reader {
    held: Vec<u8>,
    /// Octets of the file before `held`.
    before: u64,
    frames: u64,
    format: Format,
    is_lost: bool,
}

#[derive(Debug, Default)]
enum Format {
    #[default]
    Unknown,
    Pcap(pcap::Header),
    Pcapng(pcapng::Section),
}

/// What one look at the next record came to.
enum Step {
    /// It has so many octets, and was taken.
    Took(usize),
    /// More octets are needed.
    More,
    /// It makes no sense.
    Damaged,
}

/// Whether octets can be the beginning of a record.
enum Sense {
    /// They can.
    Some,
    /// They cannot.
    None,
    /// More are needed to tell.
    More,
}

impl Reader {
    /// Takes the next octets of the file.
    ///
    /// # Errors
    /// [`CaptureError`] when the file is no capture; never after its first packet.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), CaptureError> {
        self.held.extend_from_slice(bytes);
        let mut at = 0;
        if matches!(self.format, Format::Unknown) {
            match self.begin()? {
                None => return Ok(()),
                Some(used) => at = used,
            }
        }
        at = self.records(at, false, sink);
        self.held.drain(..at);
        self.before += at as u64;
        Ok(())
    }

    /// Says that no more octets come. `cut` says why the source ended too early, if it did.
    ///
    /// # Errors
    /// [`CaptureError`] when the file was no capture.
    pub fn finish(&mut self, cut: Option<&str>, sink: &mut impl Sink) -> Result<(), CaptureError> {
        let octet = self.octets();
        if matches!(self.format, Format::Unknown) {
            return Err(match self.held.len() {
                0 => CaptureError::Empty,
                _ => CaptureError::Short(octet),
            });
        }
        let used = self.records(0, true, sink);
        self.held.drain(..used);
        if let Some(cut) = cut {
            sink.remark(&CUT, format!("the capture ends too early: {cut}"), octet);
        } else if !self.held.is_empty() && !self.is_lost {
            let rest = self.held.len();
            let said = format!("the file ends {rest} octets into a record");
            sink.remark(&CUT, said, octet);
        }
        self.held.clear();
        Ok(())
    }

    /// Packets so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Octets of the file so far.
    pub fn octets(&self) -> u64 {
        self.before + self.held.len() as u64
    }

    /// Tells the format by the first octets; the octets of the file header.
    fn begin(&mut self) -> Result<Option<usize>, CaptureError> {
        let Some(magic) = self.held.first_chunk::<4>() else { return Ok(None) };
        if *magic == pcapng::SECTION {
            self.format = Format::Pcapng(pcapng::Section::default());
            return Ok(Some(0));
        }
        if !pcap::is_magic(*magic) {
            return Err(CaptureError::Unknown(*magic));
        }
        Ok(pcap::Header::read(&self.held).map(|header| {
            self.format = Format::Pcap(header);
            pcap::FILE_HEADER_BYTES
        }))
    }

    /// Takes records from `at` on; the octets taken in the end. `is_end` when the file has no more.
    fn records(&mut self, mut at: usize, is_end: bool, sink: &mut impl Sink) -> usize {
        loop {
            let rest = &self.held[at..];
            if self.is_lost {
                match self.format.sense(rest, is_end) {
                    Sense::Some => self.is_lost = false,
                    Sense::None => at += 1,
                    Sense::More => return at,
                }
                continue;
            }
            let octet = self.before + at as u64;
            let step = match &mut self.format {
                Format::Pcap(header) => header.record(rest, &mut self.frames, sink),
                Format::Pcapng(section) => section.block(rest, octet, &mut self.frames, sink),
                Format::Unknown => Step::More,
            };
            match step {
                Step::More => return at,
                Step::Took(used) => at += used,
                Step::Damaged => {
                    let said = format!("the record at octet {octet} of the file makes no sense");
                    sink.remark(&DAMAGED, said, octet);
                    self.is_lost = true;
                }
            }
        }
    }
}

impl Format {
    /// Whether a record may begin here, after a damaged one.
    fn sense(&self, rest: &[u8], is_end: bool) -> Sense {
        match self {
            Self::Unknown => Sense::More,
            Self::Pcap(header) => header.sense(rest, is_end),
            Self::Pcapng(section) => section.sense(rest, is_end),
        }
    }
}
