//! Heads of messages: start line and headers (RFC 9112 sections 2 to 5), and what they say of the
//! body (section 6).

use httparse::{EMPTY_HEADER, Header, Request, Response, Status};

/// Headers of one message.
const HEADERS_MAX: usize = 256;

/// Methods that a message in a capture is recognised by (RFC 9110 section 9, RFC 5789, WebDAV's
/// are left out).
pub(super) const METHODS: [&str; 9] =
    ["GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE "];
/// What an answer begins with.
pub(super) const VERSION: &str = "HTTP/1.";

/// A start line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// Of a request.
    Request {
        /// Its method.
        method: String,
        /// Its target, as written.
        target: String,
    },
    /// Of an answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its reason.
        reason: String,
    },
}

/// A head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The start line.
    pub(super) start: Start,
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub(super) minor: u8,
    /// Names and values that are looked at, and all of them when trees are wanted.
    pub(super) headers: Vec<(String, String)>,
    /// Octets of the head.
    pub(super) len: usize,
    /// What it says of the body.
    pub(super) says: Says,
}

/// What headers say of the body and of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Says {
    /// Content-Length.
    pub(super) length: Option<u64>,
    /// Several that differ, or one that is no number.
    pub(super) bad_length: Option<String>,
    /// Transfer-Encoding ends in `chunked`.
    pub(super) is_chunked: bool,
    /// There is a Transfer-Encoding.
    pub(super) has_coding: bool,
    /// Content-Type in lower case without parameters.
    pub(super) media_type: Option<String>,
    /// Content-Encoding other than identity.
    pub(super) encoding: Option<String>,
    /// Host.
    pub(super) host: Option<String>,
    /// `Expect: 100-continue`.
    pub(super) expects_continue: bool,
}

/// What octets at the beginning of a message are.
pub(super) enum Parsed {
    /// A head.
    Head(Box<Head>),
    /// The beginning of one.
    Partial,
    /// Nothing of the kind, and why.
    Bad(&'static str),
}

/// Whether octets are, or may become, the beginning of a message: `None` when more are needed.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    let fits = |word: &str| {
        let both = word.len().min(bytes.len());
        (word.as_bytes()[..both] == bytes[..both]).then_some(bytes.len() >= word.len())
    };
    let mut may = false;
    for word in METHODS.iter().copied().chain([VERSION]) {
        match fits(word) {
            Some(true) => return Some(true),
            Some(false) => may = true,
            None => {}
        }
    }
    if may { None } else { Some(false) }
}

/// Reads the head at the beginning of `bytes`.
pub(super) fn parse(bytes: &[u8], with_all_headers: bool) -> Parsed {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let is_answer = bytes.starts_with(VERSION.as_bytes());
    let (start, minor, len) = if is_answer {
        let mut answer = Response::new(&mut headers);
        let len = match answer.parse(bytes) {
            Ok(Status::Complete(len)) => len,
            Ok(Status::Partial) => return Parsed::Partial,
            Err(error) => return Parsed::Bad(name(error)),
        };
        let (status, reason) = (answer.code, answer.reason);
        let start = Start::Answer {
            status: status.unwrap_or_default(),
            reason: reason.unwrap_or_default().to_owned(),
        };
        (start, answer.version, len)
    } else {
        let mut request = Request::new(&mut headers);
        let len = match request.parse(bytes) {
            Ok(Status::Complete(len)) => len,
            Ok(Status::Partial) => return Parsed::Partial,
            Err(error) => return Parsed::Bad(name(error)),
        };
        let (method, target) = (request.method, request.path);
        let start = Start::Request {
            method: method.unwrap_or_default().to_owned(),
            target: target.unwrap_or_default().to_owned(),
        };
        (start, request.version, len)
    };
    let mut says = Says::default();
    let mut kept = Vec::new();
    for header in headers.iter().take_while(|header| !header.name.is_empty()) {
        says.learn(header);
        if with_all_headers {
            let value = String::from_utf8_lossy(header.value).into_owned();
            kept.push((header.name.to_owned(), value));
        }
    }
    let minor = minor.unwrap_or_default();
    Parsed::Head(Box::new(Head { start, minor, headers: kept, len, says }))
}

