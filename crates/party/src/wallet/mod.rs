//! The wallet: the cardholder's software.
//!
//! It holds cards in memory only and writes no card number down: what it sends and keeps has the
//! card sealed for the gateway. It says "paid" on the gateway's word alone. `LIFECYCLE.md` beside
//! this file has the states of a purchase. One file for each step of the exchanges.

pub mod command;
pub mod init_check;
mod inquiry;
pub mod ledger;
mod pay;
mod purchase_init;
mod purchase_request;
mod purchase_response;
pub mod receipt_check;
pub mod response_check;
mod sending;
mod settings;
mod setup;

use std::collections::BTreeMap;
use std::sync::Arc;

use counterfoil_crypto::suite::Suite;
use counterfoil_message::primitive::{Language, Rrpid};
use counterfoil_pki::trust::Trust;

pub use self::command::{Command, Outcome};
pub use self::settings::WalletSettings;
pub use self::setup::{Card, SetupError};
use crate::conversation::{Learned, Turn as AnyTurn};
use crate::machine::{CallId, Env, Input, Output, Party, ReplyTo, Role};
use crate::records::RecordsError;
use command::{CardState, PAGE_MAX};
use ledger::PURCHASES;

/// Most alarms that are served in one input.
const ALARMS_PER_INPUT_MAX: usize = 64;
/// Most payments that are worked on at the same time.
const PAYMENTS_OPEN_MAX: usize = 256;

type Turn<'t, 'e> = AnyTurn<'t, 'e, Outcome>;

/// A call of the merchant that is under way in this run.
#[derive(Debug)]
struct OpenCall {
    /// LID-C of its purchase.
    lid_c: Vec<u8>,
    /// RRPID of its message: an answer to an older one says nothing.
    rrpid: Rrpid,
}

/// A wallet.
#[derive(Debug)]
pub struct Wallet {
    settings: WalletSettings,
    suites: Vec<&'static Suite>,
    language: Language,
    cards: Vec<Arc<Card>>,
    trust: Trust,
    learned: Learned,
    open_calls: BTreeMap<CallId, OpenCall>,
    next_call: u64,
    /// Commands that wait for the end of a purchase, by its LID-C.
    commands: BTreeMap<Vec<u8>, Vec<ReplyTo>>,
}

impl Wallet {
    /// A wallet with these cards, as the vault held them.
    ///
    /// # Errors
    /// [`SetupError`] when settings and cards do not make a wallet.
    pub fn new(
        settings: WalletSettings,
        cards: Vec<Card>,
        mut trust: Trust,
    ) -> Result<Self, SetupError> {
        let (suites, language) = setup::check(&settings, &cards)?;
        cards.iter().for_each(|card| trust.learn(&card.identity.chain));
        Ok(Self {
            settings,
            suites,
            language,
            cards: cards.into_iter().map(Arc::new).collect(),
            trust,
            learned: Learned::default(),
            open_calls: BTreeMap::new(),
            next_call: 1,
            commands: BTreeMap::new(),
        })
    }

    fn card(&self, name: &str) -> Option<Arc<Card>> {
        self.cards.iter().find(|card| card.name == name).cloned()
    }

    fn command(
        &mut self,
        turn: &mut Turn<'_, '_>,
        reply_to: ReplyTo,
        command: Command,
    ) -> Result<(), RecordsError> {
        let refused = match command {
            Command::Pay { initiation, brand, card } => {
                self.pay(turn, reply_to, &initiation, &brand, card.as_deref())?.err()
            }
            Command::Inquire { xid } => self.inquire(turn, reply_to, &xid)?.err(),
            Command::Purchases { after, limit } => {
                let outcome = purchases(turn, after.as_deref(), limit)?;
                turn.outcome(reply_to, outcome);
                None
            }
            Command::State => {
                let cards = self.cards.iter().map(|card| state_of(card)).collect();
                turn.outcome(reply_to, Outcome::State { cards });
                None
            }
        };
        if let Some(error) = refused {
            turn.outcome(reply_to, error.into());
        }
        Ok(())
    }

    fn deadline(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), RecordsError> {
        for (table, lid_c) in turn.env.records.due(turn.env.now, ALARMS_PER_INPUT_MAX)? {
            if table == PURCHASES.name {
                self.purchase_due(turn, &lid_c)?;
            }
        }
        Ok(())
    }
}

/// A page of the books.
fn purchases(
    turn: &Turn<'_, '_>,
    after: Option<&str>,
    limit: usize,
) -> Result<Outcome, RecordsError> {
    let limit = limit.clamp(1, PAGE_MAX);
    let after = after.and_then(|label| hex::decode(label).ok());
    let rows = PURCHASES.scan(turn.env.records, &[], after.as_deref(), limit)?;
    let full = rows.len() == limit;
    let purchases: Vec<_> = rows.iter().map(|(lid_c, purchase)| purchase.books(lid_c)).collect();
    let next = purchases.last().map(|last| last.lid_c.clone()).filter(|_| full);
    Ok(Outcome::Purchases { purchases, next })
}

fn state_of(card: &Card) -> CardState {
    CardState {
        name: card.name.clone(),
        brand: card.brand().to_owned(),
        number: card.pan.masked(),
        valid_until: card.identity.sign_certificate.not_after(),
    }
}

impl Party for Wallet {
    type Command = Command;
    type Outcome = Outcome;

    fn role(&self) -> Role {
        Role::Wallet
    }

    fn handle(
        &mut self,
        input: Input<Command>,
        env: &mut Env<'_>,
    ) -> Result<Vec<Output<Outcome>>, RecordsError> {
        let mut turn = Turn::new(env);
        self.learned.restore(&mut self.trust, &mut turn)?;
        match input {
            // Nobody has anything to ask of a wallet.
            Input::Request { reply_to, .. } => turn.drop_request(reply_to),
            Input::Answer { call, result } => self.answered(&mut turn, call, result)?,
            Input::Command { reply_to, command } => self.command(&mut turn, reply_to, command)?,
            Input::Deadline => self.deadline(&mut turn)?,
        }
        self.learned.keep(&self.trust, turn.env.records)?;
        Ok(turn.outputs)
    }
}
