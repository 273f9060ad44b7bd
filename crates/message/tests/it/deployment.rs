//! A whole deployment for tests: root, brand, three issuing CAs, wallet, merchant and gateway.

use counterfoil_crypto::key::{ExchangeKey, KeyPair, KeyUse, SigningKey};
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::{P256, Suite};
use counterfoil_message::account::cardholder_id;
use counterfoil_message::primitive::{BrandCrlIdentifier, CardExpiry, CardNumber, PanSecret};
use counterfoil_message::treatment::{Check, Opener, Recipient, Sender};
use counterfoil_pki::extension::{MerNames, MerchantData, Tunneling};
use counterfoil_pki::issue::{self, BciTemplate, CrlTemplate, Issuer, Profile, Template, profile};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};
use counterfoil_pki::trust::{Need, Trust, TrustSettings};
use counterfoil_pki::{Certificate, Crl, Roles};
use counterfoil_secret::Pan;
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) const BRAND: &str = "Acme Card";

/// The time at which everything here is valid.
pub(crate) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

/// Numbers that look random and are the same for the same seed.
pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// The card of the cardholder.
pub(crate) fn card() -> (CardNumber, CardExpiry, PanSecret) {
    let pan = CardNumber(Pan::parse("4929123412341232").unwrap());
    (pan, CardExpiry::new("203012").unwrap(), PanSecret::new([0x51; 32]))
}

/// A certificate and its key.
pub(crate) struct Holder {
    pub(crate) certificate: Certificate,
    pub(crate) pair: KeyPair,
    pub(crate) chain: Vec<Certificate>,
    signing: Option<std::sync::Arc<dyn SigningKey>>,
    exchange: Option<std::sync::Arc<dyn ExchangeKey>>,
}

impl Holder {
    fn new(certificate: Certificate, pair: KeyPair, chain: &[&Certificate]) -> Self {
        let (signing, exchange) = (pair.signing_key().ok(), pair.exchange_key().ok());
        let chain = chain.iter().copied().cloned().collect();
        Self { certificate, pair, chain, signing, exchange }
    }

    pub(crate) fn key(&self) -> &dyn SigningKey {
        self.signing.as_deref().unwrap()
    }

    pub(crate) fn sender(&self) -> Sender<'_> {
        Sender { key: self.key(), certificate: &self.certificate, chain: &self.chain, crls: &[] }
    }

    pub(crate) fn recipient(&self) -> Recipient {
        Recipient::new(&self.certificate).unwrap()
    }

    pub(crate) fn opener(&self) -> Opener<'_> {
        Opener { key: self.exchange.as_deref().unwrap(), certificate: &self.certificate }
    }
}

/// Everybody, with one seed.
pub(crate) struct Deployment {
    pub(crate) root: Certificate,
    pub(crate) cardholder: Holder,
    pub(crate) merchant: Holder,
    pub(crate) merchant_exchange: Holder,
    pub(crate) gateway: Holder,
    pub(crate) gateway_exchange: Holder,
    pub(crate) ca: Holder,
    pub(crate) ca_exchange: Holder,
    pub(crate) crls: Vec<Crl>,
    pub(crate) bci: BrandCrlIdentifier,
}

struct Maker {
    rng: ChaCha20Rng,
    suite: &'static Suite,
}

impl Maker {
    fn key(&mut self, key_use: KeyUse) -> KeyPair {
        KeyPair::generate(&DETERMINISTIC, self.suite, key_use, &mut self.rng).unwrap()
    }

    fn issue(&mut self, by: &Holder, template: &Template, key_use: KeyUse) -> Holder {
        let pair = self.key(key_use);
        let issuer = Issuer { certificate: &by.certificate, key: by.key() };
        let certificate = issue::issue(template, &issuer, pair.spki_der(), &mut self.rng).unwrap();
        let above: Vec<&Certificate> = std::iter::once(&by.certificate).chain(&by.chain).collect();
        Holder::new(certificate, pair, &above)
    }

    fn crl(&mut self, by: &Holder) -> Crl {
        let template =
            CrlTemplate { number: 1, this_update: days(-1), next_update: days(7), revoked: &[] };
        let issuer = Issuer { certificate: &by.certificate, key: by.key() };
        issuer.crl(&template, &mut self.rng).unwrap()
    }
}

fn template(unit: &str, common: &str, profile: Profile, days_valid: i64) -> Template {
    use AttributeKind::{CommonName, Country, Organization, OrganizationalUnit};
    let parts =
        [(Country, "DE"), (Organization, BRAND), (OrganizationalUnit, unit), (CommonName, common)];
    Template {
        subject: DistinguishedName::of(&parts).unwrap(),
        profile,
        not_before: days(-10),
        not_after: days(days_valid),
        signing_until: None,
    }
}

