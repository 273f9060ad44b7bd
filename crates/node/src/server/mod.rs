//! HTTP/1.1 servers: the party's `/set` over TLS 1.3, and the operator's on the loopback.
//!
//! Every connection is counted, every step of it has a time and every body a size: a silent or
//! slow peer costs a place in a table and never a worker.

mod answer;
mod doorkeeper;
pub mod limits;
mod operations;
mod pulse;
pub mod set;

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::EXPECT;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use counterfoil_party::event::Event;

use self::doorkeeper::{Admission, Doorkeeper};
pub use self::limits::Limits;
pub use self::operations::{ApiRoutes, NoRoutes, Operations};
use self::pulse::{Pulse, Watched};
pub use self::set::SetService;
use crate::metrics::Counter;
use crate::telemetry::Telemetry;
use crate::tls::ServerTls;

/// Pause after the system refused a connection for want of descriptors or memory.
const ACCEPT_PAUSE_MS: u64 = 50;

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

impl std::fmt::Display for Close {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is closed without an answer")
    }
}

impl std::error::Error for Close {}

/// A request's body, with what is needed to receive it within the limits.
#[derive(Debug)]
pub struct Body {
    incoming: Incoming,
    pulse: Arc<Pulse>,
    /// The peer sends it only when told to go on (`Expect: 100-continue`).
    waits: bool,
}

/// One listener with its limits.
pub struct Server<S> {
    service: Arc<S>,
    tls: Option<ServerTls>,
    limits: Limits,
    doorkeeper: Arc<Doorkeeper>,
    telemetry: Telemetry,
    name: &'static str,
    handshakes_failed: Arc<Counter>,
}

impl<S> std::fmt::Debug for Server<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<S: Service> Server<S> {
    /// A server that answers through `service`, over TLS when `tls` is given. `name` (`set`,
    /// `operations`) tells it apart in metrics.
    pub fn new(
        name: &'static str,
        service: S,
        tls: Option<ServerTls>,
        limits: Limits,
        telemetry: Telemetry,
    ) -> Self {
        let registry = telemetry.registry();
        let open = registry.gauge(
            "counterfoil_connections_open",
            "Open connections by listener.",
            &[("listener", name)],
        );
        let handshakes_failed = registry.counter(
            "counterfoil_tls_handshakes_failed_total",
            "Connections whose TLS handshake failed or took too long.",
            &[("listener", name)],
        );
        Self {
            service: Arc::new(service),
            tls,
            doorkeeper: Doorkeeper::new(&limits, open),
            limits,
            telemetry,
            name,
            handshakes_failed,
        }
    }

    /// Accepts connections until `stop` turns true; then lets those that are open finish the
    /// request they are in, at most `drain`, and closes the rest.
    pub async fn run(
        self,
        listener: TcpListener,
        mut stop: watch::Receiver<bool>,
        drain: Duration,
    ) {
        let server = Arc::new(self);
        let mut connections = JoinSet::new();
        let inherited = stop.clone();
        loop {
            tokio::select! {
                biased;
                () = told(&mut stop) => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        if let Some(admission) = server.admit(address.ip()) {
                            let serve = Arc::clone(&server)
                                .serve(stream, address, admission, inherited.clone());
                            connections.spawn(serve);
                        }
                    }
                    Err(error) => server.pause(&error).await,
                },
            }
        }
        drop(listener);
        let all = async { while connections.join_next().await.is_some() {} };
        // Dropping the set closes what is left.
        drop(tokio::time::timeout(drain, all).await);
    }

    fn admit(&self, address: IpAddr) -> Option<Admission> {
        match self.doorkeeper.admit(address) {
            Ok(admission) => Some(admission),
            Err(closed) => {
                self.telemetry
                    .registry()
                    .counter(
                        "counterfoil_connections_refused_total",
                        "Connections closed as they came, by the limit that was reached.",
                        &[("listener", self.name), ("limit", closed.name())],
                    )
                    .increment();
                None
            }
        }
    }

    async fn pause(&self, error: &std::io::Error) {
        // Broken before it was accepted: nothing to wait for.
        if error.kind() == std::io::ErrorKind::ConnectionAborted {
            return;
        }
        let event = Event::error("listener.accept_failed")
            .with("listener", self.name)
            .with("cause", error.to_string())
            .with("hint", "raise the limit of open files (`ulimit -n`)");
        self.telemetry.tell(&event);
        tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
    }

    async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        _admission: Admission,
        stop: watch::Receiver<bool>,
    ) {
        // Only latency suffers when the system does not know this option.
        drop(stream.set_nodelay(true));
        match &self.tls {
            None => self.drive(stream, address, stop).await,
            Some(tls) => {
                let accept = TlsAcceptor::from(tls.current()).accept(stream);
                let limit = Duration::from_millis(self.limits.handshake_ms_max);
                match tokio::time::timeout(limit, accept).await {
                    Ok(Ok(stream)) => self.drive(stream, address, stop).await,
                    Ok(Err(_)) | Err(_) => self.handshakes_failed.increment(),
                }
            }
        }
    }

    /// Speaks HTTP on one connection until it ends, is told to stop, or a step takes too long.
    async fn drive<T>(&self, stream: T, address: SocketAddr, mut stop: watch::Receiver<bool>)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pulse = Arc::new(Pulse::new(self.limits));
        let service = service_fn(|request: Request<Incoming>| {
            pulse.enter(pulse::Step::Body);
            let pulse = Arc::clone(&pulse);
            let service = Arc::clone(&self.service);
            async move {
                let waits = request.headers().contains_key(EXPECT);
                let body_pulse = Arc::clone(&pulse);
                let request = request.map(|incoming| Body { incoming, pulse: body_pulse, waits });
                let response = service.respond(Peer(address), request).await;
                pulse.enter(pulse::Step::Write);
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
        let mut stopping = pin!(told(&mut stop));
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
            self.telemetry
                .registry()
                .counter(
                    "counterfoil_connections_timed_out_total",
                    "Connections closed because a step took too long, by step.",
                    &[("listener", self.name), ("step", step.name())],
                )
                .increment();
        }
    }
}

/// The smallest head buffer that the HTTP library works with.
const HEAD_BYTES_MIN: usize = 8 * 1024;

/// Waits until told to stop, or until nobody is left to tell.
async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Ready with the step whose time is over. The timer is moved only to be earlier or when it
/// fires, so that the ordinary course of a request does not touch it.
fn poll_alarm(
    alarm: &mut Pin<&mut tokio::time::Sleep>,
    pulse: &Pulse,
    cx: &mut std::task::Context<'_>,
) -> Poll<pulse::Step> {
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
