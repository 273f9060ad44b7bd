//! A party on a simulated machine: its records survive a crash, the party itself does not.

use jiff::Timestamp;
use rand_core::CryptoRng;

use counterfoil_party::event::Event;
use counterfoil_party::machine::{
    CallFailure, CallId, Channel, Destination, Env, Input, Output, Party, ReplyTo,
};
use counterfoil_party::memory::MemoryRecords;
use counterfoil_party::records::RecordsError;

/// What a host wants done, whatever its party's commands are.
#[derive(Debug)]
pub enum Effect {
    /// Answers a request.
    Reply(ReplyTo, Vec<u8>),
    /// Leaves a request unanswered.
    Drop(ReplyTo),
    /// The outcome of a command, as text for the trace.
    Outcome(ReplyTo, String),
    /// Calls another host.
    Call {
        /// Comes back with the answer.
        call: CallId,
        /// To whom.
        to: Destination,
        /// Which kind of connection.
        channel: Channel,
        /// The message.
        body: Vec<u8>,
        /// Milliseconds until the answer counts as lost.
        timeout_ms: u64,
    },
    /// Telemetry.
    Event(Event),
}

/// Where a step is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The party handled the input and nothing became durable.
    BeforeCommit,
    /// Everything became durable and nothing was sent.
    AfterCommit,
}

/// A host as the engine drives it.
pub trait Machine {
    /// Name in the trace.
    fn name(&self) -> &str;
    /// Whether it runs.
    fn is_up(&self) -> bool;
    /// When it wants to be woken.
    ///
    /// # Errors
    /// [`RecordsError`] from its records.
    fn next_deadline(&self) -> Result<Option<Timestamp>, RecordsError>;
    /// Stops it at once; its records keep what was committed.
    fn stop(&mut self);
    /// Starts it again from its records.
    fn start(&mut self);
    /// Gives it a message from a peer.
    ///
    /// # Errors
    /// [`RecordsError`] from its records.
    fn step(&mut self, stimulus: Stimulus, step: Step<'_>) -> Result<Vec<Effect>, RecordsError>;
}

/// What can happen to any host.
#[derive(Debug)]
pub enum Stimulus {
    /// A request.
    Request(ReplyTo, Channel, String, Vec<u8>),
    /// An answer.
    Answer(CallId, Result<Vec<u8>, CallFailure>),
    /// Its deadline has come, or it was started.
    Deadline,
}

/// The surroundings of one step.
pub struct Step<'a> {
    /// Virtual time.
    pub now: Timestamp,
    /// The party's randomness.
    pub rng: &'a mut dyn CryptoRng,
    /// Whether the host stops in this step.
    pub crash: Option<Crash>,
}

/// A party, how it is built anew, and its records.
pub struct Host<P: Party> {
    name: String,
    build: Box<dyn Fn() -> P>,
    party: Option<P>,
    records: MemoryRecords,
    /// The last outcome of a command, for the scenario to look at.
    pub last_outcome: Option<P::Outcome>,
}

impl<P: Party> Host<P>
where
    P::Outcome: std::fmt::Debug,
{
    /// A host that runs.
    pub fn new(name: &str, build: impl Fn() -> P + 'static) -> Self {
        let party = Some(build());
        Self {
            name: name.to_owned(),
            build: Box::new(build),
            party,
            records: MemoryRecords::new(),
            last_outcome: None,
        }
    }

    /// Its records, for invariants.
    pub fn records(&self) -> &MemoryRecords {
        &self.records
    }

    /// Gives its party a command. A host that is down does nothing.
    ///
    /// # Errors
    /// [`RecordsError`] from its records.
    pub fn command(
        &mut self,
        reply_to: ReplyTo,
        command: P::Command,
        step: Step<'_>,
    ) -> Result<Vec<Effect>, RecordsError> {
        self.run(Input::Command { reply_to, command }, step)
    }

    fn run(
        &mut self,
        input: Input<P::Command>,
        step: Step<'_>,
    ) -> Result<Vec<Effect>, RecordsError> {
        let Some(party) = &mut self.party else { return Ok(Vec::new()) };
        self.records.begin();
        let mut env = Env { now: step.now, rng: step.rng, records: &mut self.records };
        let outputs = party.handle(input, &mut env);
        if outputs.is_err() || step.crash == Some(Crash::BeforeCommit) {
            self.records.rollback();
        } else {
            self.records.commit();
        }
        if step.crash.is_some() {
            self.party = None;
            return Ok(Vec::new());
        }
        Ok(outputs?.into_iter().map(|output| self.effect(output)).collect())
    }

    fn effect(&mut self, output: Output<P::Outcome>) -> Effect {
        match output {
            Output::Reply { reply_to, body } => Effect::Reply(reply_to, body),
            Output::Drop { reply_to } => Effect::Drop(reply_to),
            Output::Call { call, to, channel, body, timeout_ms } => {
                Effect::Call { call, to, channel, body, timeout_ms }
            }
            Output::Event(event) => Effect::Event(event),
            Output::Outcome { reply_to, outcome } => {
                let text = format!("{outcome:?}");
                self.last_outcome = Some(outcome);
                Effect::Outcome(reply_to, text)
            }
        }
    }
}

impl<P: Party> Machine for Host<P>
where
    P::Outcome: std::fmt::Debug,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn is_up(&self) -> bool {
        self.party.is_some()
    }

    fn next_deadline(&self) -> Result<Option<Timestamp>, RecordsError> {
        self.party.as_ref().map_or(Ok(None), |party| party.next_deadline(&self.records))
    }

    fn stop(&mut self) {
        self.party = None;
        self.records.rollback();
    }

    fn start(&mut self) {
        self.party = Some((self.build)());
    }

    fn step(&mut self, stimulus: Stimulus, step: Step<'_>) -> Result<Vec<Effect>, RecordsError> {
        let input = match stimulus {
            Stimulus::Request(reply_to, channel, peer, body) => {
                Input::Request { reply_to, channel, peer, body }
            }
            Stimulus::Answer(call, result) => Input::Answer { call, result },
            Stimulus::Deadline => Input::Deadline,
        };
        self.run(input, step)
    }
}
