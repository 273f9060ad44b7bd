//! The merchant: between the wallets and the payment gateway.
//!
//! It sees the order and never the card: the payment instruction is opaque to it, and no type
//! that it uses can spell a card number. `LIFECYCLE.md` beside this file has the states of
//! orders, authorizations and captures. One file for each step of the exchanges.

mod authorization_request;
mod authorization_response;
mod capture_request;
mod capture_response;
pub mod command;
mod gateway_call;
mod gateway_certificate;
mod inquiry;
pub mod ledger;
pub mod order;
pub mod order_check;
mod purchase_init;
mod purchase_request;
mod purchase_response;
mod receive;
mod settings;
mod setup;
mod shop;
mod void_request;
mod void_response;

use std::collections::BTreeMap;
use std::sync::Arc;

use counterfoil_crypto::suite::Suite;
use counterfoil_message::primitive::Rrpid;
use counterfoil_pki::trust::Trust;

pub use self::command::{Command, Outcome};
pub use self::settings::{CaptureMode, MerchantSettings};
pub use self::setup::{BrandSetup, SetupError};
use crate::conversation::{Learned, Turn as AnyTurn};
use crate::dedup::{OPEN_REQUESTS_MAX, Waiting};
use crate::machine::{CallId, Channel, Env, Input, Output, Party, ReplyTo, Role};
use crate::records::RecordsError;
use command::CommandError;
use gateway_call::CALLS;
use gateway_certificate::GATEWAYS;
use ledger::PURCHASES;
use order::OrderId;
use setup::Brand;

/// Most alarms that are served in one input, so that requests are not kept waiting.
const ALARMS_PER_INPUT_MAX: usize = 64;

type Turn<'t, 'e> = AnyTurn<'t, 'e, Outcome>;

/// A merchant.
#[derive(Debug)]
pub struct Merchant {
    settings: MerchantSettings,
    suites: Vec<&'static Suite>,
    brands: Vec<Arc<Brand>>,
    trust: Trust,
    learned: Learned,
    /// Wallets that wait for an answer, by the RRPID of their request.
    waiting: Waiting,
    /// Calls of the gateway that are under way in this run.
    open_calls: BTreeMap<CallId, Rrpid>,
    next_call: u64,
    /// Whether the first deadline of this run has come.
    started: bool,
    /// Commands that wait for the gateway, by the RRPID of the message to it.
    commands: BTreeMap<Rrpid, (ReplyTo, OrderId)>,
}

impl Merchant {
    /// A merchant; one of `brands` for each brand that it accepts.
    ///
    /// # Errors
    /// [`SetupError`] when settings and certificates do not make a merchant.
    pub fn new(
        settings: MerchantSettings,
        brands: Vec<BrandSetup>,
        mut trust: Trust,
    ) -> Result<Self, SetupError> {
        let brands = setup::brands(brands)?;
        for brand in &brands {
            trust.learn(&brand.identity.chain);
            trust.learn(&brand.gateway_certificates);
        }
        Ok(Self {
            suites: setup::suites(&settings.suites)?,
            brands,
            settings,
            trust,
            learned: Learned::default(),
            waiting: Waiting::default(),
            open_calls: BTreeMap::new(),
            next_call: 1,
            started: false,
            commands: BTreeMap::new(),
        })
    }

    fn brand(&self, name: &str) -> Option<Arc<Brand>> {
        self.brands.iter().find(|brand| brand.name.as_str() == name).cloned()
    }

