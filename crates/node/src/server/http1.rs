//! HTTP/1.1 on one connection, every step of it timed.

use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::EXPECT;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::limits::Limits;
use super::listener::{Protocol, Stop};
use super::pulse::{Pulse, Step, Watched};
use super::visitors::Visit;
use crate::telemetry::Telemetry;

/// The smallest head buffer that the HTTP library works with.
const HEAD_BYTES_MIN: usize = 8 * 1024;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Answers requests. An error closes the connection without an answer.
pub trait Service: Send + Sync + 'static {
    /// Answers one request.
    fn respond(
        &self,
        peer: Peer,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Full<Bytes>>, Close>> + Send;
}

/// Closes a connection without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close;

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed without an answer")
    }
}

impl std::error::Error for Close {}

/// A request's body, with what is needed to receive it within the limits.
#[derive(Debug)]
pub struct Body {
    pub(super) incoming: Incoming,
    pub(super) pulse: Arc<Pulse>,
    /// The peer sends it only when told to go on (`Expect: 100-continue`).
    pub(super) waits: bool,
}

/// HTTP/1.1 in front of a service.
#[derive(Debug)]
pub struct Http<S> {
    service: S,
    limits: Limits,
    telemetry: Telemetry,
    listener: &'static str,
}

impl<S: Service> Http<S> {
    /// Speaks HTTP for `service`; `listener` tells it apart in metrics.
    pub fn new(listener: &'static str, service: S, limits: Limits, telemetry: Telemetry) -> Self {
        Self { service, limits, telemetry, listener }
    }
}

impl<S: Service> Protocol for Http<S> {
    async fn drive<T>(&self, stream: T, visit: Visit, mut stop: Stop)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let address = visit.address;
        let visit = Arc::new(visit);
        let pulse = Arc::new(Pulse::new(self.limits, Arc::clone(&visit)));
        let service = service_fn(|request: Request<Incoming>| {
            pulse.enter(Step::Body);
            let (pulse, visit) = (Arc::clone(&pulse), Arc::clone(&visit));
            async move {
                let waits = request.headers().contains_key(EXPECT);
                let body_pulse = Arc::clone(&pulse);
                let request = request.map(|incoming| Body { incoming, pulse: body_pulse, waits });
                let response = self.service.respond(Peer(address), request).await;
                let status = response.as_ref().map(Response::status);
                visit.answered(!status.is_ok_and(|status| status.is_success()));
                pulse.enter(Step::Write);
                response
            }
        });
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&pulse)));
        let mut connection = pin!(
            http1::Builder::new()
                .max_headers(self.limits.headers_max)
                .max_buf_size(self.limits.head_bytes_max.max(HEAD_BYTES_MIN))
                .auto_date_header(false)
                .serve_connection(io, service)
        );
        let mut stopping = pin!(stop.told());
        let mut stopped = false;
        let mut alarm = pin!(tokio::time::sleep_until(pulse.deadline()));
        let timed_out = poll_fn(|cx| {
            if !stopped && stopping.as_mut().poll(cx).is_ready() {
                stopped = true;
                connection.as_mut().graceful_shutdown();
            }
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            poll_alarm(&mut alarm, &pulse, cx).map(Some)
        })
        .await;
        if let Some(step) = timed_out {
            if matches!(step, Step::Head | Step::Body) {
                visit.timed_out();
            }
            self.telemetry
                .registry()
                .counter(
                    "counterfoil_connections_timed_out_total",
                    "Connections closed because a step took too long, by step.",
                    &[("listener", self.listener), ("step", step.name())],
                )
                .increment();
        }
    }
}

/// Ready with the step whose time is over. The timer is moved only to be earlier or when it
/// fires, so that the ordinary course of a request does not touch it.
fn poll_alarm(
    alarm: &mut Pin<&mut tokio::time::Sleep>,
    pulse: &Pulse,
    cx: &mut Context<'_>,
) -> Poll<Step> {
    loop {
        let deadline = pulse.deadline();
        if deadline < alarm.deadline() {
            alarm.as_mut().reset(deadline);
        }
        if alarm.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        if tokio::time::Instant::now() >= deadline {
            return Poll::Ready(pulse.step());
        }
        alarm.as_mut().reset(deadline);
    }
}
