//! What an operator decides about a certificate authority: whom it serves, for how long, on
//! whose word.
//!
//! The lists hold no card number and no passphrase: only [`Mark`]s, which are HMACs under a key
//! that the CA and the bank share (see [`super::mark`]).

use counterfoil_secret::{Fault, Report};
use serde::{Deserialize, Serialize};

use super::mark::Mark;

/// Most days that any certificate of an end entity is valid.
pub const VALIDITY_DAYS_MAX: u32 = 3 * 366;

/// Most minutes between a registration form and the certificate request that answers it.
pub const SESSION_MINUTES_MAX: u32 = 24 * 60;

/// Which place in the hierarchy a CA has (SET 1.0 Book 1, certificate hierarchy).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaKind {
    /// The root: certifies brands.
    Root,
    /// A brand: certifies the CAs under its name and signs the BrandCRLIdentifier.
    Brand,
    /// A geo-political CA, an optional level below the brand.
    Geo,
    /// Certifies cardholders.
    Cca,
    /// Certifies merchants.
    Mca,
    /// Certifies payment gateways.
    Pca,
}

impl CaKind {
    /// Stable name, as in folders, settings and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Brand => "brand",
            Self::Geo => "geo",
            Self::Cca => "cca",
            Self::Mca => "mca",
            Self::Pca => "pca",
        }
    }

    /// Does it certify end entities, and so speak the registration protocol?
    pub fn registers(self) -> bool {
        matches!(self, Self::Cca | Self::Mca | Self::Pca)
    }
}

/// The settings of one CA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaConfig {
    /// Its place in the hierarchy.
    pub kind: CaKind,
    /// The brand that it works for (`Brand` or `Brand:Product`); for the root, its own name.
    pub brand: String,
    /// Days that a cardholder's certificate is valid, unless the card expires before.
    #[serde(default = "cardholder_days")]
    pub cardholder_days: u32,
    /// Days that a merchant's certificates are valid.
    #[serde(default = "merchant_days")]
    pub merchant_days: u32,
    /// Days that a gateway's certificates are valid.
    #[serde(default = "gateway_days")]
    pub gateway_days: u32,
    /// Minutes that an applicant has between form and certificate request.
    #[serde(default = "session_minutes")]
    pub session_minutes: u32,
    /// Days that a request waits for the operator before it is refused, and that its outcome can
    /// be asked for afterwards.
    #[serde(default = "pending_days")]
    pub pending_days: u32,
    /// When CRLs are made anew.
    #[serde(default)]
    pub crl: Publication,
    /// When the BrandCRLIdentifier is made anew (brand only).
    #[serde(default)]
    pub bci: Publication,
    /// The issuers whose cards a CCA certifies.
    #[serde(default, rename = "issuer")]
    pub issuers: Vec<IssuerPolicy>,
    /// The acquirers whose merchants or gateways an MCA or PCA certifies.
    #[serde(default, rename = "acquirer")]
    pub acquirers: Vec<AcquirerPolicy>,
}

fn cardholder_days() -> u32 {
    VALIDITY_DAYS_MAX
}

fn merchant_days() -> u32 {
    366
}

fn gateway_days() -> u32 {
    366
}

fn session_minutes() -> u32 {
    60
}

fn pending_days() -> u32 {
    30
}

/// How long a CRL or a BrandCRLIdentifier is valid, and how early the next one is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Hours from its making to its end (nextUpdate, notAfter).
    pub valid_hours: u32,
    /// Hours before that end at which the next one is made.
    pub renew_hours: u32,
}

impl Default for Publication {
    fn default() -> Self {
        Self { valid_hours: 30 * 24, renew_hours: 7 * 24 }
    }
}

/// One issuer: which of its cards may have a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerPolicy {
    /// First six digits of its card numbers.
    pub bin: String,
    /// Its name, which becomes the organizational unit of the subject.
    pub name: String,
    /// Its country, two letters (ISO 3166-1).
    pub country: String,
    /// Name of the card, which becomes a second organizational unit.
    #[serde(default)]
    pub card_name: Option<String>,
    /// Which cards may register.
    pub admission: Admission,
    /// Must the operator approve what the lists admit?
    #[serde(default)]
    pub review: bool,
    /// What the cardholder is asked.
    pub form: FormConfig,
}

/// Which cards of an issuer may register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Admission {
    /// Any card of the BIN; sensible only with `review`, and refused without it.
    Anyone,
    /// Any card of the BIN whose holder knows a passphrase that the bank gave out; each counts
    /// once.
    Passphrase {
        /// The passphrases.
        passphrases: Vec<Mark>,
    },
    /// The cards that the bank listed.
    Listed {
        /// The cards.
        #[serde(rename = "card")]
        cards: Vec<ListedCard>,
        /// Do cards outside the list wait for the operator instead of being refused?
        #[serde(default)]
        unlisted_wait: bool,
    },
}

