//! What an applicant remembers of its registrations.
//!
//! In clear: ids, steps, public keys and what came from the CA. Sealed: card, keys, answers,
//! passphrase. The octets of messages hold the card only sealed for the CA.

use counterfoil_message::primitive::{CardExpiry, CardSecret, Challenge, PanSecret, Rrpid, Thumbs};
use counterfoil_message::registration::{RegFormData, RequestType};
use counterfoil_secret::{Pan, Secret, SecretBytes};
use jiff::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ca::Applicant as Registrant;
use crate::ca::sealed::Seal;
use crate::conversation::Stored;
use crate::machine::Destination;
use crate::records::{Octets, Records, RecordsError, Table};

/// Most registrations that are kept at the same time.
pub const REGISTRATIONS_MAX: usize = 64;

/// Registrations by LID-EE. The alarm of one sends its message again.
pub(super) const REGISTRATIONS: Table<Registration> = Table::new("registration");

/// Where a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// CardCInitReq or Me-AqCInitReq is on its way.
    Init,
    /// RegFormReq is on its way.
    Form,
    /// The person has to fill in the form.
    Answers,
    /// CertReq is on its way.
    Request,
    /// A person at the CA has to decide.
    Pended,
    /// CertInqReq is on its way.
    Inquiry,
    /// There are certificates.
    Done,
    /// The CA has refused, or referred to another one.
    Refused,
    /// It came to nothing.
    Failed,
}

impl Step {
    /// Stable name, as in records and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Form => "form",
            Self::Answers => "answers",
            Self::Request => "request",
            Self::Pended => "pended",
            Self::Inquiry => "inquiry",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// One registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Registration {
    /// Who registers; of a card only the BIN.
    pub(super) who: Registrant,
    /// The brand.
    pub(super) brand: String,
    /// RequestType.
    pub(super) request_type: u32,
    /// Where the CA is.
    pub(super) ca: Place,
    /// When it began.
    pub(super) begun_at: Timestamp,
    /// Where it stands.
    pub(super) step: Step,
    /// The message that is on its way.
    pub(super) sending: Option<Sending>,
    /// The CA's key-exchange certificate, verified when it came.
    pub(super) ca_exchange: Option<Octets>,
    /// What the form came with.
    pub(super) opened: Option<Opened>,
    /// Answers that the CA did not take, as (place in the form, why).
    pub(super) wrong: Vec<(u32, String)>,
    /// What the CA said last, or why the registration failed.
    pub(super) said: Said,
    /// The certificates.
    pub(super) certificates: Option<Certificates>,
    /// Card, keys and answers, sealed.
    pub(super) secrets: Octets,
}

/// A message that is on its way, with the octets that are repeated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sending {
    /// Its name.
    pub(super) message: String,
    /// Its RRPID, which the answer must repeat.
    pub(super) rrpid: Stored<Rrpid>,
    /// Its challenge, which the answer must repeat.
    pub(super) challenge: Stored<Challenge>,
    /// Its thumbs, which the answer must repeat.
    pub(super) thumbs: Option<Stored<Thumbs>>,
    /// The message.
    pub(super) body: Octets,
    /// How often it was sent since it was made or resumed.
    pub(super) sends: u32,
}

/// An open form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Opened {
    /// The CA's label.
    pub(super) lid_ca: Octets,
    /// The CA's challenge.
    pub(super) chall_ca: Stored<Challenge>,
    /// The form.
    pub(super) form: Stored<RegFormData>,
}

/// What was said last, for people.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Said {
    /// CertStatusCode by name, or the id of an error.
    pub(super) id: String,
    /// A text.
    pub(super) message: Option<String>,
    /// Where to apply instead.
    pub(super) urls: Vec<String>,
    /// Is it a referral?
    pub(super) referral: bool,
}

/// Certificates that were verified.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Certificates {
    pub(super) sign: Option<Octets>,
    pub(super) exchange: Option<Octets>,
    /// Without the root.
    pub(super) chain: Vec<Octets>,
    pub(super) root: Octets,
}

/// A [`Destination`] in a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    Endpoint(String),
    Url(String),
}

impl From<Destination> for Place {
    fn from(destination: Destination) -> Self {
        match destination {
            Destination::Endpoint(name) => Self::Endpoint(name),
            Destination::Url(url) => Self::Url(url),
        }
    }
}

impl Place {
    pub(super) fn destination(&self) -> Destination {
        match self {
            Self::Endpoint(name) => Destination::Endpoint(name.clone()),
            Self::Url(url) => Destination::Url(url.clone()),
        }
    }

    /// Its name in journal and events.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Endpoint(name) | Self::Url(name) => name,
        }
    }
}

impl Registration {
    pub(super) fn request_type(&self) -> Result<RequestType, RecordsError> {
        RequestType::from_number(self.request_type)
            .ok_or_else(|| unreadable("its request type is not known"))
    }
}