fn name(error: httparse::Error) -> &'static str {
    use httparse::Error;
    match error {
        Error::HeaderName => "a header name that cannot be",
        Error::HeaderValue => "a header value that cannot be",
        Error::NewLine => "a line without its end",
        Error::Status => "a status that is no number",
        Error::Token => "a character that cannot be in a start line",
        Error::TooManyHeaders => "more headers than are read",
        Error::Version => "a version that is not HTTP/1",
    }
}

impl Says {
    fn learn(&mut self, header: &Header<'_>) {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        let text = || String::from_utf8_lossy(header.value).trim().to_ascii_lowercase();
        match header.name.len() {
            14 if is("content-length") => self.learn_length(&text()),
            17 if is("transfer-encoding") => {
                self.has_coding = true;
                self.is_chunked = text().rsplit(',').next().is_some_and(|c| c.trim() == "chunked");
            }
            12 if is("content-type") => {
                let text = text();
                let media_type = text.split(';').next().unwrap_or_default().trim();
                self.media_type = (!media_type.is_empty()).then(|| media_type.to_owned());
            }
            16 if is("content-encoding") => {
                self.encoding = Some(text()).filter(|coding| coding != "identity");
            }
            4 if is("host") => self.host = Some(text()),
            6 if is("expect") => self.expects_continue = text() == "100-continue",
            _ => {}
        }
    }

    /// Equal values may be repeated in one header or several (RFC 9112 section 6.3, rule 5).
    fn learn_length(&mut self, text: &str) {
        for part in text.split(',').map(str::trim) {
            let is_digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let value = is_digits.then(|| part.parse::<u64>().ok()).flatten();
            match (value, self.length) {
                (None, _) => self.bad_length = Some(part.chars().take(32).collect()),
                (Some(new), Some(old)) if new != old => {
                    self.bad_length = Some(format!("{old} and {new}"));
                }
                (Some(new), _) => self.length = Some(new),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        match parse(text.as_bytes(), true) {
            Parsed::Head(head) => *head,
            Parsed::Partial => panic!("partial"),
            Parsed::Bad(why) => panic!("{why}"),
        }
    }

    #[test]
    fn reads_what_headers_say_of_the_body() {
        let head = head(
            "POST /a HTTP/1.1\r\nHost: Shop\r\nContent-Length: 5, 5\r\n\
             Content-Type: Text/Plain; charset=x\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n",
        );
        let Says { length, bad_length, is_chunked, media_type, host, .. } = head.says;
        assert_eq!((length, bad_length, is_chunked), (Some(5), None, true));
        assert_eq!((media_type.as_deref(), host.as_deref()), (Some("text/plain"), Some("shop")));
        assert_eq!(head.headers.len(), 4);
    }

    #[test]
    fn tells_lengths_that_differ_or_are_none() {
        for (value, bad) in
            [("5, 6", "5 and 6"), ("-1", "-1"), ("+5", "+5"), ("", ""), ("5 5", "5 5")]
        {
            let text = format!("GET / HTTP/1.1\r\nContent-Length: {value}\r\n\r\n");
            assert_eq!(head(&text).says.bad_length.as_deref(), Some(bad), "{value}");
        }
    }

    #[test]
    fn tells_the_beginning_of_a_message() {
        assert_eq!(begins(b"POST /x"), Some(true));
        assert_eq!(begins(b"HTTP/1.1 200"), Some(true));
        assert_eq!(begins(b"PO"), None);
        assert_eq!(begins(b"\x16\x03\x01"), Some(false));
        assert_eq!(begins(b"HTTP/2"), Some(false));
    }
}
