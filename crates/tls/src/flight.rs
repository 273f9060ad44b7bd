//! [`FlightReader`]: what a server answers a hello with, put together as octets arrive.

use crate::{
    Malformed, Version,
    alert::Alert,
    handshake::{Handshake, HandshakeType as H, Joiner},
    limit::{ANSWER_BYTES_MAX, RECORDS_MAX},
    message::{CertificateRequest, Chain, ServerKeyExchange, certificate_status},
    record::{self, ContentType, Record},
    server_hello::ServerHello,
    ssl2, suite,
};

/// The first flight of a server, as far as it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flight {
    /// The hello; a HelloRetryRequest is one, too.
    pub hello: Option<ServerHello>,
    /// The answer of a server that speaks SSL 2.0.
    pub ssl2: Option<ssl2::ServerHello>,
    /// The certificates, when they are not encrypted.
    pub chain: Option<Chain>,
    /// The stapled OCSP response, when it is not encrypted.
    pub stapled_ocsp: Option<Vec<u8>>,
    /// The server's share of the key exchange.
    pub key_exchange: Option<ServerKeyExchange>,
    /// What it asks of a client's certificate, when that is not encrypted.
    pub certificate_request: Option<CertificateRequest>,
    /// Has it said all that it says before it is the client's turn?
    pub done: bool,
    /// Alerts in clear, warnings included.
    pub alerts: Vec<Alert>,
    /// Octets that came.
    pub bytes: usize,
    /// The first octets, to show of a server that speaks something else.
    pub start: Vec<u8>,
    /// Why reading ended: this is not TLS, or not as it should be.
    pub problem: Option<Malformed>,
}

impl Flight {
    /// The first alert that ends the connection.
    pub fn fatal_alert(&self) -> Option<Alert> {
        self.alerts.iter().copied().find(|alert| alert.is_fatal())
    }

    /// The version that the server has chosen.
    pub fn version(&self) -> Option<Version> {
        match (&self.hello, &self.ssl2) {
            (Some(hello), _) => Some(hello.negotiated()),
            (None, Some(_)) => Some(Version::SSL2),
            (None, None) => None,
        }
    }
}

/// Octets of an answer that are kept to show what it is.
const START_BYTES: usize = 64;

/// Takes octets in any portions.
#[derive(Debug, Clone, Default)]
pub struct FlightReader {
    flight: Flight,
    pending: Vec<u8>,
    joiner: Joiner,
    messages: Vec<Handshake>,
    records: usize,
    over: bool,
}

impl FlightReader {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next octets; says whether the answer is over: complete, refused, or not TLS.
    pub fn push(&mut self, octets: &[u8]) -> bool {
        if self.over {
            return true;
        }
        self.flight.bytes += octets.len();
        let room = START_BYTES.saturating_sub(self.flight.start.len());
        self.flight.start.extend_from_slice(&octets[..room.min(octets.len())]);
        self.pending.extend_from_slice(octets);
        if let Err(problem) = self.read() {
            self.flight.problem = Some(problem);
            self.over = true;
        }
        if self.flight.bytes > ANSWER_BYTES_MAX || self.records > RECORDS_MAX {
            let why = "longer than an answer may be";
            self.flight.problem = Some(Malformed { what: "answer", why, at: self.flight.bytes });
            self.over = true;
        }
        self.over
    }

    /// What has come so far.
    pub fn flight(&self) -> &Flight {
        &self.flight
    }

    /// What has come.
    pub fn into_flight(self) -> Flight {
        self.flight
    }

    /// The handshake messages as they came: what a Finished message is computed over.
    pub fn messages(&self) -> &[Handshake] {
        &self.messages
    }

