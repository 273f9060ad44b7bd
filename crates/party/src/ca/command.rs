//! What an operator may ask of a CA, and what it answers.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use counterfoil_pki::crl::Reason;
use counterfoil_secret::{Fault, Report};

use super::books::Applicant;
use super::config::CaKind;
use crate::records::Octets;

/// Most pending requests in one page of a list.
pub const PAGE_MAX: usize = 200;

/// A command of the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Which requests wait for a decision? Answered with [`Outcome::Pending`].
    ListPending {
        /// Requests after this registration.
        #[serde(default)]
        after: Option<String>,
        /// At most so many, and at most [`PAGE_MAX`].
        #[serde(default = "page")]
        limit: usize,
    },
    /// Certifies a pending request; answered with [`Outcome::Certified`].
    Approve {
        /// The registration (LID-CA, hexadecimal).
        registration: String,
    },
    /// Refuses a pending request; answered with [`Outcome::Done`].
    Refuse {
        /// The registration (LID-CA, hexadecimal).
        registration: String,
        /// What the applicant is told.
        #[serde(default)]
        message: Option<String>,
    },
    /// Certifies an authority below this one; answered with [`Outcome::Certified`]. That the
    /// authority has the private key is the operator's to have checked.
    CertifyAuthority(Box<AuthorityRequest>),
    /// Revokes a certificate and makes a new CRL; answered with [`Outcome::Crl`], or with
    /// [`Outcome::Done`] by a CA that publishes none.
    Revoke {
        /// Its serial number, hexadecimal.
        serial: String,
        /// Why.
        #[serde(default)]
        reason: RevocationReason,
    },
    /// Makes a new CRL now; answered with [`Outcome::Crl`].
    IssueCrl,
    /// The current CRL; answered with [`Outcome::Crl`].
    Crl,
    /// Takes over the CRL of another CA of the brand: the brand CA lists it in the BCI, the
    /// others send it along with their answers. An older one than is held changes nothing.
    /// Answered with [`Outcome::Done`].
    AddCrl {
        /// The CRL, DER.
        crl: Octets,
        /// The certificate of its signer and those above, DER, as far as they are not above this
        /// CA as well.
        #[serde(default)]
        certificates: Vec<Octets>,
    },
    /// The current BrandCRLIdentifier; answered with [`Outcome::Bci`].
    Bci,
    /// Takes over the BrandCRLIdentifier of the brand, to send it along with answers. An older
    /// one than is held changes nothing. Answered with [`Outcome::Done`].
    SetBci {
        /// The SignedData, DER.
        bci: Octets,
    },
    /// The certificates of this CA and above it; answered with [`Outcome::Chain`].
    Chain,
    /// How things stand; answered with [`Outcome::Status`].
    Status,
}

fn page() -> usize {
    50
}

/// A certificate for an authority below this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityRequest {
    /// What it will be.
    pub kind: CaKind,
    /// Which of its keys.
    pub key: AuthorityKey,
    /// The key, DER of the SubjectPublicKeyInfo.
    pub spki: Octets,
    /// Two letters (ISO 3166-1).
    pub country: String,
    /// The brand; below a brand it is the brand of this CA.
    pub brand: String,
    /// Name of the institution.
    #[serde(default)]
    pub unit: Option<String>,
    /// Name of the authority.
    #[serde(default)]
    pub name: Option<String>,
    /// Days that it is valid, at most as long as this CA.
    pub days: u32,
    /// Does it publish CRLs? Root, brand and geo-political CAs always do.
    #[serde(default)]
    pub crls: bool,
}

/// The keys of an authority (SET 1.0 Book 2: certificate signing, message signature, key
/// exchange).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityKey {
    /// Signs certificates, and CRLs where it publishes them.
    Issuing,
    /// Signs messages.
    Signature,
    /// Opens messages.
    Exchange,
}

/// Why a certificate is revoked, for end entities and authorities (RFC 5280 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// Nobody says.
    #[default]
    Unspecified,
    /// Somebody else has the private key.
    KeyCompromise,
    /// Somebody else has the private key of a CA.
    CaCompromise,
    /// The holder no longer belongs to the institution.
    AffiliationChanged,
    /// There is a newer certificate.
    Superseded,
    /// The holder has stopped.
    CessationOfOperation,
    /// The holder may no longer do what the certificate says.
    PrivilegeWithdrawn,
}

impl RevocationReason {
    pub(super) const ALL: [(Self, Reason); 7] = [
        (Self::Unspecified, Reason::Unspecified),
        (Self::KeyCompromise, Reason::KeyCompromise),
        (Self::CaCompromise, Reason::CaCompromise),
        (Self::AffiliationChanged, Reason::AffiliationChanged),
        (Self::Superseded, Reason::Superseded),
        (Self::CessationOfOperation, Reason::CessationOfOperation),
        (Self::PrivilegeWithdrawn, Reason::PrivilegeWithdrawn),
    ];

    /// The reason as CRLs spell it.
    pub fn crl_reason(self) -> Reason {
        let found = Self::ALL.iter().find(|(reason, _)| *reason == self);
        found.map_or(Reason::Unspecified, |(_, crl)| *crl)
    }
}

