//! A new deployment: the hierarchy of a brand, its first CRLs and BCI, and its gateway.
//!
//! Everything is made from the arguments, so the same plan, time and randomness give the same
//! keys and certificates. Whoever calls writes them where they belong: `init` into folders, the
//! simulator into memory.

use jiff::{SignedDuration, Timestamp};
use rand_core::CryptoRng;

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::Provider;
use counterfoil_crypto::suite::Suite;
use counterfoil_message::account::cardholder_id;
use counterfoil_message::codec::EncodeError;
use counterfoil_message::primitive::PanData;
use counterfoil_pki::bci::Bci;
use counterfoil_pki::extension::{MerchantData, Tunneling};
use counterfoil_pki::general_name::GeneralName;
use counterfoil_pki::issue::{self, BciTemplate, CrlTemplate, Issuer, Profile, Template, profile};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};
use counterfoil_pki::trust::{BciRule, Trust, TrustError, TrustSettings};
use counterfoil_pki::{Certificate, Crl, PkiError, Roles};

use crate::identity::{Exchange, Identity};

const DAY_HOURS: i64 = 24;
/// Days that a root certificate is valid.
pub const ROOT_DAYS: i64 = 20 * 365;
/// Days that the certificate of a brand CA is valid.
pub const BRAND_DAYS: i64 = 15 * 365;
/// Days that the certificates of an issuing CA are valid.
pub const CA_DAYS: i64 = 10 * 365;
/// Days that the certificates of merchants, gateways and TLS servers are valid.
pub const END_ENTITY_DAYS: i64 = 366;
/// Days until the first CRLs and the first BCI have to be replaced.
pub const REVOCATION_DAYS: i64 = 90;
/// How far before its founding everything is valid, so that clocks may differ: hours.
pub const BACKDATING_HOURS: i64 = 1;

/// What is to be founded.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The suite of every key.
    pub suite: &'static Suite,
    /// Who makes keys and signatures.
    pub provider: Provider,
    /// The brand.
    pub brand: String,
    /// Country of the institutions, two letters.
    pub country: String,
    /// Name of the bank that runs the CAs and the gateway.
    pub institution: String,
    /// Unique name of the gateway, `BIN:serial`.
    pub gateway: String,
    /// Whether the gateway insists on cardholder certificates.
    pub card_cert_required: bool,
    /// The time.
    pub now: Timestamp,
}

/// A key and its certificate.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The key.
    pub key: KeyPair,
    /// Its certificate.
    pub certificate: Certificate,
}

/// A CA with its certificates.
#[derive(Debug, Clone)]
pub struct FoundedCa {
    /// Signs certificates, and CRLs where it publishes them.
    pub issuing: Holder,
    /// Signs messages; only the CAs that register have one.
    pub signature: Option<Holder>,
    /// Receives requests; only the CAs that register have one.
    pub exchange: Option<Holder>,
    /// The issuers of its certificates, up to but without the root.
    pub chain: Vec<Certificate>,
}

/// An end entity with its certificates.
#[derive(Debug, Clone)]
pub struct EndEntity {
    /// Signs messages.
    pub signature: Holder,
    /// Receives messages; cardholders have none.
    pub exchange: Option<Holder>,
    /// The issuers of its certificates, up to but without the root.
    pub chain: Vec<Certificate>,
}

/// A founded deployment.
#[derive(Debug, Clone)]
pub struct Founded {
    /// The root CA.
    pub root: FoundedCa,
    /// The brand CA.
    pub brand: FoundedCa,
    /// Certifies cardholders.
    pub cca: FoundedCa,
    /// Certifies merchants.
    pub mca: FoundedCa,
    /// Certifies payment gateways.
    pub pca: FoundedCa,
    /// The payment gateway.
    pub gateway: EndEntity,
    /// The CA of the deployment's TLS certificates.
    pub tls: Holder,
    /// The first CRLs, one of each CA.
    pub crls: Vec<Crl>,
    /// The first BCI.
    pub bci: Bci,
}

