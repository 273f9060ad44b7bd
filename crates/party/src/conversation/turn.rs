//! [`Turn`]: one input being handled, with what is to be done collected in order.

use counterfoil_message::primitive::{Rrpid, Xid};

use crate::event::Event;
use crate::machine::{CallId, Channel, Destination, Env, Output, ReplyTo};
use crate::records::{Direction, JournalEntry};

/// Which message, for journal and events: its name and the ids it tells.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Name of the message, for example `PReq`.
    pub message: &'static str,
    /// The purchase.
    pub xid: Option<&'a Xid>,
    /// The request/response pair.
    pub rrpid: Option<&'a Rrpid>,
    /// The other side: an endpoint name, a URL or an address.
    pub peer: &'a str,
}

/// One input being handled. Every message that goes in or out through it is journaled.
pub struct Turn<'t, 'e, O> {
    /// Time, randomness and records.
    pub env: &'t mut Env<'e>,
    /// What is to be done, in order.
    pub outputs: Vec<Output<O>>,
}

impl<'t, 'e, O> Turn<'t, 'e, O> {
    /// The beginning of a turn.
    pub fn new(env: &'t mut Env<'e>) -> Self {
        Self { env, outputs: Vec::new() }
    }

    /// Journals a message that came.
    pub fn received(&mut self, about: About<'_>, body: &[u8]) {
        self.journal(Direction::Received, about, body);
    }

    /// Journals a message that goes to whoever waits for it.
    pub fn sent(&mut self, about: About<'_>, body: &[u8]) {
        self.journal(Direction::Sent, about, body);
    }

    /// Answers a request.
    pub fn reply(&mut self, reply_to: ReplyTo, about: About<'_>, body: Vec<u8>) {
        self.journal(Direction::Sent, about, &body);
        self.outputs.push(Output::Reply { reply_to, body });
    }

    /// Leaves a request unanswered.
    pub fn drop_request(&mut self, reply_to: ReplyTo) {
        self.outputs.push(Output::Drop { reply_to });
    }

    /// Sends a message on the payment channel.
    pub fn call(
        &mut self,
        call: CallId,
        to: Destination,
        about: About<'_>,
        body: Vec<u8>,
        timeout_ms: u64,
    ) {
        self.journal(Direction::Sent, about, &body);
        self.outputs.push(Output::Call { call, to, channel: Channel::Payment, body, timeout_ms });
    }

    /// Answers a command.
    pub fn outcome(&mut self, reply_to: ReplyTo, outcome: O) {
        self.outputs.push(Output::Outcome { reply_to, outcome });
    }

    /// Tells telemetry.
    pub fn event(&mut self, event: Event) {
        self.outputs.push(Output::Event(event));
    }

    /// Tells telemetry of a message, with its ids.
    pub fn event_about(&mut self, mut event: Event, about: About<'_>) {
        if let Some(xid) = about.xid {
            event = event.xid(xid.as_bytes());
        }
        if let Some(rrpid) = about.rrpid {
            event = event.rrpid(rrpid.as_bytes());
        }
        self.event(event.with("message", about.message));
    }

    fn journal(&mut self, direction: Direction, about: About<'_>, body: &[u8]) {
        self.env.records.journal(JournalEntry {
            at: self.env.now,
            direction,
            message: about.message.to_owned(),
            xid: about.xid.map(|xid| hex::encode(xid.as_bytes())),
            rrpid: about.rrpid.map(|rrpid| hex::encode(rrpid.as_bytes())),
            peer: about.peer.to_owned(),
            body: body.to_vec(),
        });
    }
}
