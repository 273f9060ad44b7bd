//! The loop of a party's thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use counterfoil_party::event::Event;
use counterfoil_party::machine::{Env, Input, Output, Party, ReplyTo};
use counterfoil_secret::Report;
use counterfoil_store::Storage;

use super::deliver::{Answer, Call, Courier, Deliveries};
use super::{AnyReport, Build, Item, ItemOf, Parts, Reason, Refusal, Respond, Settings, Status};
use crate::clock;
use crate::metrics::{Counter, Gauge, Histogram};
use crate::queue::{Queue, Signals, Wanted};
use crate::rng::SystemRng;
use crate::telemetry::Telemetry;

/// Longest sleep, so that a clock that was set is noticed.
const SLEEP_MS_MAX: u64 = 1_000;
/// Pause between two deadlines that the party does not move on from.
const DEADLINE_PAUSE_MS_MIN: u64 = 1;
/// Pause between two attempts to get storage working again.
const RECOVERY_PAUSE_MS: u64 = 1_000;
/// Step in which a drain looks whether it is done.
const DRAIN_STEP_MS: u64 = 5;

/// Who waits for an answer of the party.
enum Waiting<O> {
    Message(Respond<Vec<u8>>),
    Outcome(Respond<O>),
}

/// A reload or stop that waits for what is begun.
#[derive(Clone, Copy)]
struct Drain {
    until: Instant,
    stop: bool,
}

/// What the thread counts.
struct Meters {
    handling: Arc<Histogram>,
    commit: Arc<Histogram>,
    inputs: Arc<Counter>,
    queue: Arc<Gauge>,
    waiting: Arc<Gauge>,
    calls: Arc<Gauge>,
    ready: Arc<Gauge>,
}

impl Meters {
    fn new(telemetry: &Telemetry) -> Self {
        let registry = telemetry.registry();
        let gauge = |name, help| registry.gauge(name, help, &[]);
        Self {
            handling: registry.histogram(
                "counterfoil_input_handling_seconds",
                "Time that the party takes to handle one input.",
                &[],
            ),
            commit: registry.histogram(
                "counterfoil_commit_seconds",
                "Time that storage takes to make a batch durable.",
                &[],
            ),
            inputs: registry.counter("counterfoil_inputs_total", "Inputs handled.", &[]),
            queue: gauge("counterfoil_queue_depth", "Inputs that wait."),
            waiting: gauge("counterfoil_answers_waiting", "Requests without an answer yet."),
            calls: gauge("counterfoil_calls_open", "Own calls without an answer yet."),
            ready: gauge("counterfoil_ready", "1 while the party serves, else 0."),
        }
    }
}

/// Everything that the thread owns.
pub(super) struct Thread<P: Party> {
    /// Absent while storage fails.
    party: Option<P>,
    build: Build<P>,
    storage: Box<dyn Storage>,
    rng: SystemRng,
    queue: Arc<Queue<ItemOf<P>>>,
    status: Arc<Status>,
    courier: Courier<P::Command, P::Outcome>,
    telemetry: Telemetry,
    settings: Settings,
    meters: Meters,
    waiting: BTreeMap<ReplyTo, Waiting<P::Outcome>>,
    reply_next: u64,
    /// Rises when the party is built anew: answers to calls of the one before are stale.
    generation: u64,
    /// When the party wants its deadline; `None` for never.
    deadline: Option<Timestamp>,
    drain: Option<Drain>,
    recovery_at: Instant,
}

