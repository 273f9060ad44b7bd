//! Root, brand, three issuing CAs and everybody of one payment, the same at each run.

use std::sync::Arc;

use counterfoil_crypto::key::{ExchangeKey, KeyPair, KeyUse, SigningKey};
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_pki::crl::Reason;
use counterfoil_pki::extension::{MerNames, MerchantData, Tunneling};
use counterfoil_pki::issue::{
    self, BciTemplate, CrlTemplate, Issuer, Profile, Revoked, Template, profile,
};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};
use counterfoil_pki::{Bci, Certificate, Crl, Roles};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::treatment::{Opener, Recipient, Sender};

const BRAND: &str = "Acme Card";

/// The date of the payment.
pub(super) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(super) fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

pub(super) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A certificate, its key, and the CAs above.
#[derive(Clone)]
pub(super) struct Holder {
    pub(super) certificate: Certificate,
    chain: Vec<Certificate>,
    key: Option<Arc<dyn SigningKey>>,
    exchange: Option<Arc<dyn ExchangeKey>>,
}

impl Holder {
    fn new(certificate: Certificate, pair: &KeyPair, chain: Vec<Certificate>) -> Self {
        Self {
            certificate,
            chain,
            key: pair.signing_key().ok(),
            exchange: pair.exchange_key().ok(),
        }
    }

    pub(super) fn sender(&self) -> Sender<'_> {
        let key = self.key.as_deref().unwrap();
        Sender { key, certificate: &self.certificate, chain: &self.chain, crls: &[] }
    }

    pub(super) fn recipient(&self) -> Recipient {
        Recipient::new(&self.certificate).unwrap()
    }

    pub(super) fn opener(&self) -> Opener<'_> {
        Opener { key: self.exchange.as_deref().unwrap(), certificate: &self.certificate }
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer { certificate: &self.certificate, key: self.key.as_deref().unwrap() }
    }
}

/// Everybody.
pub(super) struct World {
    pub(super) root: Holder,
    pub(super) brand: Holder,
    pub(super) cca: Holder,
    pub(super) mca: Holder,
    pub(super) pca: Holder,
    pub(super) cardholder: Holder,
    pub(super) merchant: Holder,
    pub(super) merchant_exchange: Holder,
    pub(super) gateway: Holder,
    pub(super) gateway_exchange: Holder,
    pub(super) crls: Vec<Crl>,
    pub(super) bcis: Vec<Bci>,
}

/// Which certificates are valid for how long, from ten days before the payment.
#[derive(Clone, Copy)]
pub(super) struct Lifetimes {
    pub(super) cardholder_days: i64,
    pub(super) merchant_days: i64,
    pub(super) gateway_days: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { cardholder_days: 365, merchant_days: 365, gateway_days: 365 }
    }
}

struct Maker(ChaCha20Rng);

impl Maker {
    fn key(&mut self, key_use: KeyUse) -> KeyPair {
        KeyPair::generate(&DETERMINISTIC, &P256, key_use, &mut self.0).unwrap()
    }

    fn root(&mut self, common: &str) -> Holder {
        let pair = self.key(KeyUse::Sign);
        let template = template("Root", common, profile::root(None), 3650);
        let signing = pair.signing_key().unwrap();
        let certificate = issue::self_sign(&template, &*signing, &mut self.0).unwrap();
        Holder::new(certificate, &pair, Vec::new())
    }

