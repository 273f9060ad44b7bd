//! Getting certificates from the deployment's CAs, and putting them where they belong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use counterfoil_message::primitive::CardExpiry;
use counterfoil_party::applicant::{
    Applicant, ApplicantKeys, ApplicantSettings, Command, Order, Outcome, Registered, Wanted, Who,
};
use counterfoil_party::machine::{Destination, Role};
use counterfoil_secret::{Fault, Pan, Report, Secret};
use thiserror::Error;

use super::error::DeploymentError;
use super::layout;
use super::material::{Material, secret_text};
use super::plan::settings::{Cards, OwnCard, Registration};
use super::session::Session;
use crate::actor::{AnyReport, Refusal};
use crate::files::Folder;

/// Name of the CA among the endpoints of wallet and merchant.
const CA: &str = "ca";
/// Records of registrations, beside those of the party itself: it may run meanwhile.
const STATE: &str = "registration.sqlite";

/// Why a registration did not end with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistrationError {
    /// The CA said no.
    #[error("the CA refused ({status}){}", after_colon(.message))]
    Refused {
        /// CertStatusCode by its name.
        status: String,
        /// What the CA says.
        message: Option<String>,
    },
    /// A person at the CA decides.
    #[error("a person at the CA has to decide{}", after_colon(.message))]
    Pended {
        /// The registration.
        registration: String,
        /// What the CA says.
        message: Option<String>,
    },
    /// The form asks for answers that were not given.
    #[error("the CA's form asks for more: {questions}")]
    FormWanted {
        /// The registration.
        registration: String,
        /// The questions.
        questions: String,
    },
    /// The CA does not serve this bank.
    #[error("this CA does not serve the bank{}", after_colon(.reason))]
    Referred {
        /// What the CA says.
        reason: Option<String>,
    },
    /// The CA cannot be reached or its answers cannot be trusted.
    #[error("the CA cannot be asked: {reason}")]
    Unreachable {
        /// The registration.
        registration: String,
        /// What happened last.
        reason: String,
    },
    /// It came to nothing.
    #[error("the registration came to nothing: {message}")]
    Failed {
        /// Stable id.
        id: String,
        /// One sentence.
        message: String,
    },
    /// It could not be begun.
    #[error("{message}")]
    NotDone {
        /// Stable id.
        id: &'static str,
        /// One sentence.
        message: String,
        /// What to do.
        hint: String,
    },
}

fn after_colon(text: &Option<String>) -> String {
    text.as_ref().map_or_else(String::new, |text| format!(": {text}"))
}

impl Report for RegistrationError {
    fn id(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "registration-refused",
            Self::Pended { .. } => "registration-pended",
            Self::FormWanted { .. } => "registration-form-wanted",
            Self::Referred { .. } => "registration-referred",
            Self::Unreachable { .. } => "ca-unreachable",
            Self::Failed { .. } => "registration-failed",
            Self::NotDone { id, .. } => id,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Refused { .. } => "compare card, number and passphrase with what the bank \
                 wrote; a passphrase counts once"
                .into(),
            Self::Pended { registration, .. } => {
                format!("ask again later with `--resume {registration}`")
            }
            Self::FormWanted { registration, .. } => {
                format!("answer with `--resume {registration} --answer QUESTION=TEXT`")
            }
            Self::Referred { .. } => "ask the bank which CA it works with".into(),
            Self::Unreachable { registration, .. } => format!(
                "start the CA with `counterfoil up`, then go on with `--resume {registration}`"
            ),
            Self::Failed { .. } => "look at the log, then begin anew".into(),
            Self::NotDone { hint, .. } => hint.clone(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Unreachable { .. } => Fault::Environment,
            Self::NotDone { .. } => Fault::OurMisuse,
            _ => Fault::PeerMisbehaved,
        }
    }
}

/// How a registration begins or goes on.
#[derive(Debug, Default)]
pub struct Asked {
    /// Goes on with this one instead of beginning anew.
    pub resume: Option<String>,
    /// Answers to the form, by question.
    pub answers: BTreeMap<String, Secret<String>>,
}