/// What became of a [`Command`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// A page of pending requests.
    Pending {
        /// In the order of their registrations.
        requests: Vec<PendingRequest>,
        /// Give this as `after` for the next page; absent on the last.
        next: Option<String>,
    },
    /// New certificates.
    Certified {
        /// PEM, the signature certificate first.
        certificates: Vec<String>,
    },
    /// A CRL.
    Crl {
        /// PEM.
        crl: String,
        /// cRLNumber.
        number: u64,
        /// When the next one is due.
        next_update: Timestamp,
    },
    /// A BrandCRLIdentifier.
    Bci {
        /// DER of the SignedData.
        bci: Octets,
        /// When it ends.
        not_after: Timestamp,
    },
    /// Certificates, each one's issuer after it; the root is not among them.
    Chain {
        /// PEM.
        certificates: Vec<String>,
    },
    /// How things stand.
    Status(Status),
    /// It is done.
    Done,
    /// The command was refused and nothing was changed.
    Refused {
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
        Self::Refused { id: error.id(), message: error.to_string(), hint: error.hint() }
    }
}

/// A request that waits for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingRequest {
    /// LID-CA, hexadecimal.
    pub registration: String,
    /// Who applies.
    pub applicant: Applicant,
    /// RequestType by its name.
    pub request_type: String,
    /// When the request came.
    pub since: Timestamp,
    /// The answers to the form as (question, answer); the passphrase is not among them.
    pub answers: Vec<(String, String)>,
}

/// How things stand at a CA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its place in the hierarchy.
    pub kind: CaKind,
    /// Its brand.
    pub brand: String,
    /// Its name.
    pub subject: String,
    /// End of its issuing certificate.
    pub valid_until: Timestamp,
    /// Registrations that are open, pending or kept for questions.
    pub registrations: u64,
    /// Certificates issued.
    pub issued: u64,
    /// Certificates revoked.
    pub revoked: u64,
    /// Number of the current CRL.
    pub crl_number: Option<u64>,
    /// When the next CRL is due.
    pub crl_next_update: Option<Timestamp>,
    /// End of the BrandCRLIdentifier that is sent along.
    pub bci_not_after: Option<Timestamp>,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// The text is not hexadecimal, or there is no such registration.
    RegistrationUnknown,
    /// The registration does not wait for a decision.
    NotPending,
    /// This CA has issued no certificate with that serial number.
    SerialUnknown,
    /// The certificate is revoked already.
    RevokedAlready,
    /// This CA publishes no CRLs: its certificate has no cRLSign.
    NoCrls,
    /// There is no BrandCRLIdentifier here yet, or this is the root.
    NoBci,
    /// The CRL or BCI is unreadable, of another brand, older than the one here, or not signed by
    /// whom it should.
    NotAccepted(String),
    /// The key was certified before, or no suite has such keys.
    KeyNotAccepted,
    /// Profile or hierarchy do not allow the certificate.
    NotCertifiable(String),
    /// Signing failed or there is a limit in the way.
    Unable(String),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RegistrationUnknown => f.write_str("there is no such registration"),
            Self::NotPending => f.write_str("the registration does not wait for a decision"),
            Self::SerialUnknown => f.write_str("this CA has issued no such certificate"),
            Self::RevokedAlready => f.write_str("the certificate is revoked already"),
            Self::NoCrls => f.write_str("this CA publishes no CRLs"),
            Self::NoBci => f.write_str("there is no BrandCRLIdentifier here"),
            Self::NotAccepted(reason) => write!(f, "it is not accepted: {reason}"),
            Self::KeyNotAccepted => f.write_str("the public key is not accepted"),
            Self::NotCertifiable(reason) => write!(f, "no certificate can be issued: {reason}"),
            Self::Unable(reason) => write!(f, "the CA could not do it: {reason}"),
        }
    }
}

impl std::error::Error for CommandError {}

impl Report for CommandError {
    fn id(&self) -> &'static str {
        match self {
            Self::RegistrationUnknown => "registration-unknown",
            Self::NotPending => "registration-not-pending",
            Self::SerialUnknown => "serial-unknown",
            Self::RevokedAlready => "revoked-already",
            Self::NoCrls => "ca-without-crls",
            Self::NoBci => "bci-absent",
            Self::NotAccepted(_) => "revocation-not-accepted",
            Self::KeyNotAccepted => "key-not-accepted",
            Self::NotCertifiable(_) => "not-certifiable",
            Self::Unable(_) => "ca-unable",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::RegistrationUnknown => "list the pending requests and take one of their ids",
            Self::NotPending => "list the pending requests; somebody else may have decided",
            Self::SerialUnknown => "take the serial number that `openssl x509 -serial` prints",
            Self::RevokedAlready => "nothing is left to do; fetch the current CRL",
            Self::NoCrls => "ask the brand, or block the holder at its issuer or gateway",
            Self::NoBci => "fetch the brand's BrandCRLIdentifier and hand it to this CA",
            Self::NotAccepted(_) => "fetch the current one from the CA that made it",
            Self::KeyNotAccepted => "make a new key of a suite that this release speaks",
            Self::NotCertifiable(_) => "correct the request or the lists of the CA",
            Self::Unable(_) => "look at the CA's log and check its keys",
        }
        .into()
    }

    fn fault(&self) -> Fault {
        match self {
            Self::NotAccepted(_) => Fault::PeerMisbehaved,
            Self::Unable(_) => Fault::Environment,
            _ => Fault::OurMisuse,
        }
    }
}