fn merchant_data() -> MerchantData {
    let name = MerNames {
        name: "Papierladen".into(),
        city: "Köln".into(),
        country_name: "Deutschland".into(),
        ..MerNames::default()
    };
    MerchantData {
        mer_id: "SHOP-1".into(),
        mer_acquirer_bin: "455612".into(),
        mer_names: vec![name],
        mer_country: 276,
        mer_auth_flag: true,
    }
}

impl Deployment {
    pub(crate) fn new() -> Self {
        Self::with(&P256)
    }

    pub(crate) fn with(suite: &'static Suite) -> Self {
        let mut m = Maker { rng: rng(1), suite };
        let root = m.root();
        let brand =
            m.issue(&root, &template("Brand", "Brand CA", profile::brand(), 3000), KeyUse::Sign);
        let mut ca = |roles: Roles, common: &str| {
            let profile = profile::issuing_ca(roles, true);
            m.issue(&brand, &template("Bank", common, profile, 2000), KeyUse::Sign)
        };
        let cca = ca(Roles::CCA, "Cardholder CA");
        let mca = ca(Roles::MCA, "Merchant CA");
        let pca = ca(Roles::PCA, "Gateway CA");
        let crls = [&root, &brand, &cca, &mca, &pca].map(|by| m.crl(by)).to_vec();
        let bci = m.bci(&brand, &crls);
        let (pan, expiry, secret) = card();
        let id = cardholder_id(&pan, &expiry, &secret).unwrap();
        let mut end = |by: &Holder, common: &str, profile: Profile, key_use| {
            m.issue(by, &template("Bank", common, profile, 365), key_use)
        };
        use KeyUse::{Exchange, Sign};
        let tunneling = Tunneling { tunneling: true, suites: vec![suite.oid] };
        let data = merchant_data();
        Self {
            root: root.certificate.clone(),
            cardholder: end(&cca, &id, profile::cardholder(), Sign),
            merchant: end(&mca, "Shop", profile::merchant_signature(data.clone()), Sign),
            merchant_exchange: end(&mca, "Shop", profile::merchant_exchange(data), Exchange),
            gateway: end(&pca, "455612:1", profile::gateway_signature(), Sign),
            gateway_exchange: end(
                &pca,
                "455612:1",
                profile::gateway_exchange(true, tunneling),
                Exchange,
            ),
            ca: end(&brand, "CA", profile::ca_signature(Roles::CCA), Sign),
            ca_exchange: end(&brand, "CA", profile::ca_exchange(Roles::CCA), Exchange),
            crls,
            bci,
        }
    }

    /// A trust store that holds the root, every CRL and the BCI.
    pub(crate) fn trust(&self) -> Trust {
        let mut trust = self.new_trust();
        let everyone = [&self.cardholder, &self.merchant, &self.gateway];
        let bag: Vec<Certificate> =
            everyone.iter().flat_map(|holder| holder.chain.iter().cloned()).collect();
        trust.add_crls(&self.crls, &bag, now()).unwrap();
        let bci = counterfoil_pki::bci::Bci::from_content_info(self.bci.0.clone()).unwrap();
        trust.set_bci(&bci, &bag, now()).unwrap();
        trust
    }

    /// A trust store that holds the root alone.
    pub(crate) fn new_trust(&self) -> Trust {
        Trust::new(vec![self.root.clone()], TrustSettings::default()).unwrap()
    }
}

impl Maker {
    fn root(&mut self) -> Holder {
        let pair = self.key(KeyUse::Sign);
        let template = template("Root", "Root 1", profile::root(None), 3650);
        let signing = pair.signing_key().unwrap();
        let certificate = issue::self_sign(&template, &*signing, &mut self.rng).unwrap();
        Holder::new(certificate, pair, &[])
    }

    fn bci(&mut self, brand: &Holder, crls: &[Crl]) -> BrandCrlIdentifier {
        let template = BciTemplate { sequence: 1, not_before: days(-1), not_after: days(6), crls };
        let issuer = Issuer { certificate: &brand.certificate, key: brand.key() };
        let bci = issuer.bci(&template, &mut self.rng).unwrap();
        BrandCrlIdentifier(bci.content_info().clone())
    }
}

/// A check for signers with one of `roles`.
pub(crate) fn check(trust: &mut Trust, roles: Roles) -> Check<'_> {
    Check { trust, now: now(), need: Need::sign(roles).of_brand(BRAND) }
}
