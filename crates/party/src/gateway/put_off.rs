//! Authorizations that the bank does not take before a sign-on (response code 91).
//!
//! The bank has not acted on such a request, and says so authentically. The gateway signs on and
//! sends the same request again under the same trace number, as ISO 8583 wants of a repeat
//! (`0101`, `0201`), so that the bank could not act twice even if it had acted. The card that a
//! repeat needs is kept in memory only: after a restart the authorization is reversed, as any
//! that was left open.

use std::collections::BTreeMap;

use counterfoil_message::exchange::authorization::AuthCode;
use counterfoil_message::primitive::Rrpid;

use super::bank_call::{Asked, unaskable};
use super::ledger::{Authorization, AuthorizationState};
use super::{Failed, Gateway, Outcome};
use crate::bank_link::{BankAnswer, CardData};
use crate::conversation::Turn;
use crate::event::Event;

/// Most times that one authorization is sent again after a sign-on.
pub const REPEATS_MAX: u32 = 2;

/// Cards of the authorizations that the bank was asked for and has not decided.
#[derive(Debug, Default)]
pub(super) struct OpenCards(BTreeMap<Rrpid, OpenCard>);

#[derive(Debug)]
struct OpenCard {
    card: CardData,
    repeats: u32,
    /// Whether it is sent again at the next sign-on.
    put_off: bool,
}

impl OpenCards {
    pub(super) fn keep(&mut self, rrpid: Rrpid, card: CardData) {
        self.0.insert(rrpid, OpenCard { card, repeats: 0, put_off: false });
    }

    pub(super) fn forget(&mut self, rrpid: &Rrpid) {
        self.0.remove(rrpid);
    }

    /// Puts an authorization off until the sign-on, unless it was put off too often.
    fn put_off(&mut self, rrpid: &Rrpid) -> bool {
        let Some(open) = self.0.get_mut(rrpid).filter(|open| open.repeats < REPEATS_MAX) else {
            return false;
        };
        open.repeats += 1;
        open.put_off = true;
        true
    }

    /// Those that wait for the sign-on, which they do no longer.
    fn take_put_off(&mut self) -> Vec<(Rrpid, CardData)> {
        let put_off = self.0.iter_mut().filter(|(_, open)| open.put_off);
        let taken = put_off.map(|(rrpid, open)| {
            open.put_off = false;
            (*rrpid, open.card.clone())
        });
        taken.collect()
    }
}

impl Gateway {
    /// The bank wants a sign-on first: signs on, and sends the authorization again after it.
    pub(super) fn put_off(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        rrpid: &Rrpid,
        mut record: Authorization,
        answer: BankAnswer,
    ) -> Result<(), Failed> {
        self.signed_on = false;
        let is_put_off = self.open_cards.put_off(rrpid);
        self.sign_on(turn)?;
        if is_put_off {
            let event = Event::warning("authorization.put_off").xid(&record.xid());
            turn.event(event.rrpid(rrpid.as_bytes()));
            self.save_waiting(turn, rrpid, &record);
            return Ok(());
        }
        record.answer = Some(answer);
        self.decline(turn, rrpid, record, AuthCode::NoReply)
    }

    /// The bank has answered a sign-on: what was put off is sent again, or given up.
    pub(super) fn sign_on_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
    ) -> Result<(), Failed> {
        for (rrpid, card) in self.open_cards.take_put_off() {
            let record = self.authorizations.get(turn.env.records, rrpid.as_bytes())?;
            let Some(record) = record.filter(|r| r.state == AuthorizationState::Waiting) else {
                continue;
            };
            if !self.signed_on {
                self.decline(turn, &rrpid, record, AuthCode::NoReply)?;
                continue;
            }
            self.save_waiting(turn, &rrpid, &record);
            let asked = Asked::Authorization(rrpid);
            if let Err(error) = self.ask(turn, asked, &record.bank, Some(&card), true) {
                turn.event(unaskable(&error).xid(&record.xid()));
                self.decline(turn, &rrpid, record, AuthCode::SystemError)?;
            }
        }
        Ok(())
    }
}
