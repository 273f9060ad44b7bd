//! Refusing a message: the sender is told by a signed Error, telemetry by an event.

use counterfoil_message::primitive::Rrpid;
use counterfoil_message::wrapper::MessageHeader;
use counterfoil_secret::Report as _;

use super::{Gateway, Outcome};
use crate::conversation::error_message::{Refused, error_message};
use crate::conversation::{About, Refusal, Turn};
use crate::dedup;
use crate::event::Event;
use crate::machine::{Output, ReplyTo};
use crate::records::RecordsError;

impl Gateway {
    /// Refuses octets whose header cannot be used: nothing of them is remembered.
    pub(super) fn refuse_octets(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        peer: &str,
        body: &[u8],
        refusal: &Refusal,
    ) {
        let about = About { message: "unreadable", xid: None, rrpid: None, peer };
        turn.received(about, body);
        turn.event(event_of(refusal).with("peer", peer));
        match self.error(turn, refusal, Refused::Octets(body)) {
            Some(body) => turn.reply(reply_to, About { message: "Error", ..about }, body),
            None => turn.drop_request(reply_to),
        }
    }

    /// Refuses a request. The same octets get the same Error again, unless the reason may pass.
    pub(super) fn refuse_request(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        header: &MessageHeader,
        refusal: &Refusal,
    ) -> Result<(), RecordsError> {
        let xid = header.message_ids.as_ref().and_then(|ids| ids.xid);
        let about =
            About { message: "Error", xid: xid.as_ref(), rrpid: Some(rrpid), peer: "merchant" };
        turn.event_about(event_of(refusal), about);
        let Some(body) = self.error(turn, refusal, Refused::Header(header)) else {
            dedup::forget(turn.env.records, rrpid.as_bytes());
            for reply in self.waiting.answer::<Outcome>(rrpid.as_bytes(), &[]) {
                if let Output::Reply { reply_to, .. } = reply {
                    turn.drop_request(reply_to);
                }
            }
            return Ok(());
        };
        if refusal.may_pass {
            dedup::forget(turn.env.records, rrpid.as_bytes());
        } else {
            dedup::store_answer(turn.env.records, rrpid.as_bytes(), &body)?;
        }
        turn.sent(about, &body);
        let replies = self.waiting.answer(rrpid.as_bytes(), &body);
        turn.outputs.extend(replies);
        Ok(())
    }

    fn error(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        refusal: &Refusal,
        refused: Refused<'_>,
    ) -> Option<Vec<u8>> {
        let made = error_message(&self.sender(), refusal, refused, turn.env.now, turn.env.rng);
        made.map_err(|error| {
            turn.event(Event::error("gateway.failed").with("error", error.id()));
        })
        .ok()
    }
}

fn event_of(refusal: &Refusal) -> Event {
    Event::warning("message.refused")
        .with("error", refusal.id())
        .with("error_code", refusal.code.name())
        .with("fault", refusal.fault.name())
        .with("reason", refusal.message.as_str())
}
