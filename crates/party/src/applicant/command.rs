//! What an applicant is asked for, and what comes of it.

use std::collections::BTreeMap;
use std::fmt;

use counterfoil_crypto::key::KeyPair;
use counterfoil_message::primitive::CardExpiry;
use counterfoil_pki::Certificate;
use counterfoil_secret::{Fault, Pan, Report, Secret};

use super::ledger::Step;
use crate::machine::Destination;

/// A command to an applicant.
#[derive(Debug)]
pub enum Command {
    /// Begins a registration. Answered when nothing more happens by itself: with
    /// [`Outcome::Registered`], [`Outcome::FormWanted`], [`Outcome::Pended`],
    /// [`Outcome::Refused`], [`Outcome::Referred`], [`Outcome::Unreachable`] or
    /// [`Outcome::Failed`].
    Register(Box<Order>),
    /// Answers a form; answered like [`Command::Register`].
    Answer {
        /// The registration.
        registration: String,
        /// The secret from the bank.
        passphrase: Option<Secret<String>>,
        /// Answers by question.
        answers: BTreeMap<String, Secret<String>>,
    },
    /// Goes on after a crash or a rest, asks whether a pended request was decided, or tells once
    /// more how a registration ended; answered like [`Command::Register`].
    Resume {
        /// The registration.
        registration: String,
    },
    /// Removes a registration and its secrets; answered with [`Outcome::Forgotten`].
    Forget {
        /// The registration.
        registration: String,
    },
    /// Which registrations there are; answered with [`Outcome::List`].
    List,
}

/// What is to be registered.
#[derive(Debug)]
pub struct Order {
    /// Who.
    pub who: Who,
    /// With which brand.
    pub brand: String,
    /// Where the CA is.
    pub ca: Destination,
    /// Which certificates; cardholders have a signature certificate only.
    pub wanted: Wanted,
    /// The secret from the bank.
    pub passphrase: Option<Secret<String>>,
    /// Answers that are known before the form is, by question.
    pub answers: BTreeMap<String, Secret<String>>,
    /// The present certificate, when it is renewed or when only a key-exchange certificate is
    /// wanted.
    pub present: Option<Present>,
}

/// Who registers.
#[derive(Debug)]
pub enum Who {
    /// A cardholder with this card.
    Cardholder {
        /// Card number.
        pan: Pan,
        /// Expiry of the card.
        expiry: CardExpiry,
    },
    /// A merchant.
    Merchant {
        /// BIN of its acquirer.
        bin: String,
        /// Merchant id that the acquirer assigned.
        id: String,
    },
    /// A payment gateway.
    Gateway {
        /// BIN of its acquirer.
        bin: String,
        /// Business id that the acquirer assigned; may be empty.
        id: String,
    },
}

/// Which certificates are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// One for signatures.
    Signature,
    /// One for key exchange.
    Exchange,
    /// Both.
    Both,
}

/// The present certificates of an applicant.
#[derive(Debug, Clone)]
pub struct Present {
    /// The signature key.
    pub key: KeyPair,
    /// Its certificate.
    pub certificate: Certificate,
    /// The issuers of the certificate.
    pub chain: Vec<Certificate>,
    /// Thumb of the certificate that is renewed; none when a first key-exchange certificate is
    /// wanted.
    pub renews: Option<[u8; 32]>,
}