impl<P: Party + 'static> Thread<P> {
    pub(super) fn new(
        party: P,
        parts: Parts<P>,
        queue: Arc<Queue<ItemOf<P>>>,
        status: Arc<Status>,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        let Parts { build, storage, outbound, telemetry, settings } = parts;
        let courier = Courier {
            queue: Arc::clone(&queue),
            outbound,
            runtime,
            calls_open: Arc::new(AtomicUsize::new(0)),
            calls_max: settings.calls_max,
        };
        let meters = Meters::new(&telemetry);
        meters.ready.set(1);
        Self {
            party: Some(party),
            build,
            storage,
            rng: SystemRng::new(),
            queue,
            status,
            courier,
            telemetry,
            settings,
            meters,
            waiting: BTreeMap::new(),
            reply_next: 0,
            generation: 0,
            // A party that was just started gets a deadline at once.
            deadline: Some(Timestamp::MIN),
            drain: None,
            recovery_at: Instant::now(),
        }
    }

    /// Works until told to stop.
    pub(super) fn run(mut self) {
        let mut items = Vec::with_capacity(self.settings.batch_max);
        loop {
            let wanted = match self.drain {
                Some(Drain { stop: false, .. }) => Wanted::Answers,
                _ => Wanted::All,
            };
            let signals =
                self.queue.take(&mut items, self.settings.batch_max, wanted, self.sleep());
            self.note(signals);
            if self.party.is_some() {
                self.work(&mut items);
            } else {
                self.refuse(&mut items);
                self.try_recovery();
            }
            if self.finish_drain() {
                break;
            }
        }
        self.status.set_failed(Reason::of(&Refusal::Stopping));
        self.refuse_waiting(Refusal::Stopping);
        self.telemetry.flush();
    }

    /// How long to wait for items.
    fn sleep(&self) -> Duration {
        let longest =
            Duration::from_millis(if self.drain.is_some() { DRAIN_STEP_MS } else { SLEEP_MS_MAX });
        if self.party.is_none() {
            return longest.min(self.recovery_at.saturating_duration_since(Instant::now()));
        }
        match self.deadline {
            None => longest,
            Some(at) => {
                let left = at.duration_since(clock::now());
                Duration::try_from(left).map_or(Duration::ZERO, |left| left.min(longest))
            }
        }
    }

    fn note(&mut self, signals: Signals) {
        if signals.stop || (signals.reload && self.drain.is_none()) {
            let until = Instant::now() + Duration::from_millis(self.settings.drain_ms_max);
            self.drain = Some(Drain { until, stop: signals.stop });
        }
    }

    /// Handles a batch, makes it durable, lets its outputs out.
    fn work(&mut self, items: &mut Vec<ItemOf<P>>) {
        self.meters.queue.set(self.queue.len().try_into().unwrap_or(i64::MAX));
        let now = clock::now();
        let due = self.deadline.is_some_and(|at| at <= now);
        if items.is_empty() && !due {
            return;
        }
        let mut outputs = Vec::new();
        let mut failure = None;
        let mut rest = items.drain(..);
        for item in rest.by_ref() {
            let Some(input) = self.input_of(item) else { continue };
            failure = self.handle(input, &mut outputs).err();
            if failure.is_some() {
                break;
            }
        }
        let mut left: Vec<_> = rest.collect();
        if due && failure.is_none() {
            failure = self.handle(Input::Deadline, &mut outputs).err();
        }
        match self.commit() {
            Ok(()) => self.let_out(outputs),
            Err(error) => failure = Some(error),
        }
        if failure.is_none() {
            failure = self.plan_deadline(due).err();
        }
        if let Some(reason) = failure {
            self.refuse(&mut left);
            self.fail(reason);
        }
        self.meters.waiting.set(self.waiting.len().try_into().unwrap_or(i64::MAX));
        self.meters.calls.set(self.courier.calls_open().try_into().unwrap_or(i64::MAX));
        self.telemetry.flush();
    }

    /// The party's input of an item. An item that came too late or that there is no room for
    /// gives none.
    fn input_of(&mut self, item: ItemOf<P>) -> Option<Input<P::Command>> {
        match item {
            Item::Answer { generation, call, result } => {
                (generation == self.generation).then_some(Input::Answer { call, result })
            }
            Item::Request { channel, peer, body, respond } => {
                if !self.has_room() {
                    drop(respond.send(Err(Refusal::Full)));
                    return None;
                }
                let reply_to = self.wait(Waiting::Message(respond));
                Some(Input::Request { reply_to, channel, peer, body })
            }
            Item::Command { command, respond } => {
                if !self.has_room() {
                    drop(respond.send(Err(Refusal::Full)));
                    return None;
                }
                let reply_to = self.wait(Waiting::Outcome(respond));
                Some(Input::Command { reply_to, command })
            }
        }
    }

    fn has_room(&mut self) -> bool {
        if self.waiting.len() >= self.settings.waiting_max {
            self.forget_gone();
        }
        self.waiting.len() < self.settings.waiting_max
    }

    /// Nobody waits any more for answers whose connections have gone.
    fn forget_gone(&mut self) {
        self.waiting.retain(|_, waiting| match waiting {
            Waiting::Message(respond) => !respond.is_closed(),
            Waiting::Outcome(respond) => !respond.is_closed(),
        });
    }

    fn wait(&mut self, waiting: Waiting<P::Outcome>) -> ReplyTo {
        self.reply_next += 1;
        let reply_to = ReplyTo(self.reply_next);
        self.waiting.insert(reply_to, waiting);
        reply_to
    }

    fn handle(
        &mut self,
        input: Input<P::Command>,
        outputs: &mut Vec<Output<P::Outcome>>,
    ) -> Result<(), Reason> {
        let Some(party) = &mut self.party else { return Ok(()) };
        let started = Instant::now();
        self.storage.begin_input();
        let mut env = Env { now: clock::now(), rng: &mut self.rng, records: self.storage.as_mut() };
        let handled = party.handle(input, &mut env);
        self.meters.handling.observe(started.elapsed());
        self.meters.inputs.increment();
        match handled {
            Ok(wanted) => match self.storage.finish_input(true) {
                Ok(()) => {
                    outputs.extend(wanted);
                    Ok(())
                }
                Err(error) => {
                    // The transaction was rolled back with every input in it.
                    outputs.clear();
                    Err(Reason::of(&error))
                }
            },
            Err(error) => {
                let reason = Reason::of(&error);
                if self.storage.finish_input(false).is_err() {
                    outputs.clear();
                }
                Err(reason)
            }
        }
    }

    fn commit(&mut self) -> Result<(), Reason> {
        let started = Instant::now();
        let committed = self.storage.commit().map_err(|error| Reason::of(&error));
        self.meters.commit.observe(started.elapsed());
        committed
    }

    fn let_out(&mut self, outputs: Vec<Output<P::Outcome>>) {
        let mut deliveries = Deliveries::default();
        for output in outputs {
            match output {
                Output::Reply { reply_to, body } => {
                    self.answer(reply_to, Ok(body), &mut deliveries);
                }
                Output::Drop { reply_to } => {
                    self.answer(reply_to, Err(Refusal::Dropped), &mut deliveries);
                }
                Output::Outcome { reply_to, outcome } => {
                    if let Some(Waiting::Outcome(respond)) = self.waiting.remove(&reply_to) {
                        deliveries.answers.push(Answer::Outcome(respond, Ok(outcome)));
                    }
                }
                Output::Call { call, to, channel, body, timeout_ms } => {
                    let timeout = Duration::from_millis(timeout_ms);
                    deliveries.calls.push(Call { call, to, channel, body, timeout });
                }
                Output::Event(event) => self.telemetry.event(clock::now(), &event),
            }
        }
        self.courier.deliver(self.generation, deliveries);
    }

    fn answer(
        &mut self,
        reply_to: ReplyTo,
        result: Result<Vec<u8>, Refusal>,
        deliveries: &mut Deliveries<P::Outcome>,
    ) {
        match (self.waiting.remove(&reply_to), result) {
            (Some(Waiting::Message(respond)), result) => {
                deliveries.answers.push(Answer::Message(respond, result));
            }
            (Some(Waiting::Outcome(respond)), Err(refusal)) => {
                deliveries.answers.push(Answer::Outcome(respond, Err(refusal)));
            }
            (Some(Waiting::Outcome(_)) | None, _) => {}
        }
    }

    /// Asks the party when it wants its next deadline.
    fn plan_deadline(&mut self, was_due: bool) -> Result<(), Reason> {
        let Some(party) = &self.party else { return Ok(()) };
        let wanted = party.next_deadline(self.storage.as_ref());
        self.deadline = wanted.map_err(|error| Reason::of(&error))?;
        if was_due {
            let soonest = clock::now()
                .checked_add(Duration::from_millis(DEADLINE_PAUSE_MS_MIN))
                .unwrap_or(Timestamp::MAX);
            self.deadline = self.deadline.map(|at| at.max(soonest));
        }
        Ok(())
    }

    /// Storage failed: whatever the party holds in memory may be ahead of its records, so it goes.
    fn fail(&mut self, reason: Reason) {
        self.telemetry.event(clock::now(), &reason.onto(Event::error("party.storage_failed")));
        self.status.set_failed(reason);
        self.meters.ready.set(0);
        self.party = None;
        self.refuse_waiting(Refusal::Unready);
    }

    fn refuse(&mut self, items: &mut Vec<ItemOf<P>>) {
        for item in items.drain(..) {
            match item {
                Item::Request { respond, .. } => drop(respond.send(Err(Refusal::Unready))),
                Item::Command { respond, .. } => drop(respond.send(Err(Refusal::Unready))),
                Item::Answer { .. } => {}
            }
        }
    }

    fn refuse_waiting(&mut self, refusal: Refusal) {
        for (_, waiting) in std::mem::take(&mut self.waiting) {
            match waiting {
                Waiting::Message(respond) => drop(respond.send(Err(refusal))),
                Waiting::Outcome(respond) => drop(respond.send(Err(refusal))),
            }
        }
    }

    fn try_recovery(&mut self) {
        if Instant::now() < self.recovery_at {
            return;
        }
        self.recovery_at = Instant::now() + Duration::from_millis(RECOVERY_PAUSE_MS);
        let built = self
            .storage
            .recover()
            .map_err(|error| Box::new(error) as AnyReport)
            .and_then(|()| (self.build)());
        match built {
            Ok(party) => {
                self.replace(party);
                self.telemetry.tell(&Event::info("party.recovered"));
            }
            Err(error) => self.status.set_failed(Reason::of(&*error)),
        }
    }

    fn replace(&mut self, party: P) {
        self.party = Some(party);
        self.generation += 1;
        self.deadline = Some(Timestamp::MIN);
        self.status.set_ready();
        self.meters.ready.set(1);
    }

    /// Ends a reload or stop when nothing is open any more or its time is over. True: stop now.
    fn finish_drain(&mut self) -> bool {
        let Some(drain) = self.drain else { return false };
        self.forget_gone();
        let is_quiet = self.waiting.is_empty()
            && self.courier.calls_open() == 0
            && (!drain.stop || self.queue.len() == 0);
        if !is_quiet && Instant::now() < drain.until && self.party.is_some() {
            return false;
        }
        self.drain = None;
        if drain.stop {
            return true;
        }
        if self.party.is_none() {
            // The recovery reads the files anew anyway.
            return false;
        }
        match (self.build)() {
            Ok(party) => {
                self.refuse_waiting(Refusal::Unready);
                self.replace(party);
                self.telemetry.tell(&Event::info("party.reloaded"));
            }
            Err(error) => {
                let reason = Reason::of(&*error as &dyn Report);
                self.telemetry.tell(&reason.onto(Event::error("party.reload_refused")));
            }
        }
        false
    }
}
