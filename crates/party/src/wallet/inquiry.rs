//! InqReq: how is my purchase doing? Signed with the certificate of the purchase.

use counterfoil_message::exchange::inquiry::{InqReq, InqReqData};
use counterfoil_message::primitive::{Challenge, Rrpid};
use counterfoil_message::treatment;

use super::command::CommandError;
use super::ledger::{Exchange, PURCHASES, Purchase, Sending, label_of};
use super::purchase_request::card_gone;
use super::{PAYMENTS_OPEN_MAX, Turn, Wallet};
use crate::conversation::header::{header, message_ids, wrap};
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Stored};
use crate::machine::ReplyTo;
use crate::records::{Octets, RecordsError};

impl Wallet {
    /// The command: one inquiry, and its answer as it is. PReq is not sent anew.
    pub(super) fn inquire(
        &mut self,
        turn: &mut Turn<'_, '_>,
        reply_to: ReplyTo,
        xid: &str,
    ) -> Result<Result<(), CommandError>, RecordsError> {
        let Ok(xid) = hex::decode(xid) else { return Ok(Err(CommandError::PurchaseUnknown)) };
        let Some(lid_c) = label_of(turn.env.records, &xid)? else {
            return Ok(Err(CommandError::PurchaseUnknown));
        };
        let Some(mut purchase) = PURCHASES.get(turn.env.records, &lid_c)? else {
            return Ok(Err(CommandError::PurchaseUnknown));
        };
        if let Some(waiting) = self.commands.get_mut(&lid_c) {
            // The wallet is at it already: this command gets the same answer.
            waiting.push(reply_to);
            return Ok(Ok(()));
        }
        if self.commands.len() >= PAYMENTS_OPEN_MAX {
            return Ok(Err(CommandError::TooMany));
        }
        if purchase.sending.is_some() {
            // Begun in an earlier run: it goes on now, and this command waits for its end. The
            // call that was open then was lost with that run, so nobody waits for its time-out.
            self.commands.insert(lid_c.clone(), vec![reply_to]);
            self.purchase_due(turn, &lid_c)?;
            return Ok(Ok(()));
        }
        purchase.inquiries = self.settings.inquiries_max.saturating_sub(1);
        purchase.resends = self.settings.resends_max;
        self.commands.insert(lid_c.clone(), vec![reply_to]);
        self.ask(turn, &lid_c, purchase)?;
        Ok(Ok(()))
    }

    /// Makes an InqReq and puts it into the purchase, ready to send.
    pub(super) fn prepare_inquiry(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &mut Purchase,
    ) -> Result<(), Failed> {
        let card = self.card(&purchase.card).ok_or_else(card_gone)?;
        let agreed = purchase.agreed.as_ref().ok_or_else(card_gone)?;
        let data = InqReqData {
            trans_ids: agreed.trans_ids.0.clone(),
            rrpid: Rrpid::random(turn.env.rng),
            chall_c2: Challenge::random(turn.env.rng),
            inq_rq_extensions: None,
        };
        let signed = treatment::sign(&card.sender(), &data, turn.env.rng)?;
        let header = header(turn.env.now, Some(message_ids(&data.trans_ids)), data.rrpid);
        let body = wrap(header, &InqReq::Signed(signed)).map_err(unable)?;
        purchase.inquiries += 1;
        purchase.sending = Some(Sending {
            exchange: Exchange::Inquiry,
            rrpid: Stored(data.rrpid),
            challenge: Stored(data.chall_c2),
            body: Octets(body),
            sends: 0,
        });
        Ok(())
    }
}