/// An applicant at work in a party's folder.
pub struct Registrar {
    session: Session<Applicant>,
}

impl Registrar {
    /// Sets an applicant to work for the party of this folder.
    ///
    /// # Errors
    /// What keeps it from starting, each with its own id.
    pub fn start(material: &Material, role: Role, suite: &str) -> Result<Self, AnyReport> {
        let settings =
            ApplicantSettings { suite: suite.to_owned(), ..ApplicantSettings::new(role) };
        let build = {
            let material = material.clone();
            move || {
                let key = material.symmetric_key_array(layout::RECORDS).map_err(boxed)?;
                let trust = material.trust(Timestamp::now()).map_err(boxed)?;
                Applicant::new(settings.clone(), ApplicantKeys::new(key), trust)
                    .map_err(|error| Box::new(error) as AnyReport)
            }
        };
        let state = material.folder().root().join(STATE);
        Ok(Self { session: Session::start(material, &state, Box::new(build))? })
    }

    /// Registers, or goes on with a registration, until there are certificates.
    ///
    /// # Errors
    /// [`RegistrationError`] when there are none.
    pub fn register(&self, order: Order, asked: &mut Asked) -> Result<Registered, AnyReport> {
        let passphrase = order.passphrase.clone();
        let outcome = match asked.resume.take() {
            None => self.command(Command::Register(Box::new(order)))?,
            Some(registration) => {
                let outcome = self.command(Command::Resume { registration })?;
                self.answer(outcome, passphrase, asked)?
            }
        };
        certificates_of(outcome).map_err(|error| Box::new(error) as AnyReport)
    }

    /// Answers a form that waits, when there are answers.
    fn answer(
        &self,
        outcome: Outcome,
        passphrase: Option<Secret<String>>,
        asked: &mut Asked,
    ) -> Result<Outcome, AnyReport> {
        match outcome {
            Outcome::FormWanted { registration, .. } if !asked.answers.is_empty() => {
                let answers = std::mem::take(&mut asked.answers);
                self.command(Command::Answer { registration, passphrase, answers })
            }
            outcome => Ok(outcome),
        }
    }

    /// Removes what the registration left, once its fruits are where they belong, and ends.
    ///
    /// # Errors
    /// [`Refusal`], when records fail.
    pub fn finish(self, registered: &Registered) -> Result<(), AnyReport> {
        let registration = registered.registration.clone();
        self.command(Command::Forget { registration })?;
        self.session.stop();
        Ok(())
    }

    fn command(&self, command: Command) -> Result<Outcome, AnyReport> {
        self.session.command(command).map_err(|error: Refusal| Box::new(error) as AnyReport)
    }
}

fn certificates_of(outcome: Outcome) -> Result<Registered, RegistrationError> {
    Err(match outcome {
        Outcome::Registered(registered) => return Ok(*registered),
        Outcome::FormWanted { registration, form, wrong } => {
            let wrong = wrong.into_iter().map(|(question, why)| format!("{question} {why}"));
            let asked = form.fields.iter().filter(|field| field.required);
            let asked = asked.map(|field| field.name.clone());
            let questions: Vec<String> = wrong.chain(asked).collect();
            RegistrationError::FormWanted { registration, questions: questions.join("; ") }
        }
        Outcome::Pended { registration, message } => {
            RegistrationError::Pended { registration, message }
        }
        Outcome::Refused { status, message, .. } => RegistrationError::Refused { status, message },
        Outcome::Referred { reason, .. } => RegistrationError::Referred { reason },
        Outcome::Unreachable { registration, reason } => {
            RegistrationError::Unreachable { registration, reason }
        }
        Outcome::Failed { id, message, .. } => RegistrationError::Failed { id, message },
        Outcome::NotDone { id, message, hint } => RegistrationError::NotDone { id, message, hint },
        Outcome::Forgotten | Outcome::List { .. } => RegistrationError::Failed {
            id: "outcome-unexpected".into(),
            message: "the applicant answered something else".into(),
        },
    })
}

