//! What a CA remembers: sessions, certified keys, issued and revoked certificates, CRL and BCI.
//!
//! No record holds a card number, not even encrypted: of a card the CA keeps its [`Mark`] (to
//! see that a renewal is for the same card) and the cardholder id that stands in the certificate.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::records::{Octets, Records, RecordsError, Table};

use super::mark::Mark;

/// Most registrations that may be open at the same time, pending ones included.
pub const SESSIONS_OPEN_MAX: u64 = 100_000;

/// Most certificate requests that one session may make before it is closed.
pub const REQUESTS_PER_SESSION_MAX: u32 = 8;

/// Most wrong passphrases for one card, merchant or gateway; more are refused until the bank
/// gives out a new one.
pub const PASSPHRASE_FAILURES_MAX: u32 = 5;

/// Registrations by LID-CA.
pub(super) const SESSIONS: Table<Session> = Table::new("ca-session");
/// What happened to a public key, by SHA-256 of its SubjectPublicKeyInfo.
pub(super) const KEYS: Table<KeyUse> = Table::new("ca-key");
/// Issued certificates by serial number.
pub(super) const ISSUED: Table<Issued> = Table::new("ca-issued");
/// Serial numbers of issued certificates by thumb.
pub(super) const ISSUED_BY_THUMB: Table<Octets> = Table::new("ca-issued-by-thumb");
/// Revocations by serial number.
pub(super) const REVOKED: Table<Revocation> = Table::new("ca-revoked");
/// The CRLs that the BCI lists (brand), or that go with answers (others), by issuer's Name.
pub(super) const CRLS: Table<StoredCrl> = Table::new("ca-crl");
/// The BCI, under [`CURRENT`].
pub(super) const BCI: Table<StoredBci> = Table::new("ca-bci");
/// Passphrases that were used, by mark.
pub(super) const SPENT: Table<Spent> = Table::new("ca-passphrase-spent");
/// Wrong passphrases, by the mark of who tried.
pub(super) const FAILURES: Table<u32> = Table::new("ca-passphrase-failures");
/// Numbers that only grow, and counts, by name.
pub(super) const COUNTS: Table<u64> = Table::new("ca-count");

/// Key of the one current record of a table.
pub(super) const CURRENT: &[u8] = b"current";
/// Count of open sessions.
pub(super) const OPEN_SESSIONS: &[u8] = b"open-sessions";
/// Count of issued certificates.
pub(super) const ISSUED_COUNT: &[u8] = b"issued";
/// Count of revoked certificates.
pub(super) const REVOKED_COUNT: &[u8] = b"revoked";
/// Number of the newest CRL.
pub(super) const CRL_NUMBER: &[u8] = b"crl-number";
/// Sequence number of the newest BCI.
pub(super) const BCI_SEQUENCE: &[u8] = b"bci-sequence";

/// Whom a registration is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Applicant {
    /// A cardholder; of the card only the BIN.
    Cardholder {
        /// First six digits of the card.
        bin: String,
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

impl Applicant {
    /// BIN of issuer or acquirer.
    pub fn bin(&self) -> &str {
        match self {
            Self::Cardholder { bin } | Self::Merchant { bin, .. } | Self::Gateway { bin, .. } => {
                bin
            }
        }
    }

    /// For whom a passphrase was given out, see [`super::mark::MarkKey::passphrase`].
    pub fn passphrase_owner(&self) -> String {
        match self {
            Self::Cardholder { bin } => bin.clone(),
            Self::Merchant { bin, id } | Self::Gateway { bin, id } => format!("{bin}:{id}"),
        }
    }
}

/// One registration, from the form to the certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// The applicant's label.
    pub(super) lid_ee: Octets,
    /// Who applies.
    pub(super) applicant: Applicant,
    /// RequestType of the form request.
    pub(super) request_type: u32,
    /// The challenge that the certificate request must echo.
    pub(super) chall_ca: Octets,
    /// Number of the form that was sent.
    pub(super) form_id: u32,
    /// When it was sent.
    pub(super) opened_at: Timestamp,
    /// Certificate requests so far.
    pub(super) requests: u32,
    /// Where the registration stands.
    pub(super) state: SessionState,
}

