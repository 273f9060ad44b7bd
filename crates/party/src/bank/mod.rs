//! The bank behind the gateway: cardholders' and merchants' accounts, holds and a ledger.
//!
//! It hears ISO 8583 over the bank link ([`crate::bank_link`] builds what it hears) and answers
//! each request once and for all: [`link`](self) reads, authenticates and remembers messages;
//! `authorize`, `capture` and `reverse` hold the rules; `ledger` moves money, always from one
//! account to another. Card numbers are never stored: a card is a keyed hash and a masked text.

mod account;
mod authorize;
mod books;
mod capture;
mod card;
mod command;
mod config;
mod ledger;
mod link;
mod merchant;
mod payment;
mod refusal;
mod request;
mod reverse;
mod transaction;

pub use account::{AccountId, Terms};
pub use books::{
    AccountLine, Books, CurrencyTotals, PAYMENTS_PER_PAGE_MAX, PaymentLine, Totals, check_books,
};
pub use card::{BlockReason, CardStatus};
pub use command::{BankCommand, BankOutcome, OpenAccount};
pub use config::{
    BankConfig, BankConfigError, BankKeys, HOLD_HOURS_MAX, LinkConfig, MERCHANT_CHARACTERS_MAX,
    MerchantConfig, STORAGE_KEY_BYTES, TERMINAL_CHARACTERS_MAX,
};
pub use link::{ANSWER_KEPT_DAYS, MESSAGE_AGE_DAYS_MAX, MESSAGE_AHEAD_MINUTES_MAX};

use crate::event::Event;
use crate::machine::{Channel, Env, Input, Output, Party, Role};
use crate::records::RecordsError;

use config::Setup;

/// Most alarms (holds that expire, answers that are forgotten) handled with one input.
pub const ALARMS_PER_INPUT_MAX: usize = 500;

/// The bank.
#[derive(Debug)]
pub struct Bank {
    setup: Setup,
}

impl Bank {
    /// A bank with these settings and keys.
    ///
    /// # Errors
    /// [`BankConfigError`] naming the setting that is not acceptable.
    pub fn new(config: &BankConfig, keys: BankKeys) -> Result<Self, BankConfigError> {
        Ok(Self { setup: Setup::new(config, keys)? })
    }

    fn alarms(&self, env: &mut Env<'_>) -> Result<Vec<Event>, RecordsError> {
        let mut events = Vec::new();
        for (table, key) in env.records.due(env.now, ALARMS_PER_INPUT_MAX)? {
            match table.as_str() {
                link::ANSWERS_NAME => link::forget_answer(env.records, &key),
                transaction::TRANSACTIONS_NAME => {
                    events.extend(transaction::expire(env.records, &key)?);
                }
                reverse::TOMBSTONES_NAME => reverse::forget_tombstone(env.records, &key),
                _ => {
                    let cause = format!("an alarm of table {table}, which is not the bank's");
                    return Err(RecordsError { attempt: "read alarms".into(), cause });
                }
            }
        }
        Ok(events)
    }
}

impl Party for Bank {
    type Command = BankCommand;
    type Outcome = BankOutcome;

    fn role(&self) -> Role {
        Role::Bank
    }

    fn handle(
        &mut self,
        input: Input<BankCommand>,
        env: &mut Env<'_>,
    ) -> Result<Vec<Output<BankOutcome>>, RecordsError> {
        match input {
            Input::Request { reply_to, channel: Channel::Bank, peer, body } => {
                let heard = link::hear(&self.setup, &peer, &body, env)?;
                let answer = match heard.answer {
                    Some(body) => Output::Reply { reply_to, body },
                    None => Output::Drop { reply_to },
                };
                Ok([answer]
                    .into_iter()
                    .chain(heard.events.into_iter().map(Output::Event))
                    .collect())
            }
            Input::Request { reply_to, .. } => Ok(vec![
                Output::Drop { reply_to },
                Output::Event(Event::warning("bank.message_dropped").with("reason", "channel")),
            ]),
            Input::Answer { .. } => Ok(Vec::new()),
            Input::Command { reply_to, command } => {
                let (outcome, events) = command::carry_out(&self.setup, command, env)?;
                let outcome = Output::Outcome { reply_to, outcome };
                Ok([outcome].into_iter().chain(events.into_iter().map(Output::Event)).collect())
            }
            Input::Deadline => Ok(self.alarms(env)?.into_iter().map(Output::Event).collect()),
        }
    }
}

#[cfg(test)]
mod tests;