/// Why a deployment could not be founded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoundingError {
    /// A key could not be made or used.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A certificate, CRL or BCI could not be issued.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A value does not fit where it belongs.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl counterfoil_secret::Report for FoundingError {
    fn id(&self) -> &'static str {
        match self {
            Self::Crypto(error) => error.id(),
            Self::Pki(error) => error.id(),
            Self::Encode(error) => error.id(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Crypto(error) => error.hint(),
            Self::Pki(error) => error.hint(),
            Self::Encode(error) => error.hint(),
        }
    }

    fn fault(&self) -> counterfoil_secret::Fault {
        counterfoil_secret::Fault::OurMisuse
    }
}

impl Plan {
    /// Founds the deployment.
    ///
    /// # Errors
    /// [`FoundingError`] when a name or a key does not fit.
    pub fn found(&self, rng: &mut dyn CryptoRng) -> Result<Founded, FoundingError> {
        let root_name = self.name("SET Root", "Root CA", "Root CA 1")?;
        let root = self.self_signed(root_name, profile::root(None), ROOT_DAYS, rng)?;
        let brand_name = self.name(&self.brand, "Brand CA", &format!("{} CA", self.brand))?;
        let brand = self.issue(&root, brand_name, profile::brand(), BRAND_DAYS, rng)?;
        let above = vec![brand.certificate.clone()];
        let cca = self.issuing_ca(&brand, Roles::CCA, "Cardholder CA", rng)?;
        let mca = self.issuing_ca(&brand, Roles::MCA, "Merchant CA", rng)?;
        let pca = self.issuing_ca(&brand, Roles::PCA, "Payment Gateway CA", rng)?;
        let gateway = self.gateway(&pca, rng)?;
        let tls_name = self.name(&self.institution, "TLS", "Deployment TLS CA")?;
        let tls = self.self_signed(tls_name, profile::tls_ca(), ROOT_DAYS, rng)?;
        let crls = [&root, &brand, &cca.issuing, &mca.issuing, &pca.issuing]
            .into_iter()
            .map(|ca| self.first_crl(ca, rng))
            .collect::<Result<Vec<_>, _>>()?;
        let bci = self.first_bci(&brand, &crls, rng)?;
        let root = FoundedCa { issuing: root, signature: None, exchange: None, chain: vec![] };
        let brand = FoundedCa { issuing: brand, signature: None, exchange: None, chain: above };
        Ok(Founded { root, brand, cca, mca, pca, gateway, tls, crls, bci })
    }

    /// A merchant's certificates, as its CA would issue them.
    ///
    /// # Errors
    /// [`FoundingError`] when a name or a key does not fit.
    pub fn merchant(
        &self,
        mca: &FoundedCa,
        data: &MerchantData,
        rng: &mut dyn CryptoRng,
    ) -> Result<EndEntity, FoundingError> {
        let shown = data.mer_names.first().map_or(data.mer_id.as_str(), |name| &name.name);
        let name = self.name(&self.brand, &self.institution, shown)?;
        let signature = profile::merchant_signature(data.clone());
        let exchange = profile::merchant_exchange(data.clone());
        self.end_entity(mca, name, signature, Some(exchange), rng)
    }

    /// A cardholder's certificate, as its CA would issue it for this card.
    ///
    /// # Errors
    /// [`FoundingError`] when a name or a key does not fit.
    pub fn cardholder(
        &self,
        cca: &FoundedCa,
        card: &PanData,
        rng: &mut dyn CryptoRng,
    ) -> Result<EndEntity, FoundingError> {
        let id = cardholder_id(&card.pan, &card.card_expiry, &card.pan_secret)?;
        let name = self.name(&self.brand, &self.institution, &id)?;
        self.end_entity(cca, name, profile::cardholder(), None, rng)
    }

