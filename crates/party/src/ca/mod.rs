//! Certificate authorities: root, brand, geo-political, and those of cardholders, merchants and
//! payment gateways.
//!
//! All are one machine, [`CertificateAuthority`]. Root, brand and geo-political CAs serve their
//! operator only ([`Command`]); CCA, MCA and PCA answer the registration exchanges as well:
//!
//! ```text
//! cardholder          CardCInit -> RegForm -> CertReq [-> CertInq]
//! merchant, gateway   Me-AqCInit ----------> CertReq [-> CertInq]
//! ```
//!
//! One file per exchange: `card_init`, `reg_form`, `merchant_acquirer_init`,
//! `certificate_request`, `certificate_inquiry`. `request` is what they have in common,
//! `policy` decides who may have a certificate, `session` shows the life of a registration.
//!
//! Source: SET 1.0 Book 1 (certificate management), Book 2 part II, Book 3 part III.

mod answer;
mod application;
mod books;
mod card_init;
mod certificate_inquiry;
mod certificate_request;
mod certificate_response;
pub mod command;
pub mod config;
mod form;
pub mod identity;
mod issuing;
pub mod mark;
mod merchant_acquirer_init;
mod operator;
mod policy;
mod publication;
mod reg_form;
mod request;
mod revocation;
pub(crate) mod sealed;
mod session;

pub(crate) use answer::{applicant_ids, unsigned_error};
pub use books::{Applicant, PASSPHRASE_FAILURES_MAX, REQUESTS_PER_SESSION_MAX, SESSIONS_OPEN_MAX};
pub(crate) use certificate_response::BACK_KEY_ALGORITHM;
pub use command::{
    AuthorityKey, AuthorityRequest, Command, CommandError, Outcome, RevocationReason,
};
pub use config::{CaConfig, CaConfigError, CaKind};
pub use identity::CaIdentity;
pub use issuing::BACKDATE_SECONDS;
pub use mark::{Mark, MarkKey};
pub use publication::{CRL_CERTIFICATES_MAX, CRLS_HELD_MAX, Published};
pub use request::{REQUEST_AGE_MS_MAX, REQUEST_SKEW_MS_MAX};
pub use revocation::{RETRY_MINUTES, REVOCATIONS_MAX};

use counterfoil_pki::Certificate;
use counterfoil_pki::trust::Trust;

use self::books::{BCI, CRLS, CURRENT, SESSIONS};
use crate::conversation::Turn;
use crate::event::Event;
use crate::machine::{Channel, Env, Input, Output, Party, Role};
use crate::records::RecordsError;

/// Most alarms that are worked off in one input.
const ALARMS_PER_INPUT_MAX: usize = 100;

/// A certificate authority of any kind.
#[derive(Debug)]
pub struct CertificateAuthority {
    config: CaConfig,
    identity: CaIdentity,
    roots: Vec<Certificate>,
    /// Taken over when the CA starts.
    published: Option<Published>,
    /// What follows from roots, CRLs and BCI; made anew when one of them changes.
    trust: Option<Trust>,
}

impl CertificateAuthority {
    /// A CA with these settings and keys, which trusts these roots. What is `published` is taken
    /// over when it is newer than what the records hold.
    ///
    /// # Errors
    /// [`CaConfigError`] when settings, keys, certificates and roots do not fit together.
    pub fn new(
        config: CaConfig,
        identity: CaIdentity,
        roots: Vec<Certificate>,
        published: Published,
    ) -> Result<Self, CaConfigError> {
        config.check()?;
        identity.check(&config)?;
        publication::check_roots(&roots)?;
        Ok(Self { config, identity, roots, published: Some(published), trust: None })
    }

    /// Its settings.
    pub fn config(&self) -> &CaConfig {
        &self.config
    }

    fn deadline(&mut self, turn: &mut Turn<'_, '_, Outcome>) -> Result<(), RecordsError> {
        self.trust = None;
        if let Some(published) = &self.published {
            let refused = self.take_over(published, turn.env)?;
            refused.into_iter().for_each(|event| turn.event(event));
            self.published = None;
        }
        self.begin_publishing(turn.env)?;
        for (table, key) in turn.env.records.due(turn.env.now, ALARMS_PER_INPUT_MAX)? {
            let event = match table.as_str() {
                name if name == SESSIONS.name => self.session_due(&key, turn.env)?,
                name if name == CRLS.name && key == CURRENT => self.crl_due(turn.env)?,
                name if name == BCI.name && key == CURRENT => self.bci_due(turn.env)?,
                _ => Event::error("alarm.unknown").with("table", table),
            };
            turn.event(event);
        }
        Ok(())
    }
}

impl Party for CertificateAuthority {
    type Command = Command;
    type Outcome = Outcome;

    fn role(&self) -> Role {
        Role::Ca
    }

    fn handle(
        &mut self,
        input: Input<Command>,
        env: &mut Env<'_>,
    ) -> Result<Vec<Output<Outcome>>, RecordsError> {
        let mut turn = Turn::new(env);
        match input {
            Input::Request { reply_to, channel: Channel::Registration, peer, body } => {
                self.request(&mut turn, reply_to, &peer, &body)?;
            }
            Input::Request { reply_to, .. } => turn.drop_request(reply_to),
            Input::Command { reply_to, command } => {
                self.trust = None;
                let (outcome, event) = self.command(command, turn.env)?;
                event.into_iter().for_each(|event| turn.event(event));
                turn.outcome(reply_to, outcome);
            }
            Input::Deadline => self.deadline(&mut turn)?,
            Input::Answer { .. } => {}
        }
        Ok(turn.outputs)
    }
}
