//! Accepting connections: counting, TLS, a time for the handshake, an orderly end.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use counterfoil_party::event::Event;

use super::doorkeeper::{Admission, Doorkeeper};
use super::limits::Limits;
use super::visitors::Visit;
use crate::metrics::Counter;
use crate::telemetry::Telemetry;
use crate::tls::ServerTls;

/// Pause after the system refused a connection for want of descriptors or memory.
const ACCEPT_PAUSE_MS: u64 = 50;

/// Hears when everything is to end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until told to stop, or until nobody is left to tell.
    pub async fn told(&mut self) {
        drop(self.0.wait_for(|stop| *stop).await);
    }
}

/// A way to tell everything to end: send `true`.
pub fn stop_signal() -> (watch::Sender<bool>, Stop) {
    let (sender, receiver) = watch::channel(false);
    (sender, Stop(receiver))
}

/// What is spoken on the connections of a listener.
pub trait Protocol: Send + Sync + 'static {
    /// Speaks on one connection until it ends, or until `stop` and what is begun has ended.
    fn drive<T>(&self, stream: T, visit: Visit, stop: Stop) -> impl Future<Output = ()> + Send
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static;
}

/// One listener with its limits.
pub struct Server<P> {
    protocol: P,
    tls: Option<ServerTls>,
    handshake_ms_max: u64,
    doorkeeper: Arc<Doorkeeper>,
    telemetry: Telemetry,
    name: &'static str,
    handshakes_failed: Arc<Counter>,
}

impl<P> fmt::Debug for Server<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<P: Protocol> Server<P> {
    /// A server that speaks `protocol`, inside TLS when `tls` is given. `name` (`set`,
    /// `operations`, `bank`) tells it apart in metrics.
    pub fn new(
        name: &'static str,
        protocol: P,
        tls: Option<ServerTls>,
        limits: &Limits,
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
            protocol,
            tls,
            handshake_ms_max: limits.handshake_ms_max,
            doorkeeper: Doorkeeper::new(limits, open),
            telemetry,
            name,
            handshakes_failed,
        }
    }

    /// Accepts connections until told to stop; then lets those that are open finish what they
    /// are in, for at most `drain`, and closes the rest.
    pub async fn run(self, listener: TcpListener, mut stop: Stop, drain: Duration) {
        let server = Arc::new(self);
        let mut connections = JoinSet::new();
        let inherited = stop.clone();
        loop {
            tokio::select! {
                biased;
                () = stop.told() => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        if let Some((admission, visit)) = server.admit(address) {
                            let server = Arc::clone(&server);
                            let stop = inherited.clone();
                            connections.spawn(server.attend(stream, visit, admission, stop));
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

    fn admit(&self, address: SocketAddr) -> Option<(Admission, Visit)> {
        let visitors = self.telemetry.visitors();
        let tally = visitors.of(self.name, address.ip());
        let refused = if self.may_deny() && visitors.is_denied(address.ip()) {
            "deny"
        } else {
            match self.doorkeeper.admit(address.ip()) {
                Ok(admission) => return Some((admission, Visit::new(address, tally))),
                Err(closed) => {
                    tally.turned_away();
                    closed.name()
                }
            }
        };
        self.telemetry
            .registry()
            .counter(
                "counterfoil_connections_refused_total",
                "Connections closed as they came, by the limit that was reached.",
                &[("listener", self.name), ("limit", refused)],
            )
            .increment();
        None
    }

    /// Operators come from the machine itself and are never locked out.
    fn may_deny(&self) -> bool {
        self.name != "operations"
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

    /// Serves a connection until it ends, or until its address is denied.
    async fn attend(
        self: Arc<Self>,
        stream: TcpStream,
        visit: Visit,
        _admission: Admission,
        stop: Stop,
    ) {
        let address = visit.address.ip();
        tokio::select! {
            () = self.telemetry.visitors().told_denied(address), if self.may_deny() => {}
            () = self.serve(stream, visit, stop) => {}
        }
    }

    async fn serve(&self, stream: TcpStream, visit: Visit, stop: Stop) {
        // Only latency suffers when the system does not know this option.
        drop(stream.set_nodelay(true));
        let Some(tls) = &self.tls else {
            return self.protocol.drive(stream, visit, stop).await;
        };
        let accept = TlsAcceptor::from(tls.current()).accept(stream);
        let limit = Duration::from_millis(self.handshake_ms_max);
        match tokio::time::timeout(limit, accept).await {
            Ok(Ok(stream)) => self.protocol.drive(stream, visit, stop).await,
            Ok(Err(_)) | Err(_) => {
                visit.handshake_failed();
                self.handshakes_failed.increment();
            }
        }
    }
}
