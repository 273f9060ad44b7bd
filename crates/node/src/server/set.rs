//! `POST /set`: a SET message in, the party's answer out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;

use counterfoil_party::machine::{Channel, Party};
use counterfoil_secret::Report as _;

use super::answer::{Budget, and_close, not_found, refuse, wrong_method};
use super::http1::{Body, Close, Peer, Service};
use super::limits::Limits;
use crate::actor::{Handle, Refusal};
use crate::metrics::Counter;
use crate::telemetry::Telemetry;

/// The path of SET messages.
pub const PATH: &str = "/set";
/// Media type of payment messages.
pub const PAYMENT: &str = "application/set-payment";
/// Media type of registration messages.
pub const REGISTRATION: &str = "application/set-registration";
/// Media types that wake a wallet (SET 1.0 External Interface Guide); no server takes them.
const INITIATIONS: [&str; 2] =
    ["application/set-payment-initiation", "application/set-registration-initiation"];

/// The media type of a channel that travels over HTTP.
pub fn media_type(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Payment => Some(PAYMENT),
        Channel::Registration => Some(REGISTRATION),
        Channel::Bank => None,
    }
}

/// Answers SET messages through a party.
#[derive(Debug)]
pub struct SetService<P: Party> {
    party: Handle<P>,
    limits: Limits,
    budget: Arc<Budget>,
    answered: Arc<Counter>,
    refused: Arc<Counter>,
}

impl<P: Party> SetService<P> {
    /// A service in front of `party`.
    pub fn new(party: Handle<P>, limits: Limits, telemetry: &Telemetry) -> Self {
        let counter = |outcome| {
            telemetry.registry().counter(
                "counterfoil_set_requests_total",
                "Requests at /set, by whether the party answered.",
                &[("outcome", outcome)],
            )
        };
        Self {
            party,
            limits,
            budget: Budget::new(limits.bodies_bytes_max),
            answered: counter("answered"),
            refused: counter("refused"),
        }
    }

    async fn answer(
        &self,
        peer: Peer,
        request: Request<Body>,
    ) -> Result<Response<Full<Bytes>>, Result<Response<Full<Bytes>>, Close>> {
        let (head, body) = request.into_parts();
        if head.uri.path() != PATH {
            return Err(Ok(and_close(not_found())));
        }
        if head.method != Method::POST {
            return Err(Ok(and_close(wrong_method("POST"))));
        }
        let Some(channel) = channel_of(&head.headers) else {
            return Err(Ok(and_close(wrong_type(&head.headers))));
        };
        let body = body
            .receive(self.limits.message_bytes_max, &self.budget)
            .await
            .map_err(super::answer::BodyRefusal::answer)?;
        let answer = self.party.request(channel, peer.0.to_string(), body);
        let limit = Duration::from_millis(self.limits.answer_ms_max);
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(body)) => Ok(message(channel, body)),
            Ok(Err(Refusal::Dropped)) => Err(Err(Close)),
            Ok(Err(refusal)) => Err(Ok(refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                refusal.id(),
                &refusal.to_string(),
                &refusal.hint(),
            ))),
            Err(_) => Err(Ok(refuse(
                StatusCode::GATEWAY_TIMEOUT,
                "answer-late",
                "the party has no answer yet",
                "send the same bytes again; the party goes on meanwhile",
            ))),
        }
    }
}

impl<P: Party + 'static> Service for SetService<P> {
    async fn respond(
        &self,
        peer: Peer,
        request: Request<Body>,
    ) -> Result<Response<Full<Bytes>>, Close> {
        match self.answer(peer, request).await {
            Ok(response) => {
                self.answered.increment();
                Ok(response)
            }
            Err(refused) => {
                self.refused.increment();
                refused
            }
        }
    }
}

fn message(channel: Channel, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    if let Some(media_type) = media_type(channel) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

/// The channel that the media type names. Parameters are ignored; a coded body is not one of ours.
fn channel_of(headers: &HeaderMap) -> Option<Channel> {
    if headers.contains_key(CONTENT_ENCODING) {
        return None;
    }
    let essence = essence(headers)?;
    [Channel::Payment, Channel::Registration]
        .into_iter()
        .find(|channel| media_type(*channel).is_some_and(|name| essence.eq_ignore_ascii_case(name)))
}

fn essence(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next().map(str::trim)
}

fn wrong_type(headers: &HeaderMap) -> Response<Full<Bytes>> {
    let is_initiation = essence(headers)
        .is_some_and(|essence| INITIATIONS.iter().any(|name| essence.eq_ignore_ascii_case(name)));
    let sentence = if is_initiation {
        "initiation messages are for wallets, not for servers"
    } else {
        "the body is not of a media type of SET"
    };
    refuse(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "media-type-refused",
        sentence,
        "send `Content-Type: application/set-payment` or `application/set-registration`, and no \
         `Content-Encoding`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_follows_the_media_type() {
        let cases = [
            (Some("application/set-payment"), None, Some(Channel::Payment)),
            (Some("Application/SET-Payment; charset=x"), None, Some(Channel::Payment)),
            (Some("application/set-registration"), None, Some(Channel::Registration)),
            (Some("application/set-payment"), Some("gzip"), None),
            (Some("application/set-payment-initiation"), None, None),
            (Some("application/set-registration-initiation"), None, None),
            (Some("application/json"), None, None),
            (Some(""), None, None),
            (None, None, None),
        ];
        for (media_type, coding, expect) in cases {
            let mut headers = HeaderMap::new();
            if let Some(media_type) = media_type {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            }
            if let Some(coding) = coding {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            assert_eq!(channel_of(&headers), expect, "{media_type:?} {coding:?}");
        }
    }
}