/// Where a registration stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum SessionState {
    /// The form was sent.
    Open,
    /// The operator has to decide.
    Pending(Box<Application>),
    /// Certificates were issued.
    Complete {
        /// Their serial numbers.
        serials: Vec<Octets>,
        /// The public key that signs inquiries.
        inquiry_key: Octets,
        /// What a cardholder's answer is made with ([`super::sealed`]).
        reply: Option<Octets>,
    },
    /// Refused for good.
    Refused {
        /// CertStatusCode.
        code: u32,
        /// What the applicant is told.
        message: String,
        /// The public key that signs inquiries.
        inquiry_key: Octets,
        /// What a cardholder's answer is made with ([`super::sealed`]).
        reply: Option<Octets>,
    },
}

/// Everything that issuing needs, checked; a pending application is one of these.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Application {
    /// SubjectPublicKeyInfo of the new signature key.
    pub(super) sign: Option<Octets>,
    /// SubjectPublicKeyInfo of the new key-exchange key.
    pub(super) exchange: Option<Octets>,
    /// The public key that signs inquiries: the new signature key, or the one of the applicant's
    /// certificate.
    pub(super) inquiry_key: Octets,
    /// Cardholder id that becomes the common name; cardholders only.
    pub(super) cardholder_id: Option<String>,
    /// End of the card, which no certificate outlives; cardholders only.
    pub(super) card_ends: Option<Timestamp>,
    /// The card; cardholders only.
    pub(super) card: Option<Mark>,
    /// The passphrase that is used up when certificates are issued.
    pub(super) passphrase: Option<Mark>,
    /// The answers to the form for the operator, sealed; without passphrase.
    pub(super) answers: Octets,
    /// What a cardholder's answer is made with, sealed.
    pub(super) reply: Option<Octets>,
    /// Thumb of the certificate that is renewed.
    pub(super) renews: Option<Octets>,
    /// When the request came.
    pub(super) at: Timestamp,
}

/// What happened to a public key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeyUse {
    /// A pending request asks for its certificate.
    Pending,
    /// It was certified.
    Certified,
}

/// One issued certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Issued {
    /// The certificate.
    pub(super) der: Octets,
    /// When it was issued.
    pub(super) at: Timestamp,
    /// For whom; absent for certificates of authorities.
    pub(super) applicant: Option<Applicant>,
    /// The card; cardholders only.
    pub(super) card: Option<Mark>,
}

/// One revocation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Revocation {
    /// When.
    pub(super) at: Timestamp,
    /// CRLReason (RFC 5280 5.3.1).
    pub(super) reason: u8,
    /// End of the certificate; afterwards the CRL need not name it.
    pub(super) not_after: Timestamp,
}

/// A CRL, of this CA or of another one of the brand.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredCrl {
    /// The CRL.
    pub(super) der: Octets,
    /// When it ends.
    pub(super) next_update: Timestamp,
    /// Certificates that prove it, where they are not above this CA.
    pub(super) certificates: Vec<Octets>,
}

/// A BrandCRLIdentifier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredBci {
    /// The whole SignedData.
    pub(super) der: Octets,
    /// When it ends.
    pub(super) not_after: Timestamp,
}

/// A passphrase that was used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Spent {
    /// By which registration (LID-CA).
    pub(super) by: Octets,
    /// When.
    pub(super) at: Timestamp,
}

/// Adds one to a count and returns it.
pub(super) fn next_count(records: &mut dyn Records, name: &[u8]) -> Result<u64, RecordsError> {
    let next = COUNTS.get(records, name)?.unwrap_or(0) + 1;
    COUNTS.put(records, name, &next);
    Ok(next)
}

/// Takes one from a count.
pub(super) fn take_from_count(records: &mut dyn Records, name: &[u8]) -> Result<(), RecordsError> {
    let left = COUNTS.get(records, name)?.unwrap_or(0).saturating_sub(1);
    COUNTS.put(records, name, &left);
    Ok(())
}

/// The key of a public key in [`KEYS`].
pub(super) fn key_id(spki_der: &[u8]) -> [u8; 32] {
    counterfoil_crypto::digest::sha256(spki_der)
}
