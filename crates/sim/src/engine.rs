//! Virtual time and the network between hosts: what is in flight, what is lost, who is down.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use counterfoil_party::machine::{CallFailure, CallId, Channel, Destination, ReplyTo};
use counterfoil_party::records::RecordsError;

use crate::chance::Chance;
use crate::host::{Crash, Effect, Machine, Step, Stimulus};
use crate::trace::Trace;

/// How much goes wrong, in thousandths of what could.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Messages that vanish.
    pub lose_per_mille: u32,
    /// Requests that arrive twice.
    pub duplicate_per_mille: u32,
    /// Longest delay of a message, milliseconds. Long ones reorder and outlive time-outs.
    pub delay_ms_max: u64,
    /// Messages delayed by up to `delay_ms_max`; the others take a few milliseconds.
    pub delay_per_mille: u32,
    /// Steps in which the host stops.
    pub crash_per_mille: u32,
    /// Longest time until a stopped host starts again, milliseconds.
    pub restart_ms_max: u64,
}

impl Weather {
    /// Nothing goes wrong.
    pub const CALM: Self = Self {
        lose_per_mille: 0,
        duplicate_per_mille: 0,
        delay_ms_max: 20,
        delay_per_mille: 0,
        crash_per_mille: 0,
        restart_ms_max: 1000,
    };
}

/// What really went wrong in a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Injected {
    /// Requests lost.
    pub requests_lost: u64,
    /// Answers lost.
    pub answers_lost: u64,
    /// Requests delivered twice.
    pub duplicated: u64,
    /// Messages delayed.
    pub delayed: u64,
    /// Crashes before the commit.
    pub crashes_before_commit: u64,
    /// Crashes after the commit.
    pub crashes_after_commit: u64,
    /// Calls to a host that was down.
    pub refused_connections: u64,
}

impl Injected {
    /// Adds what went wrong in another run.
    pub fn add(&mut self, other: &Self) {
        self.requests_lost += other.requests_lost;
        self.answers_lost += other.answers_lost;
        self.duplicated += other.duplicated;
        self.delayed += other.delayed;
        self.crashes_before_commit += other.crashes_before_commit;
        self.crashes_after_commit += other.crashes_after_commit;
        self.refused_connections += other.refused_connections;
    }
}

/// A host by its place in the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostId(pub usize);

#[derive(Debug)]
enum Pending {
    Request { to: HostId, from: HostId, call: CallId, epoch: u64, channel: Channel, body: Vec<u8> },
    Answer { to: HostId, call: CallId, epoch: u64, result: Result<Vec<u8>, CallFailure> },
    Wake(HostId),
    Restart(HostId),
}

/// Whom a reply goes to: the caller, its call, and its life at that time.
#[derive(Debug, Clone, Copy)]
struct Caller {
    host: HostId,
    call: CallId,
    epoch: u64,
}

/// The engine: a queue of events in virtual time.
pub struct Engine {
    /// Virtual time.
    pub now: Timestamp,
    /// What happened.
    pub trace: Trace,
    /// What went wrong.
    pub injected: Injected,
    weather: Weather,
    queue: BTreeMap<(Timestamp, u64), Pending>,
    ticket: u64,
    epochs: Vec<u64>,
    callers: BTreeMap<(HostId, ReplyTo), Caller>,
    open_calls: BTreeMap<(HostId, CallId, u64), ()>,
    addresses: BTreeMap<String, HostId>,
    network: Chance,
    crashes: Chance,
    dice: Vec<Chance>,
}

impl Engine {
    /// An engine at `start` for hosts with these names; `addresses` maps endpoint names and URLs.
    pub fn new(
        seed: u64,
        start: Timestamp,
        weather: Weather,
        names: &[&str],
        addresses: BTreeMap<String, HostId>,
    ) -> Self {
        Self {
            now: start,
            trace: Trace::default(),
            injected: Injected::default(),
            weather,
            queue: BTreeMap::new(),
            ticket: 0,
            epochs: vec![0; names.len()],
            callers: BTreeMap::new(),
            open_calls: BTreeMap::new(),
            addresses,
            network: Chance::new(seed, "network"),
            crashes: Chance::new(seed, "crashes"),
            dice: names.iter().map(|name| Chance::new(seed, name)).collect(),
        }
    }

    /// Changes the weather from now on.
    pub fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// A number that no reply had before.
    pub fn next_reply(&mut self) -> ReplyTo {
        self.ticket += 1;
        ReplyTo(self.ticket)
    }

