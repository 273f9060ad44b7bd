//! Making a merchant from settings, keys and certificates.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use counterfoil_crypto::suite::Suite;
use counterfoil_message::primitive::{BrandId, Date, MerTermIds, MerchantId, RrTags, Rrpid};
use counterfoil_message::treatment::{Opener, Sender};
use counterfoil_pki::{Certificate, Roles};
use counterfoil_secret::{Fault, Report};

use crate::identity::{Exchange, Identity};

/// Who the merchant is under one brand.
#[derive(Debug, Clone)]
pub struct BrandSetup {
    /// Keys and certificates; the key-exchange pair is needed.
    pub identity: Identity,
    /// Key-exchange certificates of gateways, and the CA certificates above them, in any order.
    /// Without one the merchant asks the gateway (PCertReq).
    pub gateway_certificates: Vec<Certificate>,
}

/// Why a merchant cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetupError {
    /// No brand at all.
    NoBrand,
    /// A signature certificate that is not a merchant's.
    NotAMerchant {
        /// Its subject.
        subject: String,
    },
    /// A brand without key-exchange certificate.
    NoExchange {
        /// The brand.
        brand: String,
    },
    /// Two certificates of one brand.
    BrandTwice {
        /// The brand.
        brand: String,
    },
    /// No suite, or one that is not known.
    Suite {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBrand => f.write_str("the merchant has no certificate of any brand"),
            Self::NotAMerchant { subject } => write!(f, "`{subject}` is no merchant of SET"),
            Self::NoExchange { brand } => {
                write!(f, "the merchant has no key-exchange certificate of brand '{brand}'")
            }
            Self::BrandTwice { brand } => {
                write!(f, "the merchant has two signature certificates of brand '{brand}'")
            }
            Self::Suite { name } => write!(f, "suite '{name}' is not known"),
        }
    }
}

impl std::error::Error for SetupError {}

impl Report for SetupError {
    fn id(&self) -> &'static str {
        match self {
            Self::NoBrand => "merchant-without-brand",
            Self::NotAMerchant { .. } => "not-a-merchant",
            Self::NoExchange { .. } => "exchange-certificate-missing",
            Self::BrandTwice { .. } => "brand-twice",
            Self::Suite { .. } => "suite-unknown",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoBrand | Self::NotAMerchant { .. } | Self::NoExchange { .. } => {
                "register the merchant at its CA; it certifies a signature and an exchange key"
            }
            Self::BrandTwice { .. } => "keep one signature certificate of each brand",
            Self::Suite { .. } => "name one or more of p256 and rsa3072",
        }
        .into()
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}

/// One brand of a merchant, checked.
#[derive(Debug)]
pub(super) struct Brand {
    pub(super) name: BrandId,
    pub(super) merchant_id: MerchantId,
    pub(super) identity: Identity,
    pub(super) exchange: Exchange,
    pub(super) gateway_certificates: Vec<Certificate>,
}

impl Brand {
    fn new(setup: BrandSetup) -> Result<Self, SetupError> {
        let certificate = &setup.identity.sign_certificate;
        let stranger = || SetupError::NotAMerchant { subject: certificate.subject().to_string() };
        let data = certificate.merchant_data().ok_or_else(stranger)?;
        if !certificate.roles().intersects(Roles::MER) {
            return Err(stranger());
        }
        let name = BrandId::new(certificate.brand().unwrap_or_default()).map_err(|_| stranger())?;
        let merchant_id = MerchantId::new(&data.mer_id).map_err(|_| stranger())?;
        let exchange = setup
            .identity
            .exchange
            .clone()
            .ok_or_else(|| SetupError::NoExchange { brand: name.to_string() })?;
        let gateway_certificates = setup.gateway_certificates;
        Ok(Self { name, merchant_id, identity: setup.identity, exchange, gateway_certificates })
    }

    /// The signer of this merchant's messages, with `chain` sent along.
    pub(super) fn sender<'a>(&'a self, chain: &'a [Certificate]) -> Sender<'a> {
        Sender {
            key: self.identity.sign_key.as_ref(),
            certificate: &self.identity.sign_certificate,
            chain,
            crls: &[],
        }
    }

    /// Who opens what is sealed for this merchant.
    pub(super) fn opener(&self) -> Opener<'_> {
        Opener { key: self.exchange.key.as_ref(), certificate: &self.exchange.certificate }
    }

    /// The tags of a request to the gateway.
    pub(super) fn request_tags(&self, rrpid: Rrpid, now: Timestamp) -> RrTags {
        RrTags {
            rrpid,
            mer_term_ids: MerTermIds {
                merchant_id: self.merchant_id.clone(),
                terminal_id: None,
                agent_num: None,
                chain_num: None,
                store_num: None,
            },
            current_date: Date::new(now),
        }
    }

    /// What a gateway needs besides the signature certificate: the key-exchange certificate, for
    /// its answer, and the issuers.
    pub(super) fn chain_for_gateway(&self) -> Vec<Certificate> {
        let exchange = std::iter::once(&self.exchange.certificate);
        exchange.chain(&self.identity.chain).cloned().collect()
    }
}

/// The brands of a merchant, each once.
pub(super) fn brands(setups: Vec<BrandSetup>) -> Result<Vec<Arc<Brand>>, SetupError> {
    let mut brands: Vec<Arc<Brand>> = Vec::with_capacity(setups.len());
    for setup in setups {
        let brand = Brand::new(setup)?;
        if brands.iter().any(|other| other.name == brand.name) {
            return Err(SetupError::BrandTwice { brand: brand.name.to_string() });
        }
        brands.push(Arc::new(brand));
    }
    if brands.is_empty() { Err(SetupError::NoBrand) } else { Ok(brands) }
}

/// The suites with these names.
pub(super) fn suites(names: &[String]) -> Result<Vec<&'static Suite>, SetupError> {
    if names.is_empty() {
        return Err(SetupError::Suite { name: String::new() });
    }
    let suite =
        |name: &String| Suite::by_name(name).map_err(|_| SetupError::Suite { name: name.clone() });
    names.iter().map(suite).collect()
}