    /// A TLS server's key and certificate for `names`.
    ///
    /// # Errors
    /// [`FoundingError`] when a name or a key does not fit.
    pub fn tls_server(
        &self,
        tls: &Holder,
        common_name: &str,
        names: Vec<GeneralName>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Holder, FoundingError> {
        let name = self.name(&self.institution, "TLS", common_name)?;
        self.issue(tls, name, profile::tls_server(names), END_ENTITY_DAYS, rng)
    }

    fn gateway(
        &self,
        pca: &FoundedCa,
        rng: &mut dyn CryptoRng,
    ) -> Result<EndEntity, FoundingError> {
        let name = self.name(&self.brand, &self.institution, &self.gateway)?;
        let tunneling = Tunneling { tunneling: true, suites: vec![self.suite.oid] };
        let exchange = profile::gateway_exchange(self.card_cert_required, tunneling);
        self.end_entity(pca, name, profile::gateway_signature(), Some(exchange), rng)
    }

    fn issuing_ca(
        &self,
        brand: &Holder,
        roles: Roles,
        title: &str,
        rng: &mut dyn CryptoRng,
    ) -> Result<FoundedCa, FoundingError> {
        let mut holder = |common: &str, profile, key_use| {
            let name = self.name(&self.brand, &self.institution, common)?;
            self.certify(brand, name, profile, CA_DAYS, key_use, rng)
        };
        use KeyUse::{Exchange, Sign};
        let issuing = holder(title, profile::issuing_ca(roles, true), Sign)?;
        let signature = holder(&format!("{title} messages"), profile::ca_signature(roles), Sign)?;
        let exchange = holder(&format!("{title} requests"), profile::ca_exchange(roles), Exchange)?;
        Ok(FoundedCa {
            issuing,
            signature: Some(signature),
            exchange: Some(exchange),
            chain: vec![brand.certificate.clone()],
        })
    }

    fn end_entity(
        &self,
        ca: &FoundedCa,
        name: DistinguishedName,
        signature: Profile,
        exchange: Option<Profile>,
        rng: &mut dyn CryptoRng,
    ) -> Result<EndEntity, FoundingError> {
        let signature = self.issue(&ca.issuing, name.clone(), signature, END_ENTITY_DAYS, rng)?;
        let exchange = exchange
            .map(|profile| {
                let days = END_ENTITY_DAYS;
                self.certify(&ca.issuing, name, profile, days, KeyUse::Exchange, rng)
            })
            .transpose()?;
        let mut chain = vec![ca.issuing.certificate.clone()];
        chain.extend(ca.chain.iter().cloned());
        Ok(EndEntity { signature, exchange, chain })
    }

    fn issue(
        &self,
        issuer: &Holder,
        subject: DistinguishedName,
        profile: Profile,
        days: i64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Holder, FoundingError> {
        self.certify(issuer, subject, profile, days, KeyUse::Sign, rng)
    }

    fn certify(
        &self,
        issuer: &Holder,
        subject: DistinguishedName,
        profile: Profile,
        days: i64,
        key_use: KeyUse,
        rng: &mut dyn CryptoRng,
    ) -> Result<Holder, FoundingError> {
        let key = KeyPair::generate(&self.provider, self.suite, key_use, rng)?;
        let signing = issuer.key.signing_key()?;
        let by = Issuer { certificate: &issuer.certificate, key: &*signing };
        let template = self.template(subject, profile, days);
        let certificate = issue::issue(&template, &by, key.spki_der(), rng)?;
        Ok(Holder { key, certificate })
    }

    fn self_signed(
        &self,
        subject: DistinguishedName,
        profile: Profile,
        days: i64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Holder, FoundingError> {
        let key = KeyPair::generate(&self.provider, self.suite, KeyUse::Sign, rng)?;
        let signing = key.signing_key()?;
        let template = self.template(subject, profile, days);
        let certificate = issue::self_sign(&template, &*signing, rng)?;
        Ok(Holder { key, certificate })
    }

    fn template(&self, subject: DistinguishedName, profile: Profile, days: i64) -> Template {
        Template {
            subject,
            profile,
            not_before: self.second() - SignedDuration::from_hours(BACKDATING_HOURS),
            not_after: self.second() + SignedDuration::from_hours(DAY_HOURS * days),
            signing_until: None,
        }
    }

    /// The time to the second, which is what certificates, CRLs and BCIs can say: all of them
    /// end at the same moment then.
    fn second(&self) -> Timestamp {
        Timestamp::from_second(self.now.as_second()).unwrap_or(self.now)
    }

    fn first_crl(&self, ca: &Holder, rng: &mut dyn CryptoRng) -> Result<Crl, FoundingError> {
        let signing = ca.key.signing_key()?;
        let issuer = Issuer { certificate: &ca.certificate, key: &*signing };
        let template = CrlTemplate {
            number: 1,
            this_update: self.second() - SignedDuration::from_hours(BACKDATING_HOURS),
            next_update: self.second() + SignedDuration::from_hours(DAY_HOURS * REVOCATION_DAYS),
            revoked: &[],
        };
        Ok(issuer.crl(&template, rng)?)
    }

    fn first_bci(
        &self,
        brand: &Holder,
        crls: &[Crl],
        rng: &mut dyn CryptoRng,
    ) -> Result<Bci, FoundingError> {
        let signing = brand.key.signing_key()?;
        let issuer = Issuer { certificate: &brand.certificate, key: &*signing };
        let template = BciTemplate {
            sequence: 1,
            not_before: self.second() - SignedDuration::from_hours(BACKDATING_HOURS),
            not_after: self.second() + SignedDuration::from_hours(DAY_HOURS * REVOCATION_DAYS),
            crls,
        };
        Ok(issuer.bci(&template, rng)?)
    }

    fn name(
        &self,
        organization: &str,
        unit: &str,
        common: &str,
    ) -> Result<DistinguishedName, FoundingError> {
        use AttributeKind::{CommonName, Country, Organization, OrganizationalUnit};
        Ok(DistinguishedName::of(&[
            (Country, self.country.as_str()),
            (Organization, organization),
            (OrganizationalUnit, unit),
            (CommonName, common),
        ])?)
    }
}

impl Founded {
    /// A trust store that holds the root, the CAs, the CRLs and the BCI of this deployment.
    ///
    /// # Errors
    /// [`TrustError`] when one of them is not accepted at `now`.
    pub fn trust(&self, now: Timestamp) -> Result<Trust, TrustError> {
        let settings = TrustSettings { bci: BciRule::Required, crl_age_max: None };
        let mut trust = Trust::new(vec![self.root.issuing.certificate.clone()], settings)?;
        let cas: Vec<Certificate> = [&self.brand, &self.cca, &self.mca, &self.pca]
            .map(|ca| ca.issuing.certificate.clone())
            .into();
        trust.learn(&cas);
        trust.add_crls(&self.crls, &cas, now)?;
        trust.set_bci(&self.bci, &cas, now)?;
        Ok(trust)
    }
}

impl EndEntity {
    /// The identity that a party takes on with these keys.
    ///
    /// # Errors
    /// [`CryptoError`] when a key is not what it should be.
    pub fn identity(&self) -> Result<Identity, CryptoError> {
        let exchange = self.exchange.as_ref().map(|holder| {
            Ok::<_, CryptoError>(Exchange {
                key: holder.key.exchange_key()?,
                certificate: holder.certificate.clone(),
            })
        });
        Ok(Identity {
            sign_key: self.signature.key.signing_key()?,
            sign_certificate: self.signature.certificate.clone(),
            exchange: exchange.transpose()?,
            chain: self.chain.clone(),
        })
    }
}
