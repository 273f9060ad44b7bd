//! The settings that each party of a new deployment begins with.

use serde::{Deserialize, Serialize};

use counterfoil_iso8583::mac::AES_CMAC;
use counterfoil_party::bank::{BankConfig, LinkConfig, MerchantConfig};
use counterfoil_party::bank_link::BankLinkConfig;
use counterfoil_party::ca::config::{
    AcquirerPolicy, Admission, FieldConfig, FieldKind, FormConfig, IssuerPolicy, ListedCard,
    MerchantEntry, Publication,
};
use counterfoil_party::ca::{CaConfig, CaKind, MarkKey};
use counterfoil_party::gateway::GatewaySettings;
use counterfoil_party::merchant::MerchantSettings;
use counterfoil_party::wallet::WalletSettings;
use counterfoil_secret::Pan;

use super::{ACQUIRER_BIN, ISSUER_BIN, Plan};
use crate::deployment::error::DeploymentError;

/// Hours that a CRL and the list of current CRLs are valid: 90 days.
const PUBLICATION_HOURS: u32 = 90 * 24;
/// Hours before that end at which the next one is made: 30 days.
const RENEWAL_HOURS: u32 = 30 * 24;
/// Number of the first form of an issuer or acquirer.
const FORM_ID: u32 = 1;
/// The question for the secret from the bank.
pub(super) const PASSPHRASE_QUESTION: &str = "Registration passphrase";

/// What a merchant registers with. Its acquirer told it, and nobody else needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The brand.
    pub brand: String,
    /// BIN of the acquirer.
    pub acquirer: String,
    /// Number that the acquirer assigned.
    pub merchant: String,
    /// Suite of the keys.
    pub suite: String,
    /// The secret from the acquirer; it counts once.
    pub passphrase: String,
}

impl Registration {
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        Self {
            brand: plan.decisions.brand.clone(),
            acquirer: ACQUIRER_BIN.into(),
            merchant: plan.decisions.merchant_id.clone(),
            suite: plan.suite.name.to_owned(),
            passphrase: plan.merchant_passphrase.expose().clone(),
        }
    }
}

/// The cardholder's own cards, before they are registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    /// In the order of their names.
    #[serde(rename = "card")]
    pub cards: Vec<OwnCard>,
}

/// One card as its holder keeps it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnCard {
    /// Its name in the wallet.
    pub name: String,
    /// What the holder wants to remember of it.
    #[serde(default)]
    pub about: String,
    /// Its brand.
    pub brand: String,
    /// Its number.
    pub number: String,
    /// Until when it is valid, `YYYYMM`.
    pub expiry: String,
    /// The secret from the bank; it counts once.
    #[serde(default)]
    pub passphrase: Option<String>,
}

/// Shows nothing that is secret.
impl std::fmt::Debug for OwnCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = Pan::parse(&self.number).map_or_else(|_| "?".into(), |pan| pan.masked());
        write!(f, "OwnCard({}, {number})", self.name)
    }
}

impl Cards {
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        let cards = plan.test_cards.iter().map(|card| OwnCard {
            name: card.name.to_owned(),
            about: card.about.to_owned(),
            brand: plan.decisions.brand.clone(),
            number: card.pan.expose().to_owned(),
            expiry: String::from(card.expiry),
            passphrase: Some(card.passphrase.expose().clone()),
        });
        Self { cards: cards.collect() }
    }
}

/// A CA's settings, with the lists of those that it may certify.
pub(super) fn authority(plan: &Plan<'_>, kind: CaKind, marks: &MarkKey) -> CaConfig {
    let publication = Publication { valid_hours: PUBLICATION_HOURS, renew_hours: RENEWAL_HOURS };
    let mut config = CaConfig::new(kind, &plan.decisions.brand);
    config.crl = publication;
    config.bci = publication;
    match kind {
        CaKind::Cca => config.issuers = vec![issuer(plan, marks)],
        CaKind::Mca => config.acquirers = vec![acquirer(plan, vec![merchant_entry(plan, marks)])],
        CaKind::Pca => config.acquirers = vec![acquirer(plan, Vec::new())],
        CaKind::Root | CaKind::Brand | CaKind::Geo => {}
    }
    config
}