/// The cardholder's own cards.
///
/// # Errors
/// [`DeploymentError`] naming the file.
pub fn own_cards(wallet: &Material) -> Result<Vec<OwnCard>, DeploymentError> {
    let file = wallet.folder().root().join(layout::CARDS);
    let cards: Cards = private_settings(&file)?;
    Ok(cards.cards)
}

/// The order of a cardholder's registration.
///
/// # Errors
/// [`DeploymentError::Malformed`] when the card in `cards.toml` does not fit.
pub fn cardholder_order(
    wallet: &Material,
    card: &OwnCard,
) -> Result<(Order, Pan, CardExpiry), DeploymentError> {
    let file = wallet.folder().root().join(layout::CARDS);
    let malformed = |reason: String| DeploymentError::Malformed {
        file: file.clone(),
        reason: format!("card `{}`: {reason}", card.name),
        hint: "compare number and expiry (YYYYMM) with the card".into(),
    };
    let pan = Pan::parse(&card.number).map_err(|error| malformed(error.to_string()))?;
    let expiry = CardExpiry::new(&card.expiry).map_err(|error| malformed(error.to_string()))?;
    let order = Order {
        who: Who::Cardholder { pan: pan.clone(), expiry: expiry.clone() },
        brand: card.brand.clone(),
        ca: Destination::Endpoint(CA.into()),
        wanted: Wanted::Signature,
        passphrase: card.passphrase.clone().map(Secret::new),
        answers: BTreeMap::new(),
        present: None,
    };
    Ok((order, pan, expiry))
}

/// What a merchant registers with.
///
/// # Errors
/// [`DeploymentError`] naming the file.
pub fn merchant_registration(merchant: &Material) -> Result<Registration, DeploymentError> {
    private_settings(&merchant.folder().root().join(layout::REGISTRATION))
}

/// The order of a merchant's registration.
pub fn merchant_order(registration: &Registration) -> Order {
    Order {
        who: Who::Merchant {
            bin: registration.acquirer.clone(),
            id: registration.merchant.clone(),
        },
        brand: registration.brand.clone(),
        ca: Destination::Endpoint(CA.into()),
        wanted: Wanted::Both,
        passphrase: Some(Secret::new(registration.passphrase.clone())),
        answers: BTreeMap::new(),
        present: None,
    }
}

/// Writes a merchant's new keys and certificates into its folder: the keys first, so that a
/// certificate never stands without its key.
///
/// # Errors
/// [`DeploymentError`] from the disk.
pub fn install(merchant: &Material, registered: &Registered) -> Result<(), DeploymentError> {
    let folder = merchant.folder();
    let pairs = [
        (layout::EXCHANGE, &registered.exchange_key, &registered.exchange_certificate),
        (layout::SIGNATURE, &registered.sign_key, &registered.sign_certificate),
    ];
    for (name, key, certificate) in pairs {
        let (Some(key), Some(certificate)) = (key, certificate) else { continue };
        folder.write_key(name, &Secret::new(key.expose().as_bytes().to_vec()))?;
        let chain = format!("{certificate}{}", registered.chain.concat());
        folder.write(Folder::Certs, name, chain.as_bytes())?;
    }
    Ok(())
}

/// The files that [`install`] writes.
pub fn installed(merchant: &Material) -> Vec<PathBuf> {
    let names = [layout::EXCHANGE, layout::SIGNATURE].into_iter();
    names.flat_map(|name| [merchant.key_file(name), merchant.file(Folder::Certs, name)]).collect()
}

fn private_settings<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, DeploymentError> {
    let text = secret_text(file)?;
    toml::from_str(text.expose()).map_err(|error| {
        // The reader's message would quote the line, and the line may be secret.
        let line = error.span().map_or(1, |span| {
            text.expose().as_bytes()[..span.start].iter().filter(|b| **b == b'\n').count() + 1
        });
        DeploymentError::Malformed {
            file: file.to_owned(),
            reason: format!("line {line} does not fit"),
            hint: "compare it with the operator's guide".into(),
        }
    })
}

fn boxed(error: DeploymentError) -> AnyReport {
    Box::new(error)
}
