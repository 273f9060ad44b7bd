//! A party without network: its operator's commands, carried out on its records.

use jiff::Timestamp;

use counterfoil_party::machine::{Env, Input, Output, Party, ReplyTo};
use counterfoil_party::records::RecordsError;
use counterfoil_secret::{Fault, Report};
use counterfoil_store::{Storage as _, Store, StoreError};
use thiserror::Error;

use crate::files::PartyFolder;
use crate::rng::SystemRng;
use crate::telemetry::{Settings, Telemetry};

/// A party on its own records, with nobody to talk to.
#[derive(Debug)]
pub struct Offline<P> {
    party: P,
    store: Store,
    rng: SystemRng,
    telemetry: Telemetry,
}

/// Why a party without network did not carry out a command.
#[derive(Debug, Error)]
pub enum OfflineError {
    /// Its records cannot be opened or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its records cannot be read.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The command is one that needs a peer.
    #[error("{party} did not answer a command at once")]
    NoOutcome {
        /// The party.
        party: String,
    },
}

impl Report for OfflineError {
    fn id(&self) -> &'static str {
        match self {
            Self::Store(error) => error.id(),
            Self::Records(error) => error.id(),
            Self::NoOutcome { .. } => "command-needs-peer",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Store(error) => error.hint(),
            Self::Records(error) => error.hint(),
            Self::NoOutcome { .. } => "start the deployment and ask again".into(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Records(error) => error.fault(),
            Self::NoOutcome { .. } => Fault::OurMisuse,
        }
    }
}

impl<P: Party> Offline<P> {
    /// Opens the records in `folder` for `party`.
    ///
    /// # Errors
    /// [`OfflineError::Store`], for example while the party runs.
    pub fn open(folder: &PartyFolder, party: P) -> Result<Self, OfflineError> {
        Ok(Self {
            party,
            store: Store::open(&folder.state())?,
            rng: SystemRng::new(),
            telemetry: Telemetry::new(folder.name(), Settings::in_folder(&folder.log())),
        })
    }

    /// Lets the party do what is due at `now`, for example make its first CRL.
    ///
    /// # Errors
    /// [`OfflineError`].
    pub fn deadline(&mut self, now: Timestamp) -> Result<(), OfflineError> {
        self.input(Input::Deadline, now).map(drop)
    }

    /// Has the party carry out a command.
    ///
    /// # Errors
    /// [`OfflineError`].
    pub fn command(
        &mut self,
        command: P::Command,
        now: Timestamp,
    ) -> Result<P::Outcome, OfflineError> {
        let outputs = self.input(Input::Command { reply_to: ReplyTo(1), command }, now)?;
        let outcome = outputs.into_iter().find_map(|output| match output {
            Output::Outcome { outcome, .. } => Some(outcome),
            _ => None,
        });
        let party = self.telemetry.party();
        outcome.ok_or_else(|| OfflineError::NoOutcome { party: party.to_owned() })
    }

    fn input(
        &mut self,
        input: Input<P::Command>,
        now: Timestamp,
    ) -> Result<Vec<Output<P::Outcome>>, OfflineError> {
        self.store.begin_input();
        let mut env = Env { now, rng: &mut self.rng, records: &mut self.store };
        let handled = self.party.handle(input, &mut env);
        self.store.finish_input(handled.is_ok())?;
        let outputs = handled?;
        self.store.commit()?;
        for output in &outputs {
            if let Output::Event(event) = output {
                self.telemetry.event(now, event);
            }
        }
        self.telemetry.flush();
        Ok(outputs)
    }
}
