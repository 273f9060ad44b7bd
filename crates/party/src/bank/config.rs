//! The bank's settings and keys.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use counterfoil_crypto::digest::hmac_sha256;
use counterfoil_iso8583::Dialect;
use counterfoil_iso8583::mac::{AES_CMAC, MacError, MacKey};
use counterfoil_secret::{Fault, Pan, Report, SecretBytes};

use crate::amount::Amount;
use crate::bank_link::is_institution;

/// Octets of the key that hides card numbers.
pub const STORAGE_KEY_BYTES: usize = 32;
/// Longest time that a hold may be set to last, in hours.
pub const HOLD_HOURS_MAX: u32 = 24 * 60;
/// Most characters of a merchant's number (field 42).
pub const MERCHANT_CHARACTERS_MAX: usize = 15;
/// Most characters of a terminal's number (field 41).
pub const TERMINAL_CHARACTERS_MAX: usize = 8;

/// The bank's settings. Keys are given separately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankConfig {
    /// Name of the dialect of every link, `ascii1987` or `binary`.
    #[serde(default = "default_dialect")]
    pub dialect: String,
    /// The gateways that may connect.
    pub links: Vec<LinkConfig>,
    /// The merchants that have accounts here, besides those added by command.
    #[serde(default)]
    pub merchants: Vec<MerchantConfig>,
    /// ISO 4217 letters of the currencies that the bank deals in.
    pub currencies: Vec<String>,
    /// How long an authorization holds its amount, in hours.
    #[serde(default = "default_hold_hours")]
    pub hold_hours: u32,
}

/// A gateway that may connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkConfig {
    /// Field 32: its acquirer's number, 1 to 11 digits, the first not 0.
    pub acquirer: String,
    /// Name of the message authentication.
    #[serde(default = "default_mac")]
    pub mac: String,
    /// Whether it must sign on before it is served.
    #[serde(default = "default_sign_on_required")]
    pub sign_on_required: bool,
}

/// A merchant that has an account here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantConfig {
    /// Field 42.
    pub id: String,
    /// Field 41 of each of its terminals; with none listed, any terminal is accepted.
    #[serde(default)]
    pub terminals: BTreeSet<String>,
}

/// The bank's keys.
#[derive(Debug, Clone)]
pub struct BankKeys {
    /// Hides card numbers at rest: [`STORAGE_KEY_BYTES`] octets. Whoever has it and the records
    /// can find out card numbers; without it, nobody can.
    pub storage: SecretBytes,
    /// Message authentication keys by acquirer's number, 16 or 32 octets each.
    pub links: BTreeMap<String, SecretBytes>,
}

fn default_dialect() -> String {
    "ascii1987".into()
}

fn default_hold_hours() -> u32 {
    7 * 24
}

fn default_mac() -> String {
    AES_CMAC.into()
}

fn default_sign_on_required() -> bool {
    true
}

/// Which setting is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BankConfigError {
    /// No such dialect.
    #[error("the bank dialect `{name}` is not known")]
    UnknownDialect {
        /// The name in the settings.
        name: String,
    },
    /// An acquirer's number has the wrong form or comes twice.
    #[error("the acquirer `{acquirer}` is not 1 to 11 digits without leading zero, or comes twice")]
    Acquirer {
        /// The number in the settings.
        acquirer: String,
    },
    /// A link has no key.
    #[error("there is no message authentication key for the acquirer `{acquirer}`")]
    KeyMissing {
        /// The number in the settings.
        acquirer: String,
    },
    /// A link's message authentication is refused.
    #[error(transparent)]
    Mac(#[from] MacError),
    /// A merchant's or terminal's number does not fit its field.
    #[error("the merchant `{id}` or one of its terminals is empty, too long or not printable")]
    Merchant {
        /// The number in the settings.
        id: String,
    },
    /// Not a currency of ISO 4217.
    #[error("`{code}` is not a currency of ISO 4217 that names money")]
    Currency {
        /// The letters in the settings.
        code: String,
    },
    /// A hold would last no time, or longer than [`HOLD_HOURS_MAX`].
    #[error("a hold must last 1 to {HOLD_HOURS_MAX} hours")]
    HoldHours,
    /// The storage key has the wrong length.
    #[error("the storage key must have {STORAGE_KEY_BYTES} octets")]
    StorageKey,
}