    fn command(
        &mut self,
        turn: &mut Turn<'_, '_>,
        reply_to: ReplyTo,
        command: Command,
    ) -> Result<(), RecordsError> {
        let outcome = match command {
            Command::CreateOrder { description, amount, shipments } => {
                shop::create_order(turn.env, description, amount, shipments)?
            }
            Command::Initiation { order } => {
                let brands = self.brands.iter().map(|brand| brand.name.to_string()).collect();
                shop::initiation(turn.env.records, order, &self.settings.set_url, brands)?
            }
            Command::Status { order } => shop::status(turn.env.records, order)?,
            Command::Books { after, limit } => shop::books(turn.env.records, after, limit)?,
            Command::Orders { after, limit } => shop::orders(turn.env.records, after, limit)?,
            Command::Retry { order } => {
                self.retry(turn, order)?;
                shop::status(turn.env.records, order)?
            }
            Command::Capture { order, amount } => {
                let asked = self.capture(turn, order, amount)?;
                return self.await_gateway(turn, reply_to, order, asked);
            }
            Command::Void { order } => {
                let asked = self.void(turn, order)?;
                return self.await_gateway(turn, reply_to, order, asked);
            }
            Command::AuthorizeNext { order, amount } => {
                let asked = self.authorize_next(turn, order, amount)?;
                return self.await_gateway(turn, reply_to, order, asked);
            }
        };
        turn.outcome(reply_to, outcome);
        Ok(())
    }

    /// Keeps a command open until the gateway has answered the message that it caused.
    fn await_gateway(
        &mut self,
        turn: &mut Turn<'_, '_>,
        reply_to: ReplyTo,
        order: OrderId,
        asked: Result<Rrpid, CommandError>,
    ) -> Result<(), RecordsError> {
        match asked {
            Ok(rrpid) if self.commands.len() < OPEN_REQUESTS_MAX => {
                self.commands.insert(rrpid, (reply_to, order));
            }
            Ok(_) => {
                let outcome = shop::status(turn.env.records, order)?;
                turn.outcome(reply_to, outcome);
            }
            Err(error) => turn.outcome(reply_to, error.into()),
        }
        Ok(())
    }

    /// Answers the command that waits for the gateway's answer to `rrpid`, if there is one.
    fn finish_command(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
    ) -> Result<(), RecordsError> {
        if let Some((reply_to, order)) = self.commands.remove(rrpid) {
            if let Some(next) = self.void_under_way(turn, order)? {
                self.commands.insert(next, (reply_to, order));
                return Ok(());
            }
            let outcome = shop::status(turn.env.records, order)?;
            turn.outcome(reply_to, outcome);
        }
        Ok(())
    }

    /// An order of several authorizations is voided with as many messages: one of them whose
    /// answer is still to come in this run.
    fn void_under_way(
        &self,
        turn: &Turn<'_, '_>,
        order: OrderId,
    ) -> Result<Option<Rrpid>, RecordsError> {
        let Some(order) = order::order(turn.env.records, order)? else { return Ok(None) };
        let Some(purchase) = shop::purchase_of(turn.env.records, &order)? else { return Ok(None) };
        let asked: Vec<&[u8]> = purchase.voids_asked().collect();
        let mut under_way = self.open_calls.values().copied();
        Ok(under_way.find(|rrpid| asked.contains(&rrpid.as_bytes().as_slice())))
    }

    fn deadline(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), RecordsError> {
        if !std::mem::replace(&mut self.started, true) {
            self.seek_gateways(turn)?;
        }
        for (table, key) in turn.env.records.due(turn.env.now, ALARMS_PER_INPUT_MAX)? {
            match table.as_str() {
                table if table == CALLS.name => self.call_due(turn, &key)?,
                table if table == PURCHASES.name => self.purchase_due(turn, &key)?,
                table if table == GATEWAYS.name => self.gateway_due(turn, &key)?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Party for Merchant {
    type Command = Command;
    type Outcome = Outcome;

    fn role(&self) -> Role {
        Role::Merchant
    }

    fn handle(
        &mut self,
        input: Input<Command>,
        env: &mut Env<'_>,
    ) -> Result<Vec<Output<Outcome>>, RecordsError> {
        let mut turn = Turn::new(env);
        self.learned.restore(&mut self.trust, &mut turn)?;
        match input {
            Input::Request { reply_to, channel: Channel::Payment, peer, body } => {
                self.request(&mut turn, reply_to, &peer, &body)?;
            }
            Input::Request { reply_to, .. } => turn.drop_request(reply_to),
            Input::Answer { call, result } => self.answered(&mut turn, call, result)?,
            Input::Command { reply_to, command } => self.command(&mut turn, reply_to, command)?,
            Input::Deadline => self.deadline(&mut turn)?,
        }
        self.learned.keep(&self.trust, turn.env.records)?;
        Ok(turn.outputs)
    }
}
