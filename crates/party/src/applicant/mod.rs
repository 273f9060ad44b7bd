//! Registering: how a cardholder, a merchant or a payment gateway gets its certificates.
//!
//! [`Applicant`] is the other side of [`crate::ca`]. One registration after the other or several
//! at once; each is a record that moves through
//!
//! ```text
//! cardholder          Init -> Form -> [Answers] -> Request -> Done
//! merchant, gateway   Init --------> [Answers] -> Request -> Done
//!                                                   `-> Pended -> Inquiry -> Done
//! ```
//!
//! `Answers` waits for the person when the form asks for more than the order gave.
//!
//! A registration survives a crash between any two steps. It has to: a passphrase from the bank
//! counts once, and a request may wait for days at the CA, so beginning again would lose both.
//! Keys, card and answers are in the record, sealed under a key that lies outside of it
//! ([`ApplicantKeys::record_key`]); a message that was sent is sent again with the same octets.
//! The record stays until [`Command::Forget`], which the caller gives once it has put the
//! outcome where it belongs.
//!
//! Source: SET 1.0 Book 2 part II, Book 3 part III.

mod call;
mod card_init;
mod certificate_inquiry;
mod certificate_request;
mod certificate_response;
pub mod command;
mod filling;
mod ledger;
mod merchant_acquirer_init;
mod reg_form;
mod response;
pub mod settings;

#[cfg(test)]
mod registration_test;

pub use command::{
    Command, CommandError, Form, FormField, Order, Outcome, Present, Registered, Wanted, Who,
};
pub use ledger::{REGISTRATIONS_MAX, Step};
pub use settings::{ApplicantKeys, ApplicantSettings};

use std::collections::BTreeMap;

use counterfoil_crypto::suite::Suite;
use counterfoil_pki::trust::Trust;

use self::ledger::{REGISTRATIONS, Registration};
use crate::conversation::Turn;
use crate::event::Event;
use crate::machine::{CallId, Env, Input, Output, Party, ReplyTo, Role};
use crate::records::RecordsError;

/// Most alarms that are worked off in one input.
const ALARMS_PER_INPUT_MAX: usize = 32;

/// What a party registers with.
#[derive(Debug)]
pub struct Applicant {
    settings: ApplicantSettings,
    suite: &'static Suite,
    keys: ApplicantKeys,
    trust: Trust,
    /// Calls that are under way, by the registration that made them; none for an Error, whose
    /// answer nobody reads.
    calls: BTreeMap<CallId, Option<Vec<u8>>>,
    /// Who waits for the outcome of a registration.
    waiting: BTreeMap<Vec<u8>, ReplyTo>,
    next_call: u64,
}

impl Applicant {
    /// An applicant that trusts what `trust` holds: at least the roots of its brands.
    ///
    /// # Errors
    /// [`counterfoil_crypto::CryptoError`] when the suite of the settings is not known.
    pub fn new(
        settings: ApplicantSettings,
        keys: ApplicantKeys,
        trust: Trust,
    ) -> Result<Self, counterfoil_crypto::CryptoError> {
        let suite = Suite::by_name(&settings.suite)?;
        Ok(Self {
            settings,
            suite,
            keys,
            trust,
            calls: BTreeMap::new(),
            waiting: BTreeMap::new(),
            next_call: 1,
        })
    }

    /// What follows from the roots by now.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    fn command(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        command: Command,
    ) -> Result<(), RecordsError> {
        let refused = match command {
            Command::Register(order) => self.register(turn, reply_to, *order)?,
            Command::Answer { registration, passphrase, answers } => {
                self.answer(turn, reply_to, &registration, passphrase, answers)?
            }
            Command::Resume { registration } => self.resume(turn, reply_to, &registration)?,
            Command::Forget { registration } => {
                let forgotten = self.forget(turn.env, &registration)?;
                if forgotten.is_ok() {
                    turn.outcome(reply_to, Outcome::Forgotten);
                }
                forgotten
            }
            Command::List => {
                let registrations = ledger::list(turn.env.records)?;
                turn.outcome(reply_to, Outcome::List { registrations });
                Ok(())
            }
        };
        if let Err(error) = refused {
            turn.outcome(reply_to, error.into());
        }
        Ok(())
    }

    fn forget(
        &mut self,
        env: &mut Env<'_>,
        registration: &str,
    ) -> Result<Result<(), CommandError>, RecordsError> {
        let Some((lid_ee, _)) = ledger::find(env.records, registration)? else {
            return Ok(Err(CommandError::RegistrationUnknown));
        };
        REGISTRATIONS.remove(env.records, &lid_ee);
        REGISTRATIONS.set_alarm(env.records, &lid_ee, None);
        self.waiting.remove(&lid_ee);
        Ok(Ok(()))
    }

    /// Goes on with a registration, or says how it ended.
    fn resume(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        registration: &str,
    ) -> Result<Result<(), CommandError>, RecordsError> {
        let Some((lid_ee, record)) = ledger::find(turn.env.records, registration)? else {
            return Ok(Err(CommandError::RegistrationUnknown));
        };
        if self.waiting.contains_key(&lid_ee) {
            return Ok(Err(CommandError::Underway));
        }
        match record.step {
            Step::Init | Step::Form | Step::Request | Step::Inquiry => {
                self.waiting.insert(lid_ee.clone(), reply_to);
                if !self.is_calling(&lid_ee) {
                    self.send_again(turn, &lid_ee, record, 0)?;
                }
                Ok(Ok(()))
            }
            Step::Pended => {
                self.waiting.insert(lid_ee.clone(), reply_to);
                self.inquire(turn, &lid_ee, record)
            }
            Step::Answers | Step::Done | Step::Refused | Step::Failed => {
                let outcome = self.outcome_of(&lid_ee, &record)?;
                turn.outcome(reply_to, outcome);
                Ok(Ok(()))
            }
        }
    }

    /// Stores where a registration stands, and tells whoever waits for it when nothing more
    /// happens by itself.
    fn settle(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        step: Step,
    ) -> Result<(), RecordsError> {
        record.step = step;
        record.sending = None;
        REGISTRATIONS.put(turn.env.records, lid_ee, &record);
        REGISTRATIONS.set_alarm(turn.env.records, lid_ee, None);
        let event = Event::info("registration.settled")
            .with("registration", hex::encode(lid_ee))
            .with("step", step.name());
        turn.event(event);
        if let Some(reply_to) = self.waiting.remove(lid_ee) {
            let outcome = self.outcome_of(lid_ee, &record)?;
            turn.outcome(reply_to, outcome);
        }
        Ok(())
    }
}

impl Party for Applicant {
    type Command = Command;
    type Outcome = Outcome;

    fn role(&self) -> Role {
        self.settings.role
    }

    fn handle(
        &mut self,
        input: Input<Command>,
        env: &mut Env<'_>,
    ) -> Result<Vec<Output<Outcome>>, RecordsError> {
        let mut turn = Turn::new(env);
        match input {
            Input::Command { reply_to, command } => self.command(&mut turn, reply_to, command)?,
            Input::Answer { call, result } => self.answered(&mut turn, call, result)?,
            Input::Deadline => {
                let due = turn.env.records.due(turn.env.now, ALARMS_PER_INPUT_MAX)?;
                for (table, lid_ee) in due {
                    if table == REGISTRATIONS.name {
                        self.due(&mut turn, &lid_ee)?;
                    }
                }
            }
            Input::Request { reply_to, .. } => turn.drop_request(reply_to),
        }
        Ok(turn.outputs)
    }
}
