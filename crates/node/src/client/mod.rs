//! The HTTPS client by which a party calls others.
//!
//! Connections are kept and reused. A failure says whether the peer may have acted: only what
//! was certainly not sent counts as not sent.

mod pool;
pub mod target;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;

use counterfoil_party::event::Event;
use counterfoil_party::machine::{CallFailure, Channel, Destination};

use self::pool::Pool;
pub(crate) use self::pool::connect_tcp;
use self::target::{Target, TargetError};
use crate::limit::limits;
use crate::telemetry::Telemetry;
use crate::tls;

/// Default of [`Limits::connections_per_endpoint_max`].
pub const CONNECTIONS_PER_ENDPOINT_MAX: usize = 64;
/// Default of [`Limits::connect_ms_max`].
pub const CONNECT_MS_MAX: u64 = 5_000;
/// Default of [`Limits::idle_ms_max`].
pub const IDLE_MS_MAX: u64 = 20_000;
/// Default of [`Limits::answer_bytes_max`].
pub const ANSWER_BYTES_MAX: usize = counterfoil_message::limits::MESSAGE_BYTES_MAX;
/// Default of [`Limits::urls_max`].
pub const URLS_MAX: usize = 64;

limits! {
    /// Limits of a client.
    pub struct Limits {
        /// Connections to one endpoint at once; further calls wait for one.
        connections_per_endpoint_max: usize = CONNECTIONS_PER_ENDPOINT_MAX in 1..=10_000,
        /// Time to connect, TLS included.
        connect_ms_max: u64 = CONNECT_MS_MAX in 1..=600_000,
        /// Time for which an unused connection is kept. Shorter than a server keeps it, so that
        /// a call seldom meets a connection that is just being closed.
        idle_ms_max: u64 = IDLE_MS_MAX in 1..=3_600_000,
        /// Octets of an answer.
        answer_bytes_max: usize = ANSWER_BYTES_MAX in 1_024..=16 * 1024 * 1024,
        /// Servers known by URL whose connections are kept.
        urls_max: usize = URLS_MAX in 1..=10_000,
    }
}

/// Calls endpoints by their names, and servers by URL.
#[derive(Debug, Clone)]
pub struct Client {
    endpoints: Arc<BTreeMap<String, Arc<Pool>>>,
    by_url: Option<Arc<ByUrl>>,
    telemetry: Telemetry,
}

/// Servers that are not in the configuration.
#[derive(Debug)]
struct ByUrl {
    tls: Arc<ClientConfig>,
    limits: Limits,
    pools: Mutex<BTreeMap<Target, Arc<Pool>>>,
}

/// Endpoints of a client that is being put together.
#[derive(Debug)]
pub struct ClientBuilder {
    limits: Limits,
    endpoints: BTreeMap<String, Arc<Pool>>,
    by_url: Option<Arc<ByUrl>>,
}

impl ClientBuilder {
    /// No endpoints yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, endpoints: BTreeMap::new(), by_url: None }
    }

    /// Adds an endpoint: its name, where it is, and the TLS settings that say whom to trust.
    #[must_use]
    pub fn endpoint(mut self, name: &str, target: Target, tls: ClientConfig) -> Self {
        let pool = Pool::new(target, Arc::new(tls::for_http(tls)), self.limits);
        self.endpoints.insert(name.to_owned(), Arc::new(pool));
        self
    }

    /// Allows calls by URL, to servers trusted by these TLS settings.
    #[must_use]
    pub fn any_url(mut self, tls: ClientConfig) -> Self {
        self.by_url = Some(Arc::new(ByUrl {
            tls: Arc::new(tls::for_http(tls)),
            limits: self.limits,
            pools: Mutex::default(),
        }));
        self
    }

    /// The client.
    pub fn build(self, telemetry: Telemetry) -> Client {
        Client { endpoints: Arc::new(self.endpoints), by_url: self.by_url, telemetry }
    }
}

impl Client {
    /// Sends a message and returns the answer, or why there is none, within `timeout`.
    ///
    /// # Errors
    /// [`CallFailure`] exactly as it is documented; the cause goes to telemetry.
    pub async fn call(
        &self,
        to: &Destination,
        channel: Channel,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Vec<u8>, CallFailure> {
        let (name, pool) = match to {
            Destination::Endpoint(name) => (name.as_str(), self.endpoints.get(name).cloned()),
            Destination::Url(url) => (url.as_str(), self.pool_of_url(url)),
        };
        let Some(pool) = pool else {
            self.tell(name, CallFailure::NotSent, "there is no such endpoint");
            return Err(CallFailure::NotSent);
        };
        pool.call(channel, body, timeout).await.map_err(|(failure, cause)| {
            self.tell(name, failure, &cause);
            failure
        })
    }

    fn pool_of_url(&self, url: &str) -> Option<Arc<Pool>> {
        let by_url = self.by_url.as_ref()?;
        let target: Result<Target, TargetError> = url.parse();
        let target = target.ok()?;
        let mut pools = by_url.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&target) {
            return Some(Arc::clone(pool));
        }
        if pools.len() >= by_url.limits.urls_max {
            // Unused connections close with their pools; those in use stay until they are done.
            pools.clear();
        }
        let pool = Pool::new(target.clone(), Arc::clone(&by_url.tls), by_url.limits);
        let pool = Arc::new(pool);
        pools.insert(target, Arc::clone(&pool));
        Some(pool)
    }

    fn tell(&self, endpoint: &str, failure: CallFailure, cause: &str) {
        let event = Event::warning("call.failed")
            .with("endpoint", endpoint)
            .with("failure", failure_name(failure))
            .with("cause", cause);
        self.telemetry.tell(&event);
    }
}

/// Stable name of a failure, as in logs.
pub fn failure_name(failure: CallFailure) -> &'static str {
    match failure {
        CallFailure::NotSent => "not_sent",
        CallFailure::NoAnswer => "no_answer",
        CallFailure::Busy => "busy",
    }
}