/// One card on an issuer's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedCard {
    /// The card ([`super::mark::MarkKey::card`]).
    pub card: Mark,
    /// Its expiry, `YYYYMM`; the request must name the same when it is given.
    #[serde(default)]
    pub expiry: Option<String>,
    /// A passphrase that the bank gave to this cardholder; it counts once.
    #[serde(default)]
    pub passphrase: Option<Mark>,
}

/// One acquirer: which merchants and gateways may have certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcquirerPolicy {
    /// Its bank identification number.
    pub bin: String,
    /// Its name, which becomes the organizational unit of the subject.
    pub name: String,
    /// Its country, two letters (ISO 3166-1).
    pub country: String,
    /// Must the operator approve what the lists admit?
    #[serde(default)]
    pub review: bool,
    /// What the applicant is asked.
    pub form: FormConfig,
    /// Merchants that have an account with it.
    #[serde(default, rename = "merchant")]
    pub merchants: Vec<MerchantEntry>,
    /// Gateways that work for it.
    #[serde(default, rename = "gateway")]
    pub gateways: Vec<GatewayEntry>,
}

/// One merchant, as its acquirer knows it; becomes merchantData (SET 1.0 Book 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantEntry {
    /// Merchant id that the acquirer assigned.
    pub id: String,
    /// Name as on the cardholder's statement.
    pub name: String,
    /// City.
    pub city: String,
    /// State or province.
    #[serde(default)]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default)]
    pub postal_code: Option<String>,
    /// Name of the country.
    pub country_name: String,
    /// ISO 3166-1 numeric country.
    pub country_number: u16,
    /// Language of name and address (RFC 5646).
    #[serde(default)]
    pub language: Option<String>,
    /// May the gateway give this merchant card numbers (merAuthFlag)?
    #[serde(default)]
    pub receives_card_number: bool,
    /// The passphrase that the acquirer gave to this merchant; it counts once.
    pub passphrase: Mark,
}

/// One payment gateway, as its acquirer knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayEntry {
    /// Business id that the acquirer assigned: digits.
    pub business_id: String,
    /// The passphrase that the acquirer gave to this gateway; it counts once.
    pub passphrase: Mark,
    /// Does it refuse payments without a cardholder certificate (cardCertRequired)?
    #[serde(default = "yes")]
    pub card_cert_required: bool,
}

fn yes() -> bool {
    true
}

fn english() -> String {
    "en".into()
}

/// A registration form (SET 1.0 Book 3, RegTemplate).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormConfig {
    /// Number of the form; a new number for every changed form.
    pub id: u32,
    /// Language of its texts (RFC 5646).
    #[serde(default = "english")]
    pub language: String,
    /// What the applicant agrees to.
    pub policy: String,
    /// Where the brand's picture is.
    #[serde(default)]
    pub brand_logo_url: Option<String>,
    /// Where the card's picture is.
    #[serde(default)]
    pub card_logo_url: Option<String>,
    /// The questions, in order.
    #[serde(rename = "field")]
    pub fields: Vec<FieldConfig>,
}

/// One question of a registration form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldConfig {
    /// What is asked for.
    pub kind: FieldKind,
    /// Its name, as shown and as answered.
    pub name: String,
    /// What helps to answer it.
    #[serde(default)]
    pub description: Option<String>,
    /// Most characters of an answer.
    pub length_max: u32,
    /// Must it be answered?
    #[serde(default = "yes")]
    pub required: bool,
}

/// What a question asks for: the arcs of SET's `field` (2.23.42.2.n).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Name in full.
    FullName = 0,
    /// Given name.
    GivenName = 1,
    /// Family name.
    FamilyName = 2,
    /// Family name at birth.
    BirthFamilyName = 3,
    /// Name of a place.
    PlaceName = 4,
    /// Number of an identity document.
    IdentificationNumber = 5,
    /// A month.
    Month = 6,
    /// A date.
    Date = 7,
    /// An address.
    Address = 8,
    /// A telephone number.
    Telephone = 9,
    /// An amount.
    Amount = 10,
    /// Number of an account.
    AccountNumber = 11,
    /// A secret that the applicant was given.
    PassPhrase = 12,
}

/// A setting that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the settings of the CA are unusable: {setting}: {reason}")]
pub struct CaConfigError {
    /// Which setting, for example `issuer 492912 form`.
    pub setting: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Report for CaConfigError {
    fn id(&self) -> &'static str {
        "ca-config-invalid"
    }

