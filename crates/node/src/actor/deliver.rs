//! What leaves a party once its records are durable: one hand-over to the runtime per batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use counterfoil_party::machine::{CallFailure, CallId, Channel, Destination};

use super::{Item, Outbound, Refusal, Respond};
use crate::queue::Queue;

/// An answer on its way to the task that waits for it.
pub(super) enum Answer<O> {
    Message(Respond<Vec<u8>>, Result<Vec<u8>, Refusal>),
    Outcome(Respond<O>, Result<O, Refusal>),
}

impl<O> Answer<O> {
    /// Wakes the task. One that does not wait any more is no failure: its peer has gone.
    fn send(self) {
        match self {
            Self::Message(respond, result) => drop(respond.send(result)),
            Self::Outcome(respond, result) => drop(respond.send(result)),
        }
    }
}

/// A call to be made.
pub(super) struct Call {
    pub(super) call: CallId,
    pub(super) to: Destination,
    pub(super) channel: Channel,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
}

/// Everything that one batch lets out.
pub(super) struct Deliveries<O> {
    pub(super) answers: Vec<Answer<O>>,
    pub(super) calls: Vec<Call>,
}

impl<O> Default for Deliveries<O> {
    fn default() -> Self {
        Self { answers: Vec::new(), calls: Vec::new() }
    }
}

/// Makes a party's calls and brings back their answers.
pub(super) struct Courier<C, O> {
    pub(super) queue: Arc<Queue<Item<C, O>>>,
    pub(super) outbound: Arc<dyn Outbound>,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) calls_open: Arc<AtomicUsize>,
    pub(super) calls_max: usize,
}

impl<C: Send + 'static, O: Send + 'static> Courier<C, O> {
    /// Hands a batch over to the runtime as one task, so that it is woken once.
    pub(super) fn deliver(&self, generation: u64, deliveries: Deliveries<O>) {
        let Deliveries { answers, calls } = deliveries;
        let calls: Vec<_> = calls.into_iter().map(|call| self.prepare(generation, call)).collect();
        if answers.is_empty() && calls.is_empty() {
            return;
        }
        self.runtime.spawn(async move {
            for answer in answers {
                answer.send();
            }
            for call in calls {
                tokio::spawn(call);
            }
        });
    }

    /// Calls that have no answer yet.
    pub(super) fn calls_open(&self) -> usize {
        self.calls_open.load(Ordering::Acquire)
    }

    fn prepare(&self, generation: u64, call: Call) -> impl Future<Output = ()> + Send + use<C, O> {
        let before = self.calls_open.fetch_add(1, Ordering::AcqRel);
        let mut pending = Pending {
            queue: Arc::clone(&self.queue),
            calls_open: Arc::clone(&self.calls_open),
            generation,
            call: call.call,
            result: Err(CallFailure::NotSent),
        };
        let outbound = (before < self.calls_max).then(|| Arc::clone(&self.outbound));
        async move {
            if let Some(outbound) = outbound {
                // Should this task be torn down now, the peer may have the message.
                pending.set(Err(CallFailure::NoAnswer));
                let call = outbound.call(call.to, call.channel, call.body, call.timeout);
                pending.set(call.await);
            }
        }
    }
}

/// Brings the answer of a call back to the queue when dropped: whatever happens to the task,
/// the party gets exactly one answer.
struct Pending<C, O> {
    queue: Arc<Queue<Item<C, O>>>,
    calls_open: Arc<AtomicUsize>,
    generation: u64,
    call: CallId,
    result: Result<Vec<u8>, CallFailure>,
}

impl<C, O> Pending<C, O> {
    fn set(&mut self, result: Result<Vec<u8>, CallFailure>) {
        self.result = result;
    }
}

impl<C, O> Drop for Pending<C, O> {
    fn drop(&mut self) {
        let result = std::mem::replace(&mut self.result, Err(CallFailure::NoAnswer));
        let (generation, call) = (self.generation, self.call);
        // Queued before it is counted as done, so that a thread that sees no open calls sees
        // every answer.
        self.queue.answer(Item::Answer { generation, call, result });
        self.calls_open.fetch_sub(1, Ordering::AcqRel);
    }
}