impl Report for BankConfigError {
    fn id(&self) -> &'static str {
        match self {
            Self::UnknownDialect { .. } => "bank-dialect-unknown",
            Self::Acquirer { .. } => "bank-acquirer-malformed",
            Self::KeyMissing { .. } => "bank-link-key-missing",
            Self::Mac(error) => error.id(),
            Self::Merchant { .. } => "bank-merchant-malformed",
            Self::Currency { .. } => "bank-currency-unknown",
            Self::HoldHours => "bank-hold-hours",
            Self::StorageKey => "bank-storage-key-length",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::UnknownDialect { .. } => "use `ascii1987` or `binary`".into(),
            Self::Acquirer { .. } => "give each link an acquirer's number of its own".into(),
            Self::KeyMissing { .. } => "put the link's key beside the bank's other keys".into(),
            Self::Mac(error) => error.hint(),
            Self::Merchant { .. } => format!(
                "use at most {MERCHANT_CHARACTERS_MAX} printable characters for a merchant and \
                 {TERMINAL_CHARACTERS_MAX} for a terminal"
            ),
            Self::Currency { .. } => "write the three letters, for example `EUR`".into(),
            Self::HoldHours => "leave `hold_hours` out for a week".into(),
            Self::StorageKey => "restore the key that the records were written with".into(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}

/// Settings and keys, checked.
pub(super) struct Setup {
    pub(super) dialect: &'static Dialect,
    pub(super) links: BTreeMap<String, Link>,
    pub(super) merchants: BTreeMap<String, BTreeSet<String>>,
    pub(super) currencies: BTreeSet<u16>,
    pub(super) hold: SignedDuration,
    storage: SecretBytes,
}

/// One gateway, checked.
pub(super) struct Link {
    pub(super) key: MacKey,
    pub(super) sign_on_required: bool,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Setup({}, {} links)", self.dialect.name, self.links.len())
    }
}

impl Setup {
    pub(super) fn new(config: &BankConfig, keys: BankKeys) -> Result<Self, BankConfigError> {
        let dialect = Dialect::by_name(&config.dialect)
            .ok_or_else(|| BankConfigError::UnknownDialect { name: config.dialect.clone() })?;
        if keys.storage.expose().len() != STORAGE_KEY_BYTES {
            return Err(BankConfigError::StorageKey);
        }
        if !(1..=HOLD_HOURS_MAX).contains(&config.hold_hours) {
            return Err(BankConfigError::HoldHours);
        }
        let merchants = config.merchants.iter().map(checked_merchant);
        Ok(Self {
            dialect,
            links: checked_links(&config.links, &keys.links)?,
            merchants: merchants.collect::<Result<_, _>>()?,
            currencies: config.currencies.iter().map(|c| currency(c)).collect::<Result<_, _>>()?,
            hold: SignedDuration::from_hours(i64::from(config.hold_hours)),
            storage: keys.storage,
        })
    }

    /// The name of a card in the records: keyed, so that records alone do not give the number.
    pub(super) fn card_key(&self, pan: &Pan) -> String {
        self.keyed("card", pan.expose().as_bytes())
    }

    /// A keyed hash for one purpose, in hexadecimal.
    pub(super) fn keyed(&self, purpose: &str, octets: &[u8]) -> String {
        let input = [purpose.as_bytes(), b":", octets].concat();
        hex::encode(hmac_sha256(self.storage.expose(), &input))
    }
}

fn checked_links(
    links: &[LinkConfig],
    keys: &BTreeMap<String, SecretBytes>,
) -> Result<BTreeMap<String, Link>, BankConfigError> {
    let mut checked = BTreeMap::new();
    for link in links {
        let acquirer = link.acquirer.clone();
        if !is_institution(&acquirer) || checked.contains_key(&acquirer) {
            return Err(BankConfigError::Acquirer { acquirer });
        }
        let Some(key) = keys.get(&acquirer) else {
            return Err(BankConfigError::KeyMissing { acquirer });
        };
        let key = MacKey::new(&link.mac, key)?;
        checked.insert(acquirer, Link { key, sign_on_required: link.sign_on_required });
    }
    Ok(checked)
}

/// Checks a merchant's and its terminals' numbers.
pub(super) fn checked_merchant(
    merchant: &MerchantConfig,
) -> Result<(String, BTreeSet<String>), BankConfigError> {
    let fits = |text: &str, most: usize| {
        (1..=most).contains(&text.len())
            && text.bytes().all(|b| (b' '..=b'~').contains(&b))
            && text.trim() == text
    };
    let terminals_fit = merchant.terminals.iter().all(|t| fits(t, TERMINAL_CHARACTERS_MAX));
    if !fits(&merchant.id, MERCHANT_CHARACTERS_MAX) || merchant.id.contains('/') || !terminals_fit {
        return Err(BankConfigError::Merchant { id: merchant.id.clone() });
    }
    Ok((merchant.id.clone(), merchant.terminals.clone()))
}

fn currency(code: &str) -> Result<u16, BankConfigError> {
    Amount::parse(&format!("0 {code}"))
        .map(|amount| amount.currency)
        .map_err(|_| BankConfigError::Currency { code: code.to_owned() })
}
