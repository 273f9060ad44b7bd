//! Handshake messages, put together from the records that they are spread over.

use crate::{Malformed, limit::HANDSHAKE_BYTES_MAX, wire::Writer};

/// Which message it is: IANA's "TLS HandshakeType".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HandshakeType(pub u8);

#[allow(missing_docs, reason = "the names are those of the messages")]
impl HandshakeType {
    pub const HELLO_REQUEST: Self = Self(0);
    pub const CLIENT_HELLO: Self = Self(1);
    pub const SERVER_HELLO: Self = Self(2);
    pub const NEW_SESSION_TICKET: Self = Self(4);
    pub const ENCRYPTED_EXTENSIONS: Self = Self(8);
    pub const CERTIFICATE: Self = Self(11);
    pub const SERVER_KEY_EXCHANGE: Self = Self(12);
    pub const CERTIFICATE_REQUEST: Self = Self(13);
    pub const SERVER_HELLO_DONE: Self = Self(14);
    pub const CERTIFICATE_VERIFY: Self = Self(15);
    pub const CLIENT_KEY_EXCHANGE: Self = Self(16);
    pub const FINISHED: Self = Self(20);
    pub const CERTIFICATE_STATUS: Self = Self(22);
    pub const KEY_UPDATE: Self = Self(24);

    /// The registered name, when there is one.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "hello_request",
            1 => "client_hello",
            2 => "server_hello",
            3 => "hello_verify_request",
            4 => "new_session_ticket",
            5 => "end_of_early_data",
            6 => "hello_retry_request",
            8 => "encrypted_extensions",
            9 => "request_connection_id",
            10 => "new_connection_id",
            11 => "certificate",
            12 => "server_key_exchange",
            13 => "certificate_request",
            14 => "server_hello_done",
            15 => "certificate_verify",
            16 => "client_key_exchange",
            20 => "finished",
            21 => "certificate_url",
            22 => "certificate_status",
            23 => "supplemental_data",
            24 => "key_update",
            25 => "compressed_certificate",
            67 => "next_protocol",
            254 => "message_hash",
            _ => return None,
        })
    }
}

/// Octets of the header: type and length.
pub const HEADER_BYTES: usize = 4;

/// One handshake message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Which one.
    pub kind: HandshakeType,
    /// Its content, without the header.
    pub body: Vec<u8>,
}

impl Handshake {
    /// The message with its header.
    pub fn compose(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(self.kind.0).octets(3, &self.body);
        writer.into_octets()
    }
}

/// Puts handshake messages together from the payloads of handshake records.
#[derive(Debug, Clone, Default)]
pub struct Joiner {
    pending: Vec<u8>,
    at: usize,
}

impl Joiner {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the payload of the next handshake record.
    pub fn push(&mut self, payload: &[u8]) {
        if self.at > 0 {
            self.pending.drain(..self.at);
            self.at = 0;
        }
        self.pending.extend_from_slice(payload);
    }

    /// The next whole message; `None` when more octets are needed.
    ///
    /// # Errors
    /// [`Malformed`] when a message says to be longer than [`HANDSHAKE_BYTES_MAX`].
    pub fn next_message(&mut self) -> Result<Option<Handshake>, Malformed> {
        let pending = &self.pending[self.at..];
        let Some(header) = pending.first_chunk::<HEADER_BYTES>() else { return Ok(None) };
        let length = header[1..].iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        if length > HANDSHAKE_BYTES_MAX {
            let why = "longer than a message may be";
            return Err(Malformed { what: "handshake message", why, at: 1 });
        }
        let Some(body) = pending.get(HEADER_BYTES..HEADER_BYTES + length) else { return Ok(None) };
        let message = Handshake { kind: HandshakeType(header[0]), body: body.to_vec() };
        self.at += HEADER_BYTES + length;
        Ok(Some(message))
    }

    /// Octets that wait for the rest of their message.
    pub fn pending(&self) -> usize {
        self.pending.len() - self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_joined_across_records_and_cut_within_one() {
        let message = |kind, body: &[u8]| Handshake { kind, body: body.to_vec() };
        let first = message(HandshakeType::CERTIFICATE, &[7; 300]);
        let second = message(HandshakeType::SERVER_HELLO_DONE, &[]);
        let octets = [first.compose(), second.compose()].concat();
        let mut joiner = Joiner::new();
        joiner.push(&octets[..100]);
        assert_eq!(joiner.next_message(), Ok(None));
        joiner.push(&octets[100..]);
        assert_eq!(joiner.next_message(), Ok(Some(first)));
        assert_eq!(joiner.next_message(), Ok(Some(second)));
        assert_eq!(joiner.next_message(), Ok(None));
    }

    #[test]
    fn a_message_that_says_to_be_endless_is_refused_before_it_is_kept() {
        let mut joiner = Joiner::new();
        joiner.push(&[11, 0xff, 0xff, 0xff]);
        assert_eq!(joiner.next_message().unwrap_err().at, 1);
    }
}