/// What came of a command.
#[derive(Debug)]
pub enum Outcome {
    /// There are certificates.
    Registered(Box<Registered>),
    /// The form asks for more than is known; [`Command::Answer`] goes on.
    FormWanted {
        /// The registration.
        registration: String,
        /// The form.
        form: Form,
        /// Answers that the CA did not take, as (question, why).
        wrong: Vec<(String, String)>,
    },
    /// A person at the CA decides; [`Command::Resume`] asks again.
    Pended {
        /// The registration.
        registration: String,
        /// What the CA says.
        message: Option<String>,
    },
    /// The CA, the issuer or the acquirer refused.
    Refused {
        /// The registration.
        registration: String,
        /// CertStatusCode by its name.
        status: String,
        /// What the CA says.
        message: Option<String>,
    },
    /// This CA does not serve the bank.
    Referred {
        /// The registration.
        registration: String,
        /// What the CA says.
        reason: Option<String>,
        /// Where to apply instead.
        urls: Vec<String>,
    },
    /// The CA cannot be reached, or what it answers cannot be trusted; [`Command::Resume`] tries
    /// again with the same octets.
    Unreachable {
        /// The registration.
        registration: String,
        /// What happened last.
        reason: String,
    },
    /// The registration came to nothing; begin a new one.
    Failed {
        /// The registration.
        registration: String,
        /// Stable id.
        id: String,
        /// One sentence.
        message: String,
    },
    /// The registration is gone.
    Forgotten,
    /// The registrations, as (registration, step).
    List {
        /// In the order of their labels.
        registrations: Vec<(String, Step)>,
    },
    /// The command was refused and nothing was changed.
    NotDone {
        /// Stable id.
        id: &'static str,
        /// One sentence.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl From<CommandError> for Outcome {
    fn from(error: CommandError) -> Self {
        Self::NotDone { id: error.id(), message: error.to_string(), hint: error.hint() }
    }
}

/// The fruits of a registration. Whoever gets this puts keys and secrets under lock and then
/// gives [`Command::Forget`].
#[derive(Debug)]
pub struct Registered {
    /// The registration.
    pub registration: String,
    /// Private signature key, PKCS#8 PEM.
    pub sign_key: Option<Secret<String>>,
    /// Its certificate, PEM.
    pub sign_certificate: Option<String>,
    /// Private key-exchange key, PKCS#8 PEM.
    pub exchange_key: Option<Secret<String>>,
    /// Its certificate, PEM.
    pub exchange_certificate: Option<String>,
    /// The issuers of the certificates up to but without the root, PEM.
    pub chain: Vec<String>,
    /// The root that they lead to, PEM.
    pub root: String,
    /// CardSecret; cardholders only.
    pub card_secret: Option<Secret<[u8; 32]>>,
    /// PANSecret; cardholders only.
    pub pan_secret: Option<Secret<[u8; 32]>>,
}

/// A registration form, as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What the applicant agrees to by answering.
    pub policy: String,
    /// The questions.
    pub fields: Vec<FormField>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// The question.
    pub name: String,
    /// What helps to answer it.
    pub description: Option<String>,
    /// Most characters of the answer.
    pub length_max: u32,
    /// Must it be answered?
    pub required: bool,
    /// Must the answer not be shown while it is typed?
    pub invisible: bool,
    /// Is it the secret from the bank that is asked for?
    pub passphrase: bool,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// There is no such registration.
    RegistrationUnknown,
    /// The registration is being worked on.
    Underway,
    /// The registration does not wait for answers.
    NoFormOpen,
    /// As many registrations are kept as there may be.
    TooMany,
    /// The order cannot be: a text that does not fit, or certificates that do not go together.
    OrderInvalid(String),
    /// The message could not be made.
    Unable(String),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RegistrationUnknown => f.write_str("there is no such registration"),
            Self::Underway => f.write_str("the registration is being worked on"),
            Self::NoFormOpen => f.write_str("the registration does not wait for answers"),
            Self::TooMany => f.write_str("too many registrations are kept"),
            Self::OrderInvalid(reason) => write!(f, "this cannot be registered: {reason}"),
            Self::Unable(reason) => write!(f, "the message to the CA could not be made: {reason}"),
        }
    }
}

impl std::error::Error for CommandError {}

impl Report for CommandError {
    fn id(&self) -> &'static str {
        match self {
            Self::RegistrationUnknown => "registration-unknown",
            Self::Underway => "registration-underway",
            Self::NoFormOpen => "form-not-open",
            Self::TooMany => "registrations-too-many",
            Self::OrderInvalid(_) => "registration-order-invalid",
            Self::Unable(_) => "applicant-unable",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::RegistrationUnknown => "list the registrations and take one of their names",
            Self::Underway => "wait for its outcome; nothing is sent twice",
            Self::NoFormOpen => "resume the registration to see where it stands",
            Self::TooMany => "forget registrations that have ended",
            Self::OrderInvalid(_) => "correct brand, bank and ids as the bank wrote them",
            Self::Unable(_) => "look at the log and check the settings",
        }
        .into()
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Unable(_) => Fault::Environment,
            _ => Fault::OurMisuse,
        }
    }
}