    fn read(&mut self) -> Result<(), Malformed> {
        let pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        if self.records == 0 && ssl2::begins_with_server_hello(&pending) == Some(true) {
            if let Some((body, _)) = ssl2::read_record(&pending)? {
                self.flight.ssl2 = Some(ssl2::ServerHello::read(body)?);
                self.end();
            }
            self.pending = pending;
            return Ok(());
        }
        // An answer of SSL 2.0 that is not whole enough to be told.
        let undecided = pending.len() < 7 && pending.first().is_some_and(|first| first & 0x80 != 0);
        while !undecided && !self.over {
            let Some(record) = record::read(&pending[at..])? else { break };
            self.records += 1;
            self.take(&record)?;
            at += record.len();
        }
        self.pending = pending[at..].to_vec();
        Ok(())
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), Malformed> {
        match record.content_type {
            ContentType::ALERT => {
                let alert = Alert::read(record.payload)?;
                self.flight.alerts.push(alert);
                self.over |= alert.is_fatal() || alert.description == crate::alert::CLOSE_NOTIFY;
            }
            ContentType::HANDSHAKE => {
                self.joiner.push(record.payload);
                while let Some(message) = self.joiner.next_message()? {
                    self.message(&message)?;
                    self.messages.push(message);
                    if self.over {
                        break;
                    }
                }
            }
            _ => {
                let why = "neither alert nor handshake in answer to a hello";
                return Err(Malformed { what: "answer", why, at: self.flight.bytes });
            }
        }
        Ok(())
    }

    fn message(&mut self, message: &Handshake) -> Result<(), Malformed> {
        let version = self.flight.version().unwrap_or(Version::TLS12);
        let body = &message.body;
        match message.kind {
            H::SERVER_HELLO => {
                let hello = ServerHello::read(body)?;
                let encrypted = hello.negotiated() == Version::TLS13;
                self.flight.hello = Some(hello);
                if encrypted {
                    self.end();
                }
            }
            H::CERTIFICATE => self.flight.chain = Some(Chain::read(body, version)),
            H::CERTIFICATE_STATUS => self.flight.stapled_ocsp = certificate_status::read(body)?,
            H::SERVER_KEY_EXCHANGE => {
                let suite = self.flight.hello.as_ref().and_then(|h| suite::find(h.cipher_suite));
                if let Some(suite) = suite {
                    let exchange = ServerKeyExchange::read(body, suite, version)?;
                    self.flight.key_exchange = Some(exchange);
                }
            }
            H::CERTIFICATE_REQUEST => {
                let request = CertificateRequest::read(body, version)?;
                self.flight.certificate_request = Some(request);
            }
            H::SERVER_HELLO_DONE => self.end(),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        self.flight.done = true;
        self.over = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(level: u8, description: u8) -> Vec<u8> {
        record::compose(ContentType::ALERT, Version::TLS10, &[level, description])
    }

    #[test]
    fn an_answer_that_drips_in_is_put_together() {
        let hello = ServerHello {
            version: Version::TLS12,
            random: [1; 32],
            session_id: Vec::new(),
            cipher_suite: 0x002f,
            compression: 0,
            extensions: crate::extension::Extensions::default(),
        };
        let done = Handshake { kind: H::SERVER_HELLO_DONE, body: Vec::new() };
        let messages = [hello.compose().compose(), done.compose()].concat();
        let stream = record::compose(ContentType::HANDSHAKE, Version::TLS12, &messages);
        let mut reader = FlightReader::new();
        let over: Vec<bool> = stream.iter().map(|octet| reader.push(&[*octet])).collect();
        assert_eq!(over.iter().filter(|over| **over).count(), 1, "over with the last octet");
        assert!(reader.flight().done && reader.flight().hello == Some(hello));
    }

    #[test]
    fn a_warning_does_not_end_an_answer_and_a_fatal_alert_does() {
        let mut reader = FlightReader::new();
        assert!(!reader.push(&alert(1, 112)));
        assert!(reader.push(&alert(2, 40)));
        assert_eq!(reader.flight().fatal_alert().unwrap().name(), "handshake_failure");
    }

    #[test]
    fn what_is_not_tls_is_told_with_how_it_begins() {
        let mut reader = FlightReader::new();
        assert!(reader.push(b"HTTP/1.1 400 Bad Request\r\n"));
        assert!(reader.flight().problem.is_some());
        assert!(reader.flight().start.starts_with(b"HTTP/1.1"));
    }

    #[test]
    fn endless_empty_records_are_not_read_for_ever() {
        let empty = [22, 3, 3, 0, 0];
        let mut reader = FlightReader::new();
        let pushed = std::iter::repeat_with(|| reader.push(&empty)).take(RECORDS_MAX + 2);
        assert!(pushed.last().unwrap());
        assert!(reader.flight().problem.is_some());
    }
}
