//! Bodies: where they end (RFC 9112 sections 6 and 7), and what is kept of them.

use crate::layer::{Document, DocumentLayer, Readers};
use crate::limit::{BODY_BYTES_MAX, CHUNK_LINE_BYTES_MAX, OPENING_BYTES_MAX};
use crate::message::{Direction, Moment};
use crate::tree::Span;

use super::head::{Head, Start};

/// Where the body ends, and how far it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many octets.
    Length(u64),
    /// With the connection.
    UntilClose,
    /// At the beginning of a chunk.
    ChunkSize,
    /// Inside a chunk, so many octets before its end.
    ChunkData(u64),
    /// At the end of line after a chunk.
    ChunkEnd,
    /// After the last chunk.
    Trailers,
}

impl Framing {
    /// Where the body of a message ends; `method` is that of the request.
    pub(super) fn of(head: &Head, method: Option<&str>) -> Self {
        if let Start::Answer { status, .. } = head.start
            && (status < 200 || status == 204 || status == 304 || method == Some("HEAD"))
        {
            return Self::Length(0);
        }
        let says = &head.says;
        match says.length {
            _ if says.is_chunked => Self::ChunkSize,
            _ if says.has_coding || says.bad_length.is_some() => Self::UntilClose,
            Some(length) => Self::Length(length),
            None if matches!(head.start, Start::Request { .. }) => Self::Length(0),
            None => Self::UntilClose,
        }
    }
}

/// What one look at the next octets of a body came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// So many octets are of the body.
    Data(&'a [u8]),
    /// So many octets are of the framing.
    Framing(usize),
    /// More are needed.
    More,
    /// It ended, after so many octets of framing.
    Done(usize),
    /// The framing is broken.
    Bad,
}

impl Framing {
    /// Looks at the next octets.
    pub(super) fn step<'a>(&mut self, bytes: &'a [u8]) -> Step<'a> {
        match self {
            Self::Length(0) => Step::Done(0),
            _ if bytes.is_empty() => Step::More,
            Self::Length(left) => {
                let len = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= len as u64;
                Step::Data(&bytes[..len])
            }
            Self::UntilClose => Step::Data(bytes),
            Self::ChunkData(0) => {
                *self = Self::ChunkEnd;
                Step::Framing(0)
            }
            Self::ChunkData(left) => {
                let len = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= len as u64;
                Step::Data(&bytes[..len])
            }
            Self::ChunkEnd => match line(bytes) {
                Line::Whole(b"", used) => {
                    *self = Self::ChunkSize;
                    Step::Framing(used)
                }
                Line::Partial => Step::More,
                Line::Whole(..) | Line::TooLong => Step::Bad,
            },
            Self::ChunkSize => match line(bytes) {
                Line::Whole(text, used) => match chunk_size(text) {
                    Some(0) => {
                        *self = Self::Trailers;
                        Step::Framing(used)
                    }
                    Some(size) => {
                        *self = Self::ChunkData(size);
                        Step::Framing(used)
                    }
                    None => Step::Bad,
                },
                Line::Partial => Step::More,
                Line::TooLong => Step::Bad,
            },
            Self::Trailers => match line(bytes) {
                Line::Whole(b"", used) => Step::Done(used),
                Line::Whole(_, used) => Step::Framing(used),
                Line::Partial => Step::More,
                Line::TooLong => Step::Bad,
            },
        }
    }

    /// Steps over octets that are missing; whether it is still known where the body ends.
    pub(super) fn skip(&mut self, missing: u64) -> bool {
        match self {
            Self::Length(left) | Self::ChunkData(left) if missing <= *left => {
                *left -= missing;
                true
            }
            Self::UntilClose => true,
            _ => false,
        }
    }
}

enum Line<'a> {
    /// Without its end, and how many octets with it.
    Whole(&'a [u8], usize),
    Partial,
    TooLong,
}

fn line(bytes: &[u8]) -> Line<'_> {
    let window = &bytes[..bytes.len().min(CHUNK_LINE_BYTES_MAX)];
    match window.iter().position(|b| *b == b'\n') {
        Some(at) => Line::Whole(window[..at].strip_suffix(b"\r").unwrap_or(&window[..at]), at + 1),
        None if window.len() == CHUNK_LINE_BYTES_MAX => Line::TooLong,
        None => Line::Partial,
    }
}

/// The size before extensions: hexadecimal digits alone.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|b| *b == b';').next()?.trim_ascii();
    let text = std::str::from_utf8(digits).ok()?;
    let is_hex = !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

/// What is kept of a body.
#[derive(Default)]
pub(super) struct Kept {
    /// Octets that came.
    pub(super) received: u64,
    /// Octets that are missing from the capture.
    pub(super) missing: u64,
    /// The body, or its beginning.
    pub(super) bytes: Vec<u8>,
    /// The layer that reads it.
    pub(super) reader: Option<&'static DocumentLayer>,
    asked: bool,
    keeps_all: bool,
}