    fn hint(&self) -> String {
        format!("correct `{}` in the CA's config.toml and reload", self.setting)
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}

impl CaConfig {
    /// Settings of a CA of `kind` for `brand`, with the defaults and nobody on its lists.
    pub fn new(kind: CaKind, brand: &str) -> Self {
        Self {
            kind,
            brand: brand.to_owned(),
            cardholder_days: cardholder_days(),
            merchant_days: merchant_days(),
            gateway_days: gateway_days(),
            session_minutes: session_minutes(),
            pending_days: pending_days(),
            crl: Publication::default(),
            bci: Publication::default(),
            issuers: Vec::new(),
            acquirers: Vec::new(),
        }
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`CaConfigError`] names the first setting that cannot work.
    pub fn check(&self) -> Result<(), CaConfigError> {
        let days = [
            ("cardholder_days", self.cardholder_days, VALIDITY_DAYS_MAX),
            ("merchant_days", self.merchant_days, VALIDITY_DAYS_MAX),
            ("gateway_days", self.gateway_days, VALIDITY_DAYS_MAX),
            ("session_minutes", self.session_minutes, SESSION_MINUTES_MAX),
            ("pending_days", self.pending_days, 366),
        ];
        for (setting, value, most) in days {
            demand((1..=most).contains(&value), setting, || format!("not between 1 and {most}"))?;
        }
        for (setting, publication) in [("crl", self.crl), ("bci", self.bci)] {
            let Publication { valid_hours, renew_hours } = publication;
            demand(renew_hours >= 1 && renew_hours < valid_hours, setting, || {
                "renew_hours must be at least 1 and less than valid_hours".into()
            })?;
        }
        demand(self.issuers.is_empty() || self.kind == CaKind::Cca, "issuer", || {
            "only a cca certifies cards".into()
        })?;
        let acquires = matches!(self.kind, CaKind::Mca | CaKind::Pca);
        demand(self.acquirers.is_empty() || acquires, "acquirer", || {
            "only an mca or a pca certifies merchants or gateways".into()
        })?;
        self.issuers.iter().try_for_each(IssuerPolicy::check)?;
        self.acquirers.iter().try_for_each(AcquirerPolicy::check)
    }

    /// The issuer with this BIN.
    pub fn issuer(&self, bin: &str) -> Option<&IssuerPolicy> {
        self.issuers.iter().find(|issuer| issuer.bin == bin)
    }

    /// The acquirer with this BIN.
    pub fn acquirer(&self, bin: &str) -> Option<&AcquirerPolicy> {
        self.acquirers.iter().find(|acquirer| acquirer.bin == bin)
    }
}

impl IssuerPolicy {
    fn check(&self) -> Result<(), CaConfigError> {
        let setting = format!("issuer {}", self.bin);
        check_place(&setting, &self.bin, &self.country)?;
        let asks = match &self.admission {
            Admission::Anyone => {
                demand(self.review, &setting, || "admission by anyone needs review = true".into())?;
                false
            }
            Admission::Passphrase { .. } => true,
            Admission::Listed { cards, .. } => cards.iter().any(|card| card.passphrase.is_some()),
        };
        self.form.check(&setting, asks)
    }
}

impl AcquirerPolicy {
    fn check(&self) -> Result<(), CaConfigError> {
        let setting = format!("acquirer {}", self.bin);
        check_place(&setting, &self.bin, &self.country)?;
        for merchant in &self.merchants {
            demand((1..=999).contains(&merchant.country_number), &setting, || {
                format!("country_number of merchant {} is not between 1 and 999", merchant.id)
            })?;
        }
        self.form.check(&setting, true)
    }
}

impl FormConfig {
    fn check(&self, owner: &str, asks_passphrase: bool) -> Result<(), CaConfigError> {
        let setting = format!("{owner} form");
        let asked = self.fields.iter().filter(|f| f.kind == FieldKind::PassPhrase).count();
        demand(asked <= 1, &setting, || "more than one field of kind pass_phrase".into())?;
        demand(asked == 1 || !asks_passphrase, &setting, || {
            "the lists demand a passphrase, and no field of kind pass_phrase asks for it".into()
        })?;
        for (index, field) in self.fields.iter().enumerate() {
            let twice = self.fields[..index].iter().any(|other| other.name == field.name);
            demand(!twice, &setting, || format!("two fields are named {}", field.name))?;
        }
        Ok(())
    }

    /// The question for the secret that the applicant was given.
    pub fn passphrase_field(&self) -> Option<&FieldConfig> {
        self.fields.iter().find(|field| field.kind == FieldKind::PassPhrase)
    }
}

fn check_place(setting: &str, bin: &str, country: &str) -> Result<(), CaConfigError> {
    let digits = bin.len() == 6 && bin.bytes().all(|b| b.is_ascii_digit());
    demand(digits, setting, || "bin is not six digits".into())?;
    let letters = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    demand(letters, setting, || "country is not two capital letters".into())
}

fn demand(
    holds: bool,
    setting: &str,
    reason: impl FnOnce() -> String,
) -> Result<(), CaConfigError> {
    if holds {
        return Ok(());
    }
    Err(CaConfigError { setting: setting.to_owned(), reason: reason() })
}
