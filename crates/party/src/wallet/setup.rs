//! Making a wallet from settings, cards and trust.

use std::fmt;

use counterfoil_crypto::suite::Suite;
use counterfoil_message::primitive::{Bin, BrandId, CardExpiry, CardSecret, Language, PanSecret};
use counterfoil_message::treatment::Sender;
use counterfoil_pki::Roles;
use counterfoil_secret::{Fault, Pan, Report};

use super::settings::WalletSettings;
use crate::identity::Identity;

/// A card with its certificate, as the vault holds it. What is secret of it prints masked.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its name in the wallet.
    pub name: String,
    /// Card number.
    pub pan: Pan,
    /// Expiry.
    pub expiry: CardExpiry,
    /// The cardholder's half of PANSecret; makes TransStain.
    pub card_secret: CardSecret,
    /// Binds the card to the certificate.
    pub pan_secret: PanSecret,
    /// Key and certificate of the cardholder.
    pub identity: Identity,
}

/// Why a wallet cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetupError {
    /// A certificate that is not a cardholder's.
    NotACardholder {
        /// Name of the card.
        card: String,
    },
    /// Two cards of one name.
    NameTwice {
        /// The name.
        card: String,
    },
    /// No suite, or one that is not known.
    Suite {
        /// Its name.
        name: String,
    },
    /// Not a language tag.
    Language,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotACardholder { card } => {
                write!(f, "the certificate of card '{card}' is no cardholder's")
            }
            Self::NameTwice { card } => write!(f, "two cards have the name '{card}'"),
            Self::Suite { name } => write!(f, "suite '{name}' is not known"),
            Self::Language => f.write_str("the language is not a tag of 1 to 35 characters"),
        }
    }
}

impl std::error::Error for SetupError {}

impl Report for SetupError {
    fn id(&self) -> &'static str {
        match self {
            Self::NotACardholder { .. } => "not-a-cardholder",
            Self::NameTwice { .. } => "card-name-twice",
            Self::Suite { .. } => "suite-unknown",
            Self::Language => "language-malformed",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotACardholder { .. } => "register the card, so that it has a certificate",
            Self::NameTwice { .. } => "rename one of the two cards",
            Self::Suite { .. } => "name one or more of p256 and rsa3072",
            Self::Language => "give a tag such as `en` or `de-CH`",
        }
        .into()
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}

impl Card {
    /// The brand, from the certificate.
    pub(super) fn brand(&self) -> &str {
        self.identity.sign_certificate.brand().unwrap_or_default()
    }

    /// First six digits, which are no secret.
    pub(super) fn bin(&self) -> Bin {
        Bin::new(self.pan.bin()).expect("invariant: a card number has eight digits or more")
    }

    /// The signer of the cardholder's messages.
    pub(super) fn sender(&self) -> Sender<'_> {
        Sender {
            key: self.identity.sign_key.as_ref(),
            certificate: &self.identity.sign_certificate,
            chain: &self.identity.chain,
            crls: &[],
        }
    }

    fn check(&self) -> Result<(), SetupError> {
        let cardholder = self.identity.sign_certificate.roles().intersects(Roles::CARD);
        if cardholder && BrandId::new(self.brand()).is_ok() {
            return Ok(());
        }
        Err(SetupError::NotACardholder { card: self.name.clone() })
    }
}

/// Settings and cards, checked: suites and language ready for messages.
pub(super) fn check(
    settings: &WalletSettings,
    cards: &[Card],
) -> Result<(Vec<&'static Suite>, Language), SetupError> {
    for (place, card) in cards.iter().enumerate() {
        card.check()?;
        if cards[..place].iter().any(|other| other.name == card.name) {
            return Err(SetupError::NameTwice { card: card.name.clone() });
        }
    }
    if settings.suites.is_empty() {
        return Err(SetupError::Suite { name: String::new() });
    }
    let suite =
        |name: &String| Suite::by_name(name).map_err(|_| SetupError::Suite { name: name.clone() });
    let suites = settings.suites.iter().map(suite).collect::<Result<_, _>>()?;
    let language = Language::new(&settings.language).map_err(|_| SetupError::Language)?;
    Ok((suites, language))
}
