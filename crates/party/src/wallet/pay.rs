//! The cardholder says yes: PInitReq.

use std::sync::Arc;

use counterfoil_message::exchange::purchase_init::PInitReq;
use counterfoil_message::primitive::{BrandId, Challenge, LocalId, Rrpid};
use counterfoil_message::wrapper::MessageIds;

use super::command::{CommandError, Verdict};
use super::ledger::{Exchange, Purchase, Sending, Shown, State};
use super::setup::Card;
use super::{PAYMENTS_OPEN_MAX, Turn, Wallet};
use crate::conversation::Stored;
use crate::conversation::header::{header, wrap};
use crate::conversation::held;
use crate::event::Event;
use crate::initiation::PaymentInitiation;
use crate::machine::ReplyTo;
use crate::records::{Octets, RecordsError};

/// Octets of the label (LID-C) of a purchase.
const LABEL_BYTES: usize = 16;

impl Wallet {
    pub(super) fn pay(
        &mut self,
        turn: &mut Turn<'_, '_>,
        reply_to: ReplyTo,
        initiation: &str,
        brand: &str,
        card: Option<&str>,
    ) -> Result<Result<(), CommandError>, RecordsError> {
        let made = self.agree(turn, initiation, brand, card);
        let (lid_c, mut purchase) = match made {
            Ok(made) => made,
            Err(error) => return Ok(Err(error)),
        };
        self.commands.insert(lid_c.clone(), vec![reply_to]);
        turn.event(Event::info("purchase.begun").with("lid_c", hex::encode(&lid_c)));
        self.send(turn, &lid_c, &mut purchase);
        Ok(Ok(()))
    }

    /// A purchase with its PInitReq, ready to send.
    fn agree(
        &self,
        turn: &mut Turn<'_, '_>,
        initiation: &str,
        brand: &str,
        card: Option<&str>,
    ) -> Result<(Vec<u8>, Purchase), CommandError> {
        if self.commands.len() >= PAYMENTS_OPEN_MAX {
            return Err(CommandError::TooMany);
        }
        let shop = PaymentInitiation::parse(initiation).map_err(CommandError::Initiation)?;
        if shop.amount.minor == 0 {
            return Err(CommandError::AmountZero);
        }
        if !shop.brands.iter().any(|offered| offered == brand) {
            return Err(CommandError::BrandNotOffered(brand.to_owned()));
        }
        let card = self.choose_card(turn, brand, card)?;
        let lid_m = LocalId::new(&shop.lid_m).map_err(|_| CommandError::Unable)?;
        let mut label = [0; LABEL_BYTES];
        turn.env.rng.fill_bytes(&mut label);
        let lid_c = LocalId::new(&label).map_err(|_| CommandError::Unable)?;
        let request = PInitReq {
            rrpid: Rrpid::random(turn.env.rng),
            language: self.language.clone(),
            lid_c: lid_c.clone(),
            lid_m: Some(lid_m.clone()),
            chall_c: Challenge::random(turn.env.rng),
            brand_id: BrandId::new(brand).map_err(|_| CommandError::Unable)?,
            bin: card.bin(),
            thumbs: Some(held::thumbs(&self.trust, brand)),
            pi_rq_extensions: None,
            suites: self.suites.iter().map(|suite| suite.oid).collect(),
        };
        let ids = MessageIds { lid_c: Some(lid_c), lid_m: Some(lid_m.clone()), xid: None };
        let header = header(turn.env.now, Some(ids), request.rrpid);
        let body = wrap(header, &request).map_err(|_| CommandError::Unable)?;
        let sending = Sending {
            exchange: Exchange::Init,
            rrpid: Stored(request.rrpid),
            challenge: Stored(request.chall_c),
            body: Octets(body),
            sends: 0,
        };
        let purchase = Purchase {
            card: card.name.clone(),
            brand: brand.to_owned(),
            shown: Shown {
                set_url: shop.set_url,
                lid_m: Stored(lid_m),
                amount: shop.amount,
                description: shop.order,
            },
            at: turn.env.now,
            thumbs: request.thumbs.map(Stored),
            agreed: None,
            sending: Some(sending),
            inquiries: 0,
            resends: 0,
            state: State::Initialising,
            verdict: Verdict::Underway,
            receipts: Vec::new(),
            reversals: Vec::new(),
        };
        Ok((label.to_vec(), purchase))
    }

    fn choose_card(
        &self,
        turn: &Turn<'_, '_>,
        brand: &str,
        name: Option<&str>,
    ) -> Result<Arc<Card>, CommandError> {
        let mut of_brand = self.cards.iter().filter(|card| card.brand() == brand);
        let card = match name {
            Some(name) => of_brand.find(|card| card.name == name),
            None => of_brand.next(),
        };
        let missing = || CommandError::CardUnknown(name.unwrap_or(brand).to_owned());
        let card = card.ok_or_else(missing)?;
        let certificate = &card.identity.sign_certificate;
        if turn.env.now < certificate.not_before() || certificate.signing_until() < turn.env.now {
            return Err(CommandError::CardExpired(card.name.clone()));
        }
        Ok(Arc::clone(card))
    }
}
