//! The gateway's side: one connection that is kept up, many calls on it at once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use counterfoil_iso8583::frame::{Deframer, frame};
use counterfoil_party::event::Event;
use counterfoil_party::machine::CallFailure;

use super::{Correlate, Limits};
use crate::client::connect_tcp;
use crate::client::failure_name;
use crate::metrics::{Counter, Gauge};
use crate::telemetry::Telemetry;
use crate::tls;

/// Messages that are written at once.
const WRITES_PER_FLUSH_MAX: usize = 64;
/// Octets that are read at once.
const READ_BYTES: usize = 8 * 1024;

/// The gateway's side of a bank link. Clones share the connection, which ends with the last.
#[derive(Clone)]
pub struct BankLink {
    shared: Arc<Shared>,
    _task: Arc<Task>,
}

impl fmt::Debug for BankLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BankLink").field("host", &self.shared.host).finish_non_exhaustive()
    }
}

/// Ends the task that keeps the connection up.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Shared {
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    correlate: Correlate,
    limits: Limits,
    telemetry: Telemetry,
    pending: Mutex<BTreeMap<Vec<u8>, Pending>>,
    serial_next: AtomicU64,
    outgoing: mpsc::Sender<Outgoing>,
    connected: watch::Sender<bool>,
    /// Calls in a row that had no answer.
    silent_calls: AtomicU32,
    gone_silent: Notify,
    up: Arc<Gauge>,
    unmatched: Arc<Counter>,
}

/// What comes of a call.
type Answer = Result<Vec<u8>, CallFailure>;

/// A call that waits.
struct Pending {
    serial: u64,
    respond: oneshot::Sender<Answer>,
    /// Whether an octet of it may have been written.
    is_sent: bool,
}

/// A message to be written, if its call still waits then.
struct Outgoing {
    key: Vec<u8>,
    serial: u64,
    octets: Vec<u8>,
}

impl BankLink {
    /// Starts to connect to `host` and `port`, inside TLS when `tls` is given, and keeps
    /// connected. Must be called within a Tokio runtime.
    pub fn start(
        host: &str,
        port: u16,
        tls: Option<ClientConfig>,
        correlate: Correlate,
        limits: Limits,
        telemetry: Telemetry,
    ) -> Self {
        let (outgoing, incoming) = mpsc::channel(limits.pending_max.max(1));
        let registry = telemetry.registry();
        let up = registry.gauge("counterfoil_bank_link_up", "1 while the bank link is up.", &[]);
        let unmatched = registry.counter(
            "counterfoil_bank_link_unmatched_total",
            "Messages of the bank that no call waits for, late answers among them.",
            &[],
        );
        let shared = Arc::new(Shared {
            host: host.to_owned(),
            port,
            tls: tls.map(Arc::new),
            correlate,
            limits,
            pending: Mutex::default(),
            serial_next: AtomicU64::new(0),
            outgoing,
            connected: watch::channel(false).0,
            silent_calls: AtomicU32::new(0),
            gone_silent: Notify::new(),
            up,
            unmatched,
            telemetry,
        });
        let task = tokio::spawn(keep_connected(Arc::clone(&shared), incoming)).abort_handle();
        Self { shared, _task: Arc::new(Task(task)) }
    }

    /// Whether the link is connected.
    pub fn is_up(&self) -> bool {
        *self.shared.connected.borrow()
    }

    /// Sends a message (without a length before it) and returns its answer, or why there is none,
    /// within `timeout`.
    ///
    /// # Errors
    /// [`CallFailure`] as documented; the cause goes to telemetry.
    pub async fn call(&self, message: &[u8], timeout: Duration) -> Result<Vec<u8>, CallFailure> {
        self.shared.call(message, timeout).await.map_err(|(failure, cause)| {
            let event = Event::warning("bank_link.call_failed")
                .with("failure", failure_name(failure))
                .with("cause", cause);
            self.shared.telemetry.tell(&event);
            failure
        })
    }
}

