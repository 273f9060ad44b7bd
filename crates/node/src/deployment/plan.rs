//! `init`: a new deployment from a few decisions, written whole or not at all.

mod accounts;
mod document;
mod files;
pub mod settings;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand_core::CryptoRng;

use counterfoil_crypto::provider;
use counterfoil_crypto::suite::Suite;
use counterfoil_party::amount::Amount;
use counterfoil_party::bank::MERCHANT_CHARACTERS_MAX;
use counterfoil_party::bank_link::Expiry;
use counterfoil_party::founding;
use counterfoil_party::machine::Role;
use counterfoil_secret::Secret;

use super::draft::Scaffold;
use super::error::DeploymentError;
use super::ports::Ports;
use super::test_card::{self, TestCard};

/// The parties that are started, in that order.
pub const PARTIES: [(&str, Role); 8] = [
    ("root-ca", Role::Ca),
    ("brand-ca", Role::Ca),
    ("cca", Role::Ca),
    ("mca", Role::Ca),
    ("pca", Role::Ca),
    ("bank", Role::Bank),
    ("gateway", Role::Gateway),
    ("merchant", Role::Merchant),
];
/// BIN of the issuer of the test cards. Numbers that begin with 9 belong to national schemes.
pub const ISSUER_BIN: &str = "990001";
/// BIN of the acquirer.
pub const ACQUIRER_BIN: &str = "990002";
/// Business id that the acquirer gives to the gateway.
const GATEWAY_ID: &str = "1";
/// Characters of a brand's name (SET 1.0 Book 3, BrandID).
const BRAND_CHARS_MAX: usize = 40;
/// Characters of an organization's name in a certificate (RFC 5280 appendix A).
const NAME_CHARS_MAX: usize = 64;
/// Characters of a merchant's name (SET 1.0 Book 3, MerNames).
const MERCHANT_NAME_CHARS_MAX: usize = 25;
/// Years that test cards are valid.
const CARD_YEARS: i16 = 3;

/// What is decided about a new deployment.
#[derive(Debug, Clone)]
pub struct NewDeployment {
    /// The brand.
    pub brand: String,
    /// Name of the bank that runs the CAs, the gateway and the accounts.
    pub institution: String,
    /// Its country, two letters.
    pub country: String,
    /// Its currency, three letters of ISO 4217.
    pub currency: String,
    /// Name of the suite of every key.
    pub suite: String,
    /// The first of the ports that the parties listen at.
    pub base_port: u16,
    /// Name of the merchant, as on the cardholder's statement.
    pub merchant_name: String,
    /// Number of the merchant at its acquirer.
    pub merchant_id: String,
    /// Whether there are made-up cards with accounts.
    pub with_test_cards: bool,
}

impl Default for NewDeployment {
    fn default() -> Self {
        Self {
            brand: "Meridian".into(),
            institution: "First Meridian Bank".into(),
            country: "US".into(),
            currency: "USD".into(),
            suite: "p256".into(),
            base_port: 7400,
            merchant_name: "Corner Books".into(),
            merchant_id: "MERCHANT0001".into(),
            with_test_cards: false,
        }
    }
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The test cards, if any were asked for.
    pub test_cards: Vec<TestCard>,
}

/// The decisions, checked, and what follows from them.
struct Plan<'a> {
    decisions: &'a NewDeployment,
    suite: &'static Suite,
    host: IpAddr,
    ports: Ports,
    now: Timestamp,
    test_cards: Vec<TestCard>,
    merchant_passphrase: Secret<String>,
}

impl NewDeployment {
    /// Makes the deployment in `folder`, which must not be there or be empty.
    ///
    /// # Errors
    /// [`DeploymentError`]; nothing is left in `folder` then.
    pub fn make(
        &self,
        folder: &Path,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Made, DeploymentError> {
        // Certificates and CRLs carry whole seconds; a BCI may not outlast them by a fraction.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let plan = self.check(now, rng)?;
        let scaffold = Scaffold::beside(folder)?;
        let founded = plan.founding().found(rng);
        let founded = founded.map_err(|error| DeploymentError::plan(&error))?;
        plan.draft(&founded, rng)?.write(scaffold.folder())?;
        accounts::open_accounts(scaffold.folder(), &plan.test_cards, now)?;
        scaffold.finish()?;
        Ok(Made { test_cards: plan.test_cards })
    }

    /// Names that stand in certificates (RFC 5280 appendix A: ub-organization-name and the like)
    /// and, of the brand, in messages.
    fn check_names(&self) -> Result<(), DeploymentError> {
        let names = [
            ("brand", &self.brand, BRAND_CHARS_MAX),
            ("institution", &self.institution, NAME_CHARS_MAX),
            ("merchant's name", &self.merchant_name, MERCHANT_NAME_CHARS_MAX),
        ];
        for (what, name, chars_max) in names {
            let fits = (1..=chars_max).contains(&name.chars().count())
                && name.trim() == name
                && !name.chars().any(char::is_control);
            if !fits {
                return Err(DeploymentError::Plan {
                    reason: format!("`{name}` cannot be the {what}"),
                    hint: format!("give 1 to {chars_max} characters, no space at either end"),
                });
            }
        }
        Ok(())
    }

    fn check(&self, now: Timestamp, rng: &mut dyn CryptoRng) -> Result<Plan<'_>, DeploymentError> {
        let suite = Suite::by_name(&self.suite).map_err(|error| DeploymentError::plan(&error))?;
        let amount = Amount::parse(&format!("0 {}", self.currency))
            .map_err(|error| DeploymentError::plan(&error))?;
        let is_country =
            self.country.len() == 2 && self.country.bytes().all(|b| b.is_ascii_uppercase());
        if !is_country {
            return Err(DeploymentError::Plan {
                reason: format!("`{}` is not two capital letters of a country", self.country),
                hint: "give a country of ISO 3166-1, for example US".into(),
            });
        }
        self.check_names()?;
        let id = &self.merchant_id;
        if !(1..=MERCHANT_CHARACTERS_MAX).contains(&id.len())
            || !id.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(DeploymentError::Plan {
                reason: format!("`{id}` cannot be the number of a merchant"),
                hint: format!("give 1 to {MERCHANT_CHARACTERS_MAX} letters and digits"),
            });
        }
        let ports = Ports::from(self.base_port).ok_or_else(|| DeploymentError::Plan {
            reason: format!("there are not enough ports from {} on", self.base_port),
            hint: format!("give a port between 1024 and {}", u16::MAX - Ports::COUNT),
        })?;
        let test_cards = if self.with_test_cards {
            TestCard::set(ISSUER_BIN, expiry(now)?, amount.currency, rng)
        } else {
            Vec::new()
        };
        Ok(Plan {
            decisions: self,
            suite,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports,
            now,
            test_cards,
            merchant_passphrase: test_card::passphrase(rng),
        })
    }
}

impl Plan<'_> {
    fn founding(&self) -> founding::Plan {
        founding::Plan {
            suite: self.suite,
            provider: provider::AWS_LC,
            brand: self.decisions.brand.clone(),
            country: self.decisions.country.clone(),
            institution: self.decisions.institution.clone(),
            gateway: format!("{ACQUIRER_BIN}:{GATEWAY_ID}"),
            card_cert_required: true,
            now: self.now,
        }
    }
}

/// The month until which test cards are valid.
fn expiry(now: Timestamp) -> Result<Expiry, DeploymentError> {
    let date = TimeZone::UTC.to_datetime(now).date();
    let text = format!("{:04}{:02}", date.year() + CARD_YEARS, date.month());
    Expiry::parse(&text).map_err(|error| DeploymentError::plan(&error))
}