fn issuer(plan: &Plan<'_>, marks: &MarkKey) -> IssuerPolicy {
    let cards = plan.test_cards.iter().map(|card| ListedCard {
        card: marks.card(&card.pan),
        expiry: Some(String::from(card.expiry)),
        passphrase: Some(marks.passphrase(ISSUER_BIN, card.passphrase.expose())),
    });
    IssuerPolicy {
        bin: ISSUER_BIN.into(),
        name: plan.decisions.institution.clone(),
        country: plan.decisions.country.clone(),
        card_name: None,
        admission: Admission::Listed { cards: cards.collect(), unlisted_wait: false },
        review: false,
        form: form("A cardholder's certificate stands for the card: keep its key to yourself."),
    }
}

fn acquirer(plan: &Plan<'_>, merchants: Vec<MerchantEntry>) -> AcquirerPolicy {
    AcquirerPolicy {
        bin: ACQUIRER_BIN.into(),
        name: plan.decisions.institution.clone(),
        country: plan.decisions.country.clone(),
        review: false,
        form: form("A merchant's certificate is for the account that its acquirer named."),
        merchants,
        gateways: Vec::new(),
    }
}

fn merchant_entry(plan: &Plan<'_>, marks: &MarkKey) -> MerchantEntry {
    let id = plan.decisions.merchant_id.clone();
    let owner = format!("{ACQUIRER_BIN}:{id}");
    MerchantEntry {
        name: plan.decisions.merchant_name.clone(),
        city: "Springfield".into(),
        state: None,
        postal_code: None,
        country_name: "United States".into(),
        country_number: 840,
        language: None,
        receives_card_number: false,
        passphrase: marks.passphrase(&owner, plan.merchant_passphrase.expose()),
        id,
    }
}

fn form(policy: &str) -> FormConfig {
    FormConfig {
        id: FORM_ID,
        language: "en".into(),
        policy: policy.into(),
        brand_logo_url: None,
        card_logo_url: None,
        fields: vec![FieldConfig {
            kind: FieldKind::PassPhrase,
            name: PASSPHRASE_QUESTION.into(),
            description: Some("the one that the bank handed out; it counts once".into()),
            length_max: 40,
            required: true,
        }],
    }
}

pub(super) fn bank(plan: &Plan<'_>) -> BankConfig {
    BankConfig {
        dialect: "ascii1987".into(),
        links: vec![LinkConfig {
            acquirer: ACQUIRER_BIN.into(),
            mac: AES_CMAC.into(),
            sign_on_required: true,
        }],
        merchants: vec![MerchantConfig {
            id: plan.decisions.merchant_id.clone(),
            terminals: std::collections::BTreeSet::new(),
        }],
        currencies: vec![plan.decisions.currency.clone()],
        hold_hours: 7 * 24,
    }
}

/// What has no usual value.
#[derive(Serialize)]
struct GatewayDraft {
    brand: String,
    bank: BankLinkConfig,
}

/// A gateway's settings, with every value that has a usual one.
pub(super) fn gateway(plan: &Plan<'_>) -> Result<GatewaySettings, DeploymentError> {
    let draft = GatewayDraft {
        brand: plan.decisions.brand.clone(),
        bank: BankLinkConfig {
            dialect: "ascii1987".into(),
            acquirer: ACQUIRER_BIN.into(),
            mac: AES_CMAC.into(),
        },
    };
    let impossible = |reason: String| DeploymentError::Plan {
        reason,
        hint: "give a brand without control characters".into(),
    };
    let text = toml::to_string(&draft).map_err(|error| impossible(error.to_string()))?;
    toml::from_str(&text).map_err(|error| impossible(error.to_string()))
}

pub(super) fn merchant(set_url: &str, plan: &Plan<'_>) -> MerchantSettings {
    MerchantSettings { suites: vec![plan.suite.name.to_owned()], ..MerchantSettings::new(set_url) }
}

pub(super) fn wallet(plan: &Plan<'_>) -> WalletSettings {
    WalletSettings { suites: vec![plan.suite.name.to_owned()], ..WalletSettings::default() }
}