    /// The surroundings of a step of `host`, with the crash that chance decides.
    pub fn surroundings(&mut self, host: HostId) -> Step<'_> {
        let crash = if self.crashes.per_mille(self.weather.crash_per_mille) {
            let before = self.crashes.per_mille(500);
            let counter = if before {
                &mut self.injected.crashes_before_commit
            } else {
                &mut self.injected.crashes_after_commit
            };
            *counter += 1;
            Some(if before { Crash::BeforeCommit } else { Crash::AfterCommit })
        } else {
            None
        };
        Step { now: self.now, rng: self.dice[host.0].generator(), crash }
    }

    /// Does the next event; `false` when nothing is left before `until`.
    ///
    /// # Errors
    /// [`RecordsError`] from a host's records.
    pub fn advance(
        &mut self,
        hosts: &mut [&mut dyn Machine],
        until: Timestamp,
    ) -> Result<bool, RecordsError> {
        let Some((&(at, ticket), _)) = self.queue.first_key_value() else { return Ok(false) };
        if at > until {
            return Ok(false);
        }
        let Some(pending) = self.queue.remove(&(at, ticket)) else { return Ok(false) };
        self.now = at;
        match pending {
            Pending::Request { to, from, call, epoch, channel, body } => {
                let caller = Caller { host: from, call, epoch };
                self.deliver_request(hosts, to, caller, channel, body)?;
            }
            Pending::Answer { to, call, epoch, result } => {
                self.deliver_answer(hosts, to, call, epoch, result)?;
            }
            Pending::Wake(host) => self.wake(hosts, host)?,
            Pending::Restart(host) => {
                self.trace.add(self.now, hosts[host.0].name(), "starts again", &[]);
                hosts[host.0].start();
                self.step(hosts, host, Stimulus::Deadline)?;
            }
        }
        Ok(true)
    }

    /// Wakes a host now, as at its start.
    pub fn schedule_wake(&mut self, host: HostId) {
        self.schedule(0, Pending::Wake(host));
    }

    /// Does what a host wants after a step, and plans its next deadline or its restart.
    ///
    /// # Errors
    /// [`RecordsError`] from a host's records.
    pub fn settle(
        &mut self,
        hosts: &mut [&mut dyn Machine],
        host: HostId,
        effects: Vec<Effect>,
    ) -> Result<(), RecordsError> {
        if !hosts[host.0].is_up() {
            self.crashed(hosts, host);
            return Ok(());
        }
        for effect in effects {
            self.carry_out(hosts[host.0].name(), host, effect);
        }
        if let Some(at) = hosts[host.0].next_deadline()? {
            self.ticket += 1;
            let at = at.max(self.now + SignedDuration::from_millis(1));
            self.queue.insert((at, self.ticket), Pending::Wake(host));
        }
        Ok(())
    }

    fn crashed(&mut self, hosts: &mut [&mut dyn Machine], host: HostId) {
        self.trace.add(self.now, hosts[host.0].name(), "stops", &[]);
        hosts[host.0].stop();
        self.epochs[host.0] += 1;
        let broken: Vec<_> =
            self.callers.range((host, ReplyTo(0))..=(host, ReplyTo(u64::MAX))).collect();
        let broken: Vec<_> = broken.into_iter().map(|(key, caller)| (*key, *caller)).collect();
        for (key, caller) in broken {
            self.callers.remove(&key);
            self.answer(caller, Err(CallFailure::NoAnswer), 5);
        }
        let down = self.crashes.between(1, self.weather.restart_ms_max.max(1));
        self.schedule(down, Pending::Restart(host));
    }

    fn carry_out(&mut self, name: &str, host: HostId, effect: Effect) {
        match effect {
            Effect::Reply(reply_to, body) => {
                self.trace.add(self.now, name, "answers", &body);
                if let Some(caller) = self.callers.remove(&(host, reply_to)) {
                    self.send_answer(caller, body);
                }
            }
            Effect::Drop(reply_to) => {
                self.trace.add(self.now, name, "drops", &[]);
                if let Some(caller) = self.callers.remove(&(host, reply_to)) {
                    self.answer(caller, Err(CallFailure::NoAnswer), 5);
                }
            }
            Effect::Outcome(_, text) => {
                self.trace.add(self.now, name, "outcome", text.as_bytes());
            }
            Effect::Event(event) => self.trace.add(self.now, name, event.name, &[]),
            Effect::Call { call, to, channel, body, timeout_ms } => {
                self.trace.add(self.now, name, "asks", &body);
                self.call(host, call, &to, channel, body, timeout_ms);
            }
        }
    }

    fn call(
        &mut self,
        from: HostId,
        call: CallId,
        to: &Destination,
        channel: Channel,
        body: Vec<u8>,
        timeout_ms: u64,
    ) {
        let epoch = self.epochs[from.0];
        let caller = Caller { host: from, call, epoch };
        self.open_calls.insert((from, call, epoch), ());
        let address = match to {
            Destination::Endpoint(name) | Destination::Url(name) => name,
        };
        let Some(&to) = self.addresses.get(address) else {
            return self.answer(caller, Err(CallFailure::NotSent), 1);
        };
        self.answer(caller, Err(CallFailure::NoAnswer), timeout_ms);
        let copies = 1 + u64::from(self.network.per_mille(self.weather.duplicate_per_mille));
        self.injected.duplicated += copies - 1;
        for _ in 0..copies {
            if self.network.per_mille(self.weather.lose_per_mille) {
                self.injected.requests_lost += 1;
                continue;
            }
            let delay = self.delay();
            let body = body.clone();
            self.schedule(delay, Pending::Request { to, from, call, epoch, channel, body });
        }
    }

    fn deliver_request(
        &mut self,
        hosts: &mut [&mut dyn Machine],
        to: HostId,
        caller: Caller,
        channel: Channel,
        body: Vec<u8>,
    ) -> Result<(), RecordsError> {
        if !hosts[to.0].is_up() {
            self.injected.refused_connections += 1;
            self.answer(caller, Err(CallFailure::NotSent), 1);
            return Ok(());
        }
        let reply_to = self.next_reply();
        self.callers.insert((to, reply_to), caller);
        let peer = hosts[caller.host.0].name().to_owned();
        self.trace.add(self.now, hosts[to.0].name(), "receives", &body);
        self.step(hosts, to, Stimulus::Request(reply_to, channel, peer, body))
    }

    fn deliver_answer(
        &mut self,
        hosts: &mut [&mut dyn Machine],
        to: HostId,
        call: CallId,
        epoch: u64,
        result: Result<Vec<u8>, CallFailure>,
    ) -> Result<(), RecordsError> {
        let open = self.open_calls.remove(&(to, call, epoch)).is_some();
        if !open || !hosts[to.0].is_up() || self.epochs[to.0] != epoch {
            return Ok(());
        }
        self.step(hosts, to, Stimulus::Answer(call, result))
    }

    fn wake(&mut self, hosts: &mut [&mut dyn Machine], host: HostId) -> Result<(), RecordsError> {
        let due =
            hosts[host.0].is_up() && hosts[host.0].next_deadline()?.is_none_or(|at| at <= self.now);
        if due { self.step(hosts, host, Stimulus::Deadline) } else { Ok(()) }
    }

    fn step(
        &mut self,
        hosts: &mut [&mut dyn Machine],
        host: HostId,
        stimulus: Stimulus,
    ) -> Result<(), RecordsError> {
        let surroundings = self.surroundings(host);
        let effects = hosts[host.0].step(stimulus, surroundings)?;
        self.settle(hosts, host, effects)
    }

    fn send_answer(&mut self, caller: Caller, body: Vec<u8>) {
        if self.network.per_mille(self.weather.lose_per_mille) {
            self.injected.answers_lost += 1;
            return;
        }
        let delay = self.delay();
        self.answer(caller, Ok(body), delay);
    }

    fn answer(&mut self, caller: Caller, result: Result<Vec<u8>, CallFailure>, delay_ms: u64) {
        let Caller { host: to, call, epoch } = caller;
        self.schedule(delay_ms, Pending::Answer { to, call, epoch, result });
    }

    fn delay(&mut self) -> u64 {
        if self.network.per_mille(self.weather.delay_per_mille) {
            self.injected.delayed += 1;
            return self.network.between(1, self.weather.delay_ms_max.max(1));
        }
        self.network.between(1, 5)
    }

    fn schedule(&mut self, delay_ms: u64, pending: Pending) {
        self.ticket += 1;
        let delay = i64::try_from(delay_ms).unwrap_or(i64::MAX);
        let at = self.now + SignedDuration::from_millis(delay);
        self.queue.insert((at, self.ticket), pending);
    }
}