    fn issue(&mut self, by: &Holder, template: &Template, key_use: KeyUse) -> Holder {
        let pair = self.key(key_use);
        let spki = pair.spki_der();
        let certificate = issue::issue(template, &by.issuer(), spki, &mut self.0).unwrap();
        let mut chain = vec![by.certificate.clone()];
        chain.extend(by.chain.iter().filter(|ca| !ca.is_self_issued()).cloned());
        Holder::new(certificate, &pair, chain)
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

fn merchant_data(id: &str) -> MerchantData {
    let name = MerNames {
        name: "Papierladen".into(),
        city: "Köln".into(),
        country_name: "Deutschland".into(),
        ..MerNames::default()
    };
    MerchantData {
        mer_id: id.into(),
        mer_acquirer_bin: "455612".into(),
        mer_names: vec![name],
        mer_country: 276,
        mer_auth_flag: true,
    }
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(Lifetimes::default())
    }

    pub(super) fn with(lifetimes: Lifetimes) -> Self {
        let mut m = Maker(rng(1));
        let root = m.root("Root 1");
        let brand =
            m.issue(&root, &template("Brand", "Brand CA", profile::brand(), 3000), KeyUse::Sign);
        let mut ca = |roles: Roles, common: &str| {
            let profile = profile::issuing_ca(roles, true);
            m.issue(&brand, &template("Bank", common, profile, 2000), KeyUse::Sign)
        };
        let cca = ca(Roles::CCA, "Cardholder CA");
        let mca = ca(Roles::MCA, "Merchant CA");
        let pca = ca(Roles::PCA, "Gateway CA");
        let mut end = |by: &Holder, common: &str, profile: Profile, key_use, days_valid| {
            m.issue(by, &template("Bank", common, profile, days_valid), key_use)
        };
        use KeyUse::{Exchange, Sign};
        let tunneling = Tunneling { tunneling: true, suites: vec![P256.oid] };
        let shop = profile::merchant_signature(merchant_data("SHOP-1"));
        let shop_exchange = profile::merchant_exchange(merchant_data("SHOP-1"));
        let exchange = profile::gateway_exchange(true, tunneling);
        let mut world = Self {
            cardholder: end(&cca, "x7Qk", profile::cardholder(), Sign, lifetimes.cardholder_days),
            merchant: end(&mca, "Shop", shop, Sign, lifetimes.merchant_days),
            merchant_exchange: end(&mca, "Shop", shop_exchange, Exchange, 365),
            gateway: end(
                &pca,
                "455612:1",
                profile::gateway_signature(),
                Sign,
                lifetimes.gateway_days,
            ),
            gateway_exchange: end(&pca, "455612:1", exchange, Exchange, 365),
            root,
            brand,
            cca,
            mca,
            pca,
            crls: Vec::new(),
            bcis: Vec::new(),
        };
        world.crls = world.crls(1, -1, &[]);
        world.bcis = vec![world.bci(1, -1, &world.crls)];
        world
    }

    /// Another one who does the same as `like`, certified by the same CA.
    pub(super) fn other(&self, like: &Holder, common: &str) -> Holder {
        let (by, profile) = match like.certificate.roles() {
            Roles::CARD => (&self.cca, profile::cardholder()),
            Roles::MER => (&self.mca, profile::merchant_signature(merchant_data("SHOP-2"))),
            _ => (&self.pca, profile::gateway_signature()),
        };
        let seed = common.bytes().map(u64::from).sum();
        Maker(rng(seed)).issue(by, &template("Bank", common, profile, 365), KeyUse::Sign)
    }

    /// A merchant's renewed certificate.
    pub(super) fn renewed_merchant(&self, days_valid: i64) -> Holder {
        let profile = profile::merchant_signature(merchant_data("SHOP-1"));
        Maker(rng(77)).issue(
            &self.mca,
            &template("Bank", "Shop", profile, days_valid),
            KeyUse::Sign,
        )
    }

    /// A holder of the same name whose certificate begins `day` days after the payment.
    pub(super) fn begun_later(&self, cardholder: &Holder, day: i64) -> Holder {
        let name = cardholder.certificate.common_name().unwrap();
        let template = template("Bank", name, profile::cardholder(), 365);
        let template = Template { not_before: days(day), ..template };
        Maker(rng(78)).issue(&self.cca, &template, KeyUse::Sign)
    }

    /// The CRLs of every CA, issued `day` days after the payment and due eight days later.
    pub(super) fn crls(&self, number: u64, day: i64, revoked: &[(&Certificate, i64)]) -> Vec<Crl> {
        let cas = [&self.root, &self.brand, &self.cca, &self.mca, &self.pca];
        let crl = |ca: &&Holder| {
            let own = revoked.iter().filter(|(c, _)| c.issuer() == ca.certificate.subject());
            let revoked: Vec<Revoked> = own
                .map(|(certificate, day)| Revoked {
                    serial: certificate.serial().to_vec(),
                    revoked_at: days(*day),
                    reason: Reason::KeyCompromise,
                })
                .collect();
            let (this_update, next_update) = (days(day), days(day + 8));
            let template = CrlTemplate { number, this_update, next_update, revoked: &revoked };
            ca.issuer().crl(&template, &mut rng(number)).unwrap()
        };
        cas.iter().map(crl).collect()
    }

    /// A CRL of the gateways' CA that says nothing, issued some time after the payment.
    pub(super) fn gateways_crl(&self, number: u64, issued: Timestamp) -> Crl {
        let (this_update, next_update) = (issued, days(7));
        let template = CrlTemplate { number, this_update, next_update, revoked: &[] };
        self.pca.issuer().crl(&template, &mut rng(number)).unwrap()
    }

    /// The BCI of `crls`, valid for seven days from `day` days after the payment.
    pub(super) fn bci(&self, sequence: u64, day: i64, crls: &[Crl]) -> Bci {
        let (not_before, not_after) = (days(day), days(day + 7));
        let template = BciTemplate { sequence, not_before, not_after, crls };
        self.brand.issuer().bci(&template, &mut rng(sequence)).unwrap()
    }

    pub(super) fn roots(&self) -> Vec<Certificate> {
        vec![self.root.certificate.clone()]
    }
}

/// The root of another brand.
pub(super) fn other_root() -> Certificate {
    Maker(rng(99)).root("Root 1").certificate
}
