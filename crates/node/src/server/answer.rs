//! Receiving bodies within the limits, and the answers that are not the party's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body as _;
use serde::Serialize;

use super::http1::{Body, Close};
use super::pulse::Step;

/// Seconds after which a refused peer should ask again.
const RETRY_AFTER_SECONDS: &str = "1";
/// Octets of a refused body that are read and thrown away, so that the answer reaches its sender.
const DISCARD_BYTES_MAX: usize = 1024 * 1024;

/// A refusal as the body of an answer.
#[derive(Debug, Serialize)]
struct Explanation<'a> {
    id: &'a str,
    error: &'a str,
    hint: &'a str,
}

/// An answer that explains itself in JSON.
pub(super) fn refuse(
    status: StatusCode,
    id: &str,
    sentence: &str,
    hint: &str,
) -> Response<Full<Bytes>> {
    let body = serde_json::to_vec(&Explanation { id, error: sentence, hint })
        .expect("invariant: text can be written as JSON");
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    }
    response
}

pub(super) fn not_found() -> Response<Full<Bytes>> {
    refuse(
        StatusCode::NOT_FOUND,
        "path-unknown",
        "there is nothing at this path",
        "SET messages go to /set; operators look at /livez, /readyz, /metrics and /visitors",
    )
}

/// Refuses a method, naming the one that is allowed.
pub(super) fn wrong_method(allowed: &'static str) -> Response<Full<Bytes>> {
    let mut response = refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-refused",
        "this path does not know that method",
        "use the method that the header `Allow` names",
    );
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Adds that the connection closes after this answer.
#[must_use]
pub(super) fn and_close(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Octets of bodies that are being received, in all.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicUsize,
    bytes_max: usize,
}

impl Budget {
    pub(super) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { used: AtomicUsize::new(0), bytes_max })
    }

    fn begin(self: &Arc<Self>) -> Reservation {
        Reservation { budget: Arc::clone(self), bytes: 0 }
    }
}

/// A part of the budget, given back on drop.
struct Reservation {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Reservation {
    /// Takes more of the budget for octets that have arrived; false when it is used up.
    fn grow(&mut self, bytes: usize) -> bool {
        let used = self.budget.used.fetch_add(bytes, Ordering::AcqRel);
        self.bytes += bytes;
        used.saturating_add(bytes) <= self.budget.bytes_max
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// Why a body was not received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyRefusal {
    /// Longer than the limit.
    TooLarge,
    /// All bodies together are too long.
    NoRoom,
    /// The connection broke.
    Broken,
}

impl BodyRefusal {
    /// The answer to it.
    pub(super) fn answer(self) -> Result<Response<Full<Bytes>>, Close> {
        match self {
            Self::TooLarge => Ok(and_close(refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "the body is longer than this party accepts",
                "send less, or raise `limits.message_bytes_max` at the receiver",
            ))),
            Self::NoRoom => Ok(and_close(refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "bodies-too-large",
                "too much is being received at once",
                "send the same bytes again in a few seconds",
            ))),
            Self::Broken => Err(Close),
        }
    }
}

impl Body {
    /// Receives the whole body, at most `bytes_max`, counting it against `budget` meanwhile.
    pub(super) async fn receive(
        self,
        bytes_max: usize,
        budget: &Arc<Budget>,
    ) -> Result<Vec<u8>, BodyRefusal> {
        let Self { mut incoming, pulse, waits } = self;
        let announced = usize::try_from(incoming.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > bytes_max {
            if !waits {
                discard(&mut incoming).await;
            }
            return Err(BodyRefusal::TooLarge);
        }
        let mut reservation = budget.begin();
        let mut body = Vec::new();
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|_| BodyRefusal::Broken)?;
            let Ok(octets) = frame.into_data() else { continue };
            if octets.len() > bytes_max - body.len() {
                discard(&mut incoming).await;
                return Err(BodyRefusal::TooLarge);
            }
            if !reservation.grow(octets.len()) {
                return Err(BodyRefusal::NoRoom);
            }
            if body.is_empty() {
                // Most bodies arrive in one piece, which is then taken as it is.
                body = Vec::from(octets);
            } else {
                body.extend_from_slice(&octets);
            }
        }
        pulse.enter(Step::Answer);
        Ok(body)
    }
}

/// Reads on for a while: a connection that is closed with octets unread is reset, and its peer
/// may never see the answer. The time for the body still runs.
async fn discard(incoming: &mut hyper::body::Incoming) {
    let mut left = DISCARD_BYTES_MAX;
    while let Some(Ok(frame)) = incoming.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        if length >= left {
            break;
        }
        left -= length;
    }
}