impl Kept {
    /// Takes octets of the body. All are kept (up to a limit) if a layer reads them or `keep`.
    pub(super) fn take(
        &mut self,
        data: &[u8],
        keep: bool,
        media_type: Option<&str>,
        direction: Direction,
    ) {
        if !self.asked && !data.is_empty() {
            self.asked = true;
            self.reader = reader(data, media_type, direction);
            self.keeps_all = keep || self.reader.is_some();
        }
        self.received += data.len() as u64;
        let most = if self.keeps_all { BODY_BYTES_MAX } else { BEGINNING_BYTES };
        let room = most.saturating_sub(self.bytes.len());
        if self.missing == 0 && room > 0 {
            self.bytes.extend_from_slice(&data[..data.len().min(room)]);
        }
    }

    /// Whether `bytes` is the whole body.
    pub(super) fn is_all(&self) -> bool {
        self.missing == 0 && self.bytes.len() as u64 == self.received
    }
}

/// Octets that are kept of every body, to tell whether it is what its header says.
const BEGINNING_BYTES: usize = 16;

/// The layer that a body fits best.
fn reader(
    data: &[u8],
    media_type: Option<&str>,
    direction: Direction,
) -> Option<&'static DocumentLayer> {
    let bytes = &data[..data.len().min(OPENING_BYTES_MAX)];
    let span = Span::of("body", 0, bytes.len() as u64);
    let (time, subject) = (Moment::default(), "");
    Readers::recognise(&Document {
        media_type,
        bytes,
        span,
        is_whole: false,
        direction,
        time,
        subject,
    })
}

/// What a body plainly is, when that is not what its media type says.
pub(super) fn is_other(media_type: &str, beginning: &[u8]) -> Option<&'static str> {
    let first = *beginning.trim_ascii_start().first()?;
    let looks = match first {
        b'<' => "markup",
        b'{' | b'[' => "JSON",
        _ => "",
    };
    let is = |part: &str| media_type == part || media_type.ends_with(part);
    if is("json") {
        let begins_json = matches!(first, b'{' | b'[' | b'"' | b'-' | b't' | b'f' | b'n');
        return (!begins_json && !first.is_ascii_digit()).then_some(if looks.is_empty() {
            "something else"
        } else {
            looks
        });
    }
    let is_binary = media_type.starts_with("application/set-");
    if is_binary {
        return (!looks.is_empty()).then_some(looks);
    }
    (is("html") || is("xml")).then_some(looks).filter(|looks| *looks == "JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body of `bytes`, given octet by octet, and what follows it.
    fn read(mut framing: Framing, bytes: &[u8]) -> Result<(Vec<u8>, usize), ()> {
        let (mut body, mut at, mut end) = (Vec::new(), 0, 0);
        while end <= bytes.len() {
            match framing.step(&bytes[at..end]) {
                Step::Data(data) => {
                    body.extend_from_slice(data);
                    at += data.len();
                }
                Step::Framing(used) => at += used,
                Step::More => end += 1,
                Step::Done(used) => return Ok((body, at + used)),
                Step::Bad => return Err(()),
            }
        }
        Err(())
    }

    #[test]
    fn chunks_are_joined_and_trailers_stepped_over() {
        let text = b"4;x=y\r\nabcd\r\n00A\r\n0123456789\r\n0\r\nA: b\r\n\r\nnext";
        assert_eq!(read(Framing::ChunkSize, text), Ok((b"abcd0123456789".to_vec(), 41)));
        for bad in [
            "x\r\n",
            "\r\n",
            "4\r\nabcdX\r\n",
            "-1\r\n",
            "0x4\r\nabcd\r\n",
            "1FFFFFFFFFFFFFFFF\r\n",
        ] {
            assert_eq!(read(Framing::ChunkSize, bad.as_bytes()), Err(()), "{bad}");
        }
        assert_eq!(read(Framing::Length(3), b"abcdef"), Ok((b"abc".to_vec(), 3)));
    }

    #[test]
    fn gaps_are_stepped_over_where_the_end_is_still_known() {
        let mut framing = Framing::Length(10);
        assert!(framing.skip(4) && framing == Framing::Length(6) && !framing.skip(7));
        assert!(Framing::UntilClose.skip(1) && !Framing::ChunkSize.skip(1));
    }

    #[test]
    fn tells_a_body_that_is_not_what_it_is_said_to_be() {
        assert_eq!(is_other("application/set-payment", b"<html>"), Some("markup"));
        assert_eq!(is_other("application/set-payment", b"0\x82\x01"), None);
        assert_eq!(is_other("application/json", b" <!doctype"), Some("markup"));
        assert_eq!(is_other("application/json", b"  {}"), None);
        assert_eq!(is_other("text/html", b"{\"a\""), Some("JSON"));
        assert_eq!(is_other("text/plain", b"<"), None);
    }
}
