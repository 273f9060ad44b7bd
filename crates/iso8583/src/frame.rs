//! Messages on a stream: a two-octet big-endian length before each.

use counterfoil_secret::{Fault, Report};

/// Longest message, in octets without its length prefix.
pub const FRAME_BYTES_MAX: usize = 8192;
/// Octets of the length prefix.
pub const PREFIX_BYTES: usize = 2;

/// Why a stream holds no more messages. The connection is of no further use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length of zero.
    #[error("the length prefix announces an empty message")]
    Empty,
    /// A length above [`FRAME_BYTES_MAX`].
    #[error("the message has {length_bytes} octets, the most is {FRAME_BYTES_MAX}")]
    TooLong {
        /// Octets announced or given.
        length_bytes: usize,
    },
}

impl Report for FrameError {
    fn id(&self) -> &'static str {
        match self {
            Self::Empty => "bank-frame-empty",
            Self::TooLong { .. } => "bank-frame-too-long",
        }
    }

    fn hint(&self) -> String {
        "check that the peer writes a two-octet big-endian length before each message".into()
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

/// The message with its length before it.
///
/// # Errors
/// [`FrameError`] when it is empty or too long to send.
pub fn frame(message: &[u8]) -> Result<Vec<u8>, FrameError> {
    check(message.len())?;
    let prefix = [(message.len() >> 8) as u8, message.len() as u8];
    Ok([&prefix, message].concat())
}

/// Takes messages out of a stream that arrives in pieces.
///
/// Holds at most one message, and allocates only for octets that have arrived.
#[derive(Debug, Default)]
pub struct Deframer {
    held: Vec<u8>,
    failed: Option<FrameError>,
}

impl Deframer {
    /// At the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes from `input` until one message is whole, and returns it; none when `input` is used
    /// up first. Call again while `input` is not empty.
    ///
    /// # Errors
    /// [`FrameError`], then and ever after.
    pub fn take(&mut self, input: &mut &[u8]) -> Result<Option<Vec<u8>>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.fill(input, PREFIX_BYTES);
        if self.held.len() < PREFIX_BYTES {
            return Ok(None);
        }
        let length = usize::from(self.held[0]) << 8 | usize::from(self.held[1]);
        if let Err(error) = check(length) {
            self.failed = Some(error);
            return Err(error);
        }
        self.fill(input, PREFIX_BYTES + length);
        if self.held.len() < PREFIX_BYTES + length {
            return Ok(None);
        }
        let message = self.held.split_off(PREFIX_BYTES);
        self.held.clear();
        Ok(Some(message))
    }

    /// Whether the stream may end here: no message is half read.
    pub fn is_between_messages(&self) -> bool {
        self.held.is_empty()
    }

    fn fill(&mut self, input: &mut &[u8], length: usize) {
        let wanted = length.saturating_sub(self.held.len()).min(input.len());
        let (taken, rest) = input.split_at(wanted);
        self.held.extend_from_slice(taken);
        *input = rest;
    }
}

fn check(length_bytes: usize) -> Result<(), FrameError> {
    match length_bytes {
        0 => Err(FrameError::Empty),
        1..=FRAME_BYTES_MAX => Ok(()),
        _ => Err(FrameError::TooLong { length_bytes }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_all(deframer: &mut Deframer, mut input: &[u8]) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        while let Some(message) = deframer.take(&mut input).unwrap() {
            messages.push(message);
        }
        assert!(input.is_empty());
        messages
    }

    #[test]
    fn messages_come_out_whole_however_the_stream_is_cut() {
        let sent = [b"a".to_vec(), vec![b'x'; 300], b"end".to_vec()];
        let stream: Vec<u8> = sent.iter().flat_map(|message| frame(message).unwrap()).collect();
        for piece in [1, 2, 3, 7, 299, stream.len()] {
            let mut deframer = Deframer::new();
            let got: Vec<Vec<u8>> =
                stream.chunks(piece).flat_map(|part| take_all(&mut deframer, part)).collect();
            assert_eq!(got, sent, "in pieces of {piece}");
            assert!(deframer.is_between_messages());
        }
    }

    #[test]
    fn refuses_empty_and_too_long_messages_for_good() {
        assert_eq!(frame(b""), Err(FrameError::Empty));
        let too_long = FrameError::TooLong { length_bytes: FRAME_BYTES_MAX + 1 };
        assert_eq!(frame(&[0; FRAME_BYTES_MAX + 1]), Err(too_long));
        let mut deframer = Deframer::new();
        assert_eq!(deframer.take(&mut &[0x20, 0x01][..]), Err(too_long));
        assert_eq!(deframer.take(&mut &[0, 1, b'a'][..]), Err(too_long));
        assert_eq!(Deframer::new().take(&mut &[0, 0][..]), Err(FrameError::Empty));
    }
}
