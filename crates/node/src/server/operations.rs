//! The operator's listener: `/livez`, `/readyz`, `/metrics`, `/visitors`, and the party's own API.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;

use counterfoil_party::machine::Party;

use super::answer::{Budget, not_found, refuse, wrong_method};
use super::http1::{Body, Close, Peer, Service};
use super::limits::Limits;
use crate::BoxFuture;
use crate::actor::Handle;
use crate::metrics;
use crate::process;
use crate::telemetry::Telemetry;

/// A party's own routes on the operator's listener, for example the merchant's for shops.
pub trait ApiRoutes<P: Party>: Send + Sync + 'static {
    /// Answers a request, whose body was received within the limits, with the help of the party.
    /// `None` when the path is not one of these routes.
    fn respond(
        &self,
        request: Request<Bytes>,
        party: Handle<P>,
    ) -> BoxFuture<'_, Option<Response<Bytes>>>;
}

/// No routes.
#[derive(Debug, Clone, Copy)]
pub struct NoRoutes;

impl<P: Party> ApiRoutes<P> for NoRoutes {
    fn respond(
        &self,
        _request: Request<Bytes>,
        _party: Handle<P>,
    ) -> BoxFuture<'_, Option<Response<Bytes>>> {
        Box::pin(std::future::ready(None))
    }
}

/// Answers operators, monitoring and shops.
pub struct Operations<P: Party> {
    party: Handle<P>,
    routes: Arc<dyn ApiRoutes<P>>,
    telemetry: Telemetry,
    limits: Limits,
    budget: Arc<Budget>,
}

impl<P: Party> std::fmt::Debug for Operations<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operations").field("party", &self.party).finish_non_exhaustive()
    }
}

impl<P: Party> Operations<P> {
    /// A service about `party`, with its own routes.
    pub fn new(
        party: Handle<P>,
        routes: Arc<dyn ApiRoutes<P>>,
        limits: Limits,
        telemetry: Telemetry,
    ) -> Self {
        Self { party, routes, telemetry, budget: Budget::new(limits.bodies_bytes_max), limits }
    }

    fn ready(&self) -> Response<Full<Bytes>> {
        match self.party.reason() {
            None if self.party.is_ready() => text("ready\n"),
            Some(reason) => {
                refuse(StatusCode::SERVICE_UNAVAILABLE, reason.id, &reason.sentence, &reason.hint)
            }
            None => refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "party-not-ready",
                "the party is starting",
                "ask again in a second",
            ),
        }
    }

    fn visitors(&self) -> Response<Full<Bytes>> {
        let all = serde_json::to_vec(&self.telemetry.visitors().all())
            .expect("invariant: visitors have text keys and plain values");
        let mut response = Response::new(Full::new(Bytes::from(all)));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    fn metrics(&self) -> Response<Full<Bytes>> {
        process::measure(self.telemetry.registry());
        let mut response = text(self.telemetry.registry().text());
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
        response
    }
}

impl<P: Party + 'static> Service for Operations<P> {
    async fn respond(
        &self,
        _peer: Peer,
        request: Request<Body>,
    ) -> Result<Response<Full<Bytes>>, Close> {
        let answer: fn(&Self) -> Response<Full<Bytes>> = match request.uri().path() {
            "/livez" => |_| text("alive\n"),
            "/readyz" => Self::ready,
            "/metrics" => Self::metrics,
            "/visitors" => Self::visitors,
            _ => {
                let (head, body) = request.into_parts();
                let received = body.receive(self.limits.message_bytes_max, &self.budget).await;
                let body = match received {
                    Ok(body) => body,
                    Err(refusal) => return refusal.answer(),
                };
                let request = Request::from_parts(head, Bytes::from(body));
                let answered = self.routes.respond(request, self.party.clone()).await;
                return Ok(answered.map_or_else(not_found, |response| response.map(Full::new)));
            }
        };
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return Ok(wrong_method("GET"));
        }
        Ok(answer(self))
    }
}

fn text(text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
