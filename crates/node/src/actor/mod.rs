//! Runs one party on a thread of its own: inputs in batches, one commit per batch, then outputs.
//!
//! Tasks of the runtime talk to it through a [`Handle`]. Nothing that a party wants done is done
//! before the records of its whole batch are durable. When storage fails, what the party wanted
//! is forgotten, peers are told to come again, and the party is built anew once storage works:
//! for the party this is the same as a crash.

mod deliver;
mod thread;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{oneshot, watch};

use counterfoil_party::event::Event;
use counterfoil_party::machine::{CallFailure, CallId, Channel, Destination, Party};
use counterfoil_secret::{Fault, Report};
use counterfoil_store::Storage;

use crate::BoxFuture;
use crate::limit::limits;
use crate::queue::Queue;
use crate::telemetry::Telemetry;

/// Default of [`Settings::queue_max`].
pub const QUEUE_MAX: usize = 1_024;
/// Default of [`Settings::batch_max`].
pub const BATCH_MAX: usize = 64;
/// Default of [`Settings::waiting_max`].
pub const WAITING_MAX: usize = 4_096;
/// Default of [`Settings::calls_max`].
pub const CALLS_MAX: usize = 4_096;
/// Default of [`Settings::drain_ms_max`].
pub const DRAIN_MS_MAX: u64 = 5_000;

limits! {
    /// Limits of a party's thread.
    pub struct Settings {
        /// Requests and commands that wait to be handled; more are refused.
        queue_max: usize = QUEUE_MAX in 1..=1_000_000,
        /// Inputs that share a commit.
        batch_max: usize = BATCH_MAX in 1..=10_000,
        /// Requests and commands that the party has not answered yet; more are refused.
        waiting_max: usize = WAITING_MAX in 1..=1_000_000,
        /// Calls that have no answer yet; more fail at once as not sent.
        calls_max: usize = CALLS_MAX in 1..=1_000_000,
        /// Milliseconds that a reload or stop waits for what is begun.
        drain_ms_max: u64 = DRAIN_MS_MAX in 0..=600_000,
    }
}

/// Why a party could not be built from its files, or something else around it failed.
pub type AnyReport = Box<dyn Report + Send + Sync>;

/// Builds the party from its files: at the start, on reload, and after storage failed.
pub type Build<P> = Box<dyn FnMut() -> Result<P, AnyReport> + Send>;

/// Carries a party's calls.
pub trait Outbound: Send + Sync + 'static {
    /// Sends `body` and returns the answer's body, or why there is none, within `timeout`.
    fn call(
        &self,
        to: Destination,
        channel: Channel,
        body: Vec<u8>,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<Vec<u8>, CallFailure>>;
}

/// Why a request or command was not answered by the party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Too much is waiting.
    #[error("too many requests are waiting")]
    Full,
    /// Storage fails or the party is being built anew.
    #[error("the party is not ready")]
    Unready,
    /// The process is ending.
    #[error("the party is stopping")]
    Stopping,
    /// The party leaves it unanswered: close the connection.
    #[error("the message is not one that can be answered")]
    Dropped,
}

impl Report for Refusal {
    fn id(&self) -> &'static str {
        match self {
            Self::Full => "party-busy",
            Self::Unready => "party-not-ready",
            Self::Stopping => "party-stopping",
            Self::Dropped => "message-unanswerable",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Full | Self::Stopping => "send the same bytes again in a few seconds".into(),
            Self::Unready => {
                "send the same bytes again in a few seconds; /readyz of the party says why".into()
            }
            Self::Dropped => "check that the body is a SET message".into(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Full | Self::Unready | Self::Stopping => Fault::Environment,
            Self::Dropped => Fault::Malformed,
        }
    }
}

/// What waits for a party's thread.
enum Item<C, O> {
    Request { channel: Channel, peer: String, body: Vec<u8>, respond: Respond<Vec<u8>> },
    Command { command: C, respond: Respond<O> },
    Answer { generation: u64, call: CallId, result: Result<Vec<u8>, CallFailure> },
}

type Respond<T> = oneshot::Sender<Result<T, Refusal>>;
type ItemOf<P> = Item<<P as Party>::Command, <P as Party>::Outcome>;

/// Whether the party serves, and if not, why.
#[derive(Debug, Default)]
struct Status {
    ready: AtomicBool,
    reason: Mutex<Option<Reason>>,
}

/// Why a party is not ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Stable id of the error.
    pub id: &'static str,
    /// Its one sentence.
    pub sentence: String,
    /// What to do about it.
    pub hint: String,
}

impl Reason {
    /// What an error says about itself.
    pub fn of(report: &dyn Report) -> Self {
        Self { id: report.id(), sentence: report.to_string(), hint: report.hint() }
    }

    /// Adds the reason to an event.
    pub fn onto(&self, event: Event) -> Event {
        event
            .with("id", self.id)
            .with("cause", self.sentence.as_str())
            .with("hint", self.hint.as_str())
    }
}