/// What a registration keeps under seal.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Secrets {
    pub(super) card: Option<Card>,
    pub(super) sign_key: Option<SecretText>,
    pub(super) exchange_key: Option<SecretText>,
    pub(super) back_key: Option<SecretText>,
    pub(super) passphrase: Option<SecretText>,
    pub(super) answers: Vec<(String, SecretText)>,
    pub(super) present: Option<PresentSecret>,
}

/// A card and what is made of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Card {
    pan: SecretText,
    expiry: SecretText,
    card_secret: SecretText,
    pan_secret: Option<SecretText>,
}

/// The present key, its certificate and what is renewed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PresentSecret {
    pub(super) key: SecretText,
    pub(super) certificate: Octets,
    pub(super) chain: Vec<Octets>,
    pub(super) renews: Option<Octets>,
}

impl Card {
    pub(super) fn new(pan: &Pan, expiry: &CardExpiry, rng: &mut dyn CryptoRng) -> Self {
        Self {
            pan: SecretText::new(pan.expose().to_owned()),
            expiry: SecretText::new(expiry.expose().to_owned()),
            card_secret: SecretText::octets(CardSecret::random(rng).expose()),
            pan_secret: None,
        }
    }

    pub(super) fn pan(&self) -> Result<Pan, RecordsError> {
        Pan::parse(self.pan.expose()).map_err(|error| unreadable(&error.to_string()))
    }

    pub(super) fn expiry(&self) -> Result<CardExpiry, RecordsError> {
        CardExpiry::new(self.expiry.expose()).map_err(|error| unreadable(&error.to_string()))
    }

    pub(super) fn card_secret(&self) -> Result<CardSecret, RecordsError> {
        self.card_secret.to_octets().map(|octets| CardSecret::new(*octets.expose()))
    }

    pub(super) fn pan_secret(&self) -> Result<Option<Secret<[u8; 32]>>, RecordsError> {
        self.pan_secret.as_ref().map(SecretText::to_octets).transpose()
    }

    pub(super) fn keep_pan_secret(&mut self, secret: &PanSecret) {
        self.pan_secret = Some(SecretText::octets(secret.expose()));
    }
}

/// A secret text inside of what is sealed. It is written in clear there, and nowhere else.
#[derive(Clone)]
pub(super) struct SecretText(Secret<String>);

impl SecretText {
    pub(super) fn new(text: String) -> Self {
        Self(Secret::new(text))
    }

    pub(super) fn octets(octets: &[u8; 32]) -> Self {
        Self::new(hex::encode(octets))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }

    pub(super) fn secret(&self) -> &Secret<String> {
        &self.0
    }

    pub(super) fn to_octets(&self) -> Result<Secret<[u8; 32]>, RecordsError> {
        let mut octets = [0; 32];
        hex::decode_to_slice(self.expose(), &mut octets)
            .map_err(|_| unreadable("a secret does not have 32 octets"))?;
        Ok(Secret::new(octets))
    }
}

impl From<Secret<String>> for SecretText {
    fn from(secret: Secret<String>) -> Self {
        Self(secret)
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl Secrets {
    /// Seals the secrets of the registration `lid_ee`.
    pub(super) fn seal(
        &self,
        key: &Secret<[u8; 32]>,
        lid_ee: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Octets, RecordsError> {
        let json = serde_json::to_vec(self).expect("invariant: secrets are texts and lists");
        seal_of(key, lid_ee).close(SecretBytes::new(json).expose(), rng)
    }

    /// Opens what [`Secrets::seal`] sealed.
    pub(super) fn open(
        key: &Secret<[u8; 32]>,
        lid_ee: &[u8],
        sealed: &Octets,
    ) -> Result<Self, RecordsError> {
        let opened = seal_of(key, lid_ee).open(sealed)?;
        serde_json::from_slice(opened.expose()).map_err(|_| unreadable("its secrets are damaged"))
    }
}

fn seal_of<'a>(key: &'a Secret<[u8; 32]>, lid_ee: &'a [u8]) -> Seal<'a> {
    Seal { key, table: REGISTRATIONS.name, record: lid_ee }
}

/// The registration with this hexadecimal label.
pub(super) fn find(
    records: &dyn Records,
    registration: &str,
) -> Result<Option<(Vec<u8>, Registration)>, RecordsError> {
    let Ok(lid_ee) = hex::decode(registration.trim()) else { return Ok(None) };
    Ok(REGISTRATIONS.get(records, &lid_ee)?.map(|record| (lid_ee, record)))
}

/// Every registration and its step.
pub(super) fn list(records: &dyn Records) -> Result<Vec<(String, Step)>, RecordsError> {
    let rows = REGISTRATIONS.scan(records, &[], None, REGISTRATIONS_MAX)?;
    Ok(rows.into_iter().map(|(lid_ee, record)| (hex::encode(lid_ee), record.step)).collect())
}

pub(super) fn unreadable(cause: &str) -> RecordsError {
    RecordsError { attempt: "read a registration".into(), cause: cause.to_owned() }
}