impl Shared {
    async fn call(
        &self,
        message: &[u8],
        timeout: Duration,
    ) -> Result<Vec<u8>, (CallFailure, &'static str)> {
        let not_sent = |cause| (CallFailure::NotSent, cause);
        let deadline = Instant::now() + timeout;
        let key = (self.correlate)(message)
            .ok_or_else(|| not_sent("the message has no number to recognise its answer by"))?;
        let octets = frame(message).map_err(|_| not_sent("the message does not fit the link"))?;
        let wait = Duration::from_millis(self.limits.wait_connected_ms_max);
        let mut connected = self.connected.subscribe();
        let is_up = timeout_at(deadline.min(Instant::now() + wait), async {
            connected.wait_for(|connected| *connected).await.is_ok()
        });
        if !is_up.await.unwrap_or(false) {
            return Err(not_sent("the link is not connected"));
        }
        let (place, answer) = self.enter(key)?;
        let outgoing = Outgoing { key: place.key.clone(), serial: place.serial, octets };
        if self.outgoing.try_send(outgoing).is_err() {
            return Err(not_sent("too many messages wait to be written"));
        }
        match timeout_at(deadline, answer).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(failure))) => Err((failure, "the connection broke")),
            Ok(Err(_)) => Err((CallFailure::NoAnswer, "the link was given up")),
            Err(_) if place.leave() => {
                self.count_silence();
                Err((CallFailure::NoAnswer, "no answer came in time"))
            }
            Err(_) => Err(not_sent("it could not be written in time")),
        }
    }

    fn enter(
        &self,
        key: Vec<u8>,
    ) -> Result<(Place<'_>, oneshot::Receiver<Answer>), (CallFailure, &'static str)> {
        let mut pending = self.lock();
        if pending.len() >= self.limits.pending_max {
            return Err((CallFailure::NotSent, "too many calls wait for an answer"));
        }
        if pending.contains_key(&key) {
            let cause = "a message with the same number waits for its answer";
            return Err((CallFailure::NotSent, cause));
        }
        let serial = self.serial_next.fetch_add(1, Ordering::Relaxed);
        let (respond, answer) = oneshot::channel();
        pending.insert(key.clone(), Pending { serial, respond, is_sent: false });
        Ok((Place { shared: self, key, serial }, answer))
    }

    /// Remembers that it is being written; false when nobody waits for it any more.
    fn mark_sent(&self, key: &[u8], serial: u64) -> bool {
        match self.lock().get_mut(key) {
            Some(pending) if pending.serial == serial => {
                pending.is_sent = true;
                true
            }
            _ => false,
        }
    }

    fn resolve(&self, message: Vec<u8>) {
        self.silent_calls.store(0, Ordering::Relaxed);
        let key = (self.correlate)(&message);
        let pending = key.and_then(|key| self.lock().remove(&key));
        // A call that ended at this very moment has its answer too late.
        let is_taken = pending.is_some_and(|pending| pending.respond.send(Ok(message)).is_ok());
        if !is_taken {
            self.unmatched.increment();
        }
    }

    fn count_silence(&self) {
        let silent = self.silent_calls.fetch_add(1, Ordering::Relaxed) + 1;
        if silent >= self.limits.silent_calls_max {
            self.gone_silent.notify_one();
        }
    }

    fn break_all(&self) {
        for (_, pending) in std::mem::take(&mut *self.lock()) {
            let failure =
                if pending.is_sent { CallFailure::NoAnswer } else { CallFailure::NotSent };
            drop(pending.respond.send(Err(failure)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Pending>> {
        // No code that can panic runs while the lock is held.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's place among those that wait; given up when the call ends.
struct Place<'a> {
    shared: &'a Shared,
    key: Vec<u8>,
    serial: u64,
}

impl Place<'_> {
    /// Gives it up and says whether the message may have been written.
    fn leave(&self) -> bool {
        let mut pending = self.shared.lock();
        match pending.get(&self.key) {
            Some(mine) if mine.serial == self.serial => {
                let is_sent = mine.is_sent;
                pending.remove(&self.key);
                is_sent
            }
            // Taken out by an answer or a break at this very moment.
            _ => true,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Connects, speaks until the connection breaks, and begins again after a pause.
async fn keep_connected(shared: Arc<Shared>, mut outgoing: mpsc::Receiver<Outgoing>) {
    let pause_min = Duration::from_millis(shared.limits.reconnect_ms_min.max(1));
    let pause_max = Duration::from_millis(shared.limits.reconnect_ms_max).max(pause_min);
    let mut pause = pause_min;
    loop {
        let limit = Duration::from_millis(shared.limits.connect_ms_max);
        let connecting = connect_tcp(&shared.host, shared.port);
        let cause = match timeout(limit, connecting).await {
            Err(_) => "no connection came about in time".to_owned(),
            Ok(Err(cause)) => cause,
            Ok(Ok(stream)) => {
                let began = Instant::now();
                let cause = match &shared.tls {
                    None => speak(&shared, stream, &mut outgoing).await,
                    Some(tls) => {
                        let connecting = connect_tls(&shared, Arc::clone(tls), stream);
                        match timeout(limit, connecting).await {
                            Ok(Ok(stream)) => speak(&shared, stream, &mut outgoing).await,
                            Ok(Err(cause)) => cause,
                            Err(_) => "the TLS handshake did not end in time".to_owned(),
                        }
                    }
                };
                if began.elapsed() > pause_max {
                    pause = pause_min;
                }
                cause
            }
        };
        let event = Event::warning("bank_link.disconnected")
            .with("cause", cause)
            .with("retry_ms", u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
        shared.telemetry.tell(&event);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(pause_max);
    }
}

async fn connect_tls(
    shared: &Shared,
    tls: Arc<ClientConfig>,
    stream: tokio::net::TcpStream,
) -> Result<tokio_rustls::client::TlsStream<tokio::net::TcpStream>, String> {
    let name = tls::server_name(&shared.host).map_err(|error| error.to_string())?;
    TlsConnector::from(tls)
        .connect(name, stream)
        .await
        .map_err(|error| format!("TLS failed: {error}"))
}

/// Speaks on a connection until it breaks, and says why.
async fn speak<S>(shared: &Shared, stream: S, outgoing: &mut mpsc::Receiver<Outgoing>) -> String
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut reading, mut writing) = split(stream);
    shared.silent_calls.store(0, Ordering::Relaxed);
    shared.connected.send_replace(true);
    shared.up.set(1);
    shared.telemetry.tell(&Event::info("bank_link.connected"));
    let cause = tokio::select! {
        cause = read_all(shared, &mut reading) => cause,
        cause = write_all(shared, &mut writing, outgoing) => cause,
        () = until_silent(shared) => "calls have no answers any more".to_owned(),
    };
    shared.connected.send_replace(false);
    shared.up.set(0);
    shared.break_all();
    cause
}

async fn until_silent(shared: &Shared) {
    // What was notified on an earlier connection does not count.
    while shared.silent_calls.load(Ordering::Relaxed) < shared.limits.silent_calls_max.max(1) {
        shared.gone_silent.notified().await;
    }
}

async fn read_all(shared: &Shared, reading: &mut (impl AsyncRead + Unpin)) -> String {
    let mut deframer = Deframer::new();
    let mut octets = vec![0; READ_BYTES];
    loop {
        let count = match reading.read(&mut octets).await {
            Ok(0) => return "the bank closed the connection".to_owned(),
            Ok(count) => count,
            Err(error) => return format!("reading failed: {error}"),
        };
        let mut rest = &octets[..count];
        while !rest.is_empty() {
            match deframer.take(&mut rest) {
                Ok(Some(message)) => shared.resolve(message),
                Ok(None) => {}
                Err(error) => return error.to_string(),
            }
        }
    }
}

async fn write_all(
    shared: &Shared,
    writing: &mut (impl AsyncWrite + Unpin),
    outgoing: &mut mpsc::Receiver<Outgoing>,
) -> String {
    let limit = Duration::from_millis(shared.limits.write_ms_max);
    let mut batch = Vec::with_capacity(WRITES_PER_FLUSH_MAX);
    let mut octets = Vec::new();
    loop {
        if outgoing.recv_many(&mut batch, WRITES_PER_FLUSH_MAX).await == 0 {
            return "the link is given up".to_owned();
        }
        octets.clear();
        for message in batch.drain(..) {
            if shared.mark_sent(&message.key, message.serial) {
                octets.extend_from_slice(&message.octets);
            }
        }
        let written = timeout(limit, async {
            writing.write_all(&octets).await?;
            writing.flush().await
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return format!("writing failed: {error}"),
            Err(_) => return "the bank does not take what is written".to_owned(),
        }
    }
}