impl Status {
    fn set_ready(&self) {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.ready.store(true, Ordering::Release);
    }

    fn set_failed(&self, reason: Reason) {
        self.ready.store(false, Ordering::Release);
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }
}

/// Talks to a party's thread. Clones talk to the same one.
pub struct Handle<P: Party> {
    queue: Arc<Queue<ItemOf<P>>>,
    status: Arc<Status>,
}

impl<P: Party> Clone for Handle<P> {
    fn clone(&self) -> Self {
        Self { queue: Arc::clone(&self.queue), status: Arc::clone(&self.status) }
    }
}

impl<P: Party> fmt::Debug for Handle<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("status", &self.status).finish_non_exhaustive()
    }
}

impl<P: Party> Handle<P> {
    /// Hands over a peer's message and waits for the answer.
    ///
    /// # Errors
    /// [`Refusal`]; with [`Refusal::Dropped`] the connection is to be closed without an answer.
    pub async fn request(
        &self,
        channel: Channel,
        peer: String,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Refusal> {
        let (respond, answer) = oneshot::channel();
        self.ask(Item::Request { channel, peer, body, respond })?;
        answer.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// Hands over a local command and waits for its outcome.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn command(&self, command: P::Command) -> Result<P::Outcome, Refusal> {
        let (respond, outcome) = oneshot::channel();
        self.ask(Item::Command { command, respond })?;
        outcome.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// Asks for the party to be built anew from its files, when what is begun has ended.
    pub fn reload(&self) {
        self.queue.reload();
    }

    /// Whether the party serves.
    pub fn is_ready(&self) -> bool {
        self.status.ready.load(Ordering::Acquire)
    }

    /// Why the party does not serve, if so.
    pub fn reason(&self) -> Option<Reason> {
        self.status.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Inputs that wait.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    fn ask(&self, item: ItemOf<P>) -> Result<(), Refusal> {
        if !self.is_ready() {
            return Err(Refusal::Unready);
        }
        self.queue.try_ask(item).map_err(|_| Refusal::Full)
    }
}

/// A party's thread.
pub struct Actor<P: Party> {
    handle: Handle<P>,
    ended: watch::Receiver<bool>,
}

impl<P: Party> fmt::Debug for Actor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// What a party's thread works with.
pub struct Parts<P: Party> {
    /// Builds the party.
    pub build: Build<P>,
    /// Its records.
    pub storage: Box<dyn Storage>,
    /// Carries its calls.
    pub outbound: Arc<dyn Outbound>,
    /// Hears its events.
    pub telemetry: Telemetry,
    /// Limits.
    pub settings: Settings,
}

impl<P: Party + 'static> Actor<P> {
    /// Builds the party and starts its thread. Must be called within a Tokio runtime, which then
    /// carries out what the party wants done.
    ///
    /// # Errors
    /// What the party's builder says, or that the system gives no thread.
    pub fn start(mut parts: Parts<P>) -> Result<Self, AnyReport> {
        let party = (parts.build)()?;
        let queue = Arc::new(Queue::new(parts.settings.queue_max));
        let status = Arc::new(Status::default());
        let handle = Handle { queue: Arc::clone(&queue), status: Arc::clone(&status) };
        let (ending, ended) = watch::channel(false);
        let runtime = tokio::runtime::Handle::current();
        let name = parts.telemetry.party().to_owned();
        status.set_ready();
        let thread = thread::Thread::new(party, parts, queue, status, runtime);
        std::thread::Builder::new()
            .name(name)
            .spawn(move || {
                let _ending = Ending(ending);
                thread.run();
            })
            .map_err(|error| Box::new(NoThread(error)) as AnyReport)?;
        Ok(Self { handle, ended })
    }

    /// A handle for others.
    pub fn handle(&self) -> Handle<P> {
        self.handle.clone()
    }

    /// Waits until the thread has ended, on request or because it panicked.
    pub async fn ended(&self) {
        let mut ended = self.ended.clone();
        // An error means that the sender is gone, and with it the thread.
        drop(ended.wait_for(|ended| *ended).await);
    }

    /// Refuses further requests, lets the party finish what is begun (at most
    /// [`Settings::drain_ms_max`]), and waits until its thread has ended and storage is closed.
    pub async fn stop(self) {
        self.handle.queue.stop();
        self.ended().await;
    }
}

/// Tells, also when the thread panics, that it has ended.
struct Ending(watch::Sender<bool>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

/// The system gives no thread.
#[derive(Debug, Error)]
#[error("the system gives no thread: {0}")]
struct NoThread(std::io::Error);

impl Report for NoThread {
    fn id(&self) -> &'static str {
        "no-thread"
    }

    fn hint(&self) -> String {
        "raise the limit of processes of the user that runs the party (`ulimit -u`)".into()
    }

    fn fault(&self) -> Fault {
        Fault::Environment
    }
}
