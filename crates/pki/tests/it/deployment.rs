//! A whole hierarchy of SET for tests: root, brand, geo, three issuing CAs and end entities.

use counterfoil_crypto::{
    key::{KeyPair, KeyUse},
    provider::DETERMINISTIC,
    suite::{P256, Suite},
};
use counterfoil_pki::{
    Certificate, Crl, Roles,
    extension::{MerNames, MerchantData, Tunneling},
    issue::{self, CrlTemplate, Issuer, Profile, Revoked, Template, profile},
    name::{AttributeKind, DistinguishedName},
};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

pub(crate) const BRAND: &str = "Acme Card";

/// The time at which everything here is valid.
pub(crate) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

/// A certificate and its key.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) certificate: Certificate,
    pub(crate) key: KeyPair,
}

/// Makes keys and certificates, the same ones for the same seed.
pub(crate) struct Maker {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) suite: &'static Suite,
}

impl Maker {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: ChaCha20Rng::seed_from_u64(seed), suite: &P256 }
    }

    pub(crate) fn key(&mut self, key_use: KeyUse) -> KeyPair {
        KeyPair::generate(&DETERMINISTIC, self.suite, key_use, &mut self.rng).unwrap()
    }

    pub(crate) fn root(&mut self, template: &Template) -> Holder {
        let key = self.key(KeyUse::Sign);
        self.root_with(template, key)
    }

    pub(crate) fn root_with(&mut self, template: &Template, key: KeyPair) -> Holder {
        let signing = key.signing_key().unwrap();
        let certificate = issue::self_sign(template, &*signing, &mut self.rng).unwrap();
        Holder { certificate, key }
    }

    pub(crate) fn issue(&mut self, by: &Holder, template: &Template, key_use: KeyUse) -> Holder {
        let key = self.key(key_use);
        let signing = by.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &by.certificate, key: &*signing };
        let certificate = issue::issue(template, &issuer, key.spki_der(), &mut self.rng).unwrap();
        Holder { certificate, key }
    }

    /// As [`Maker::issue`], whatever the two are in SET.
    pub(crate) fn issue_any(&mut self, by: &Holder, template: &Template) -> Holder {
        let key = self.key(KeyUse::Sign);
        let signing = by.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &by.certificate, key: &*signing };
        let made = issue::issue_unchecked(template, &issuer, key.spki_der(), &mut self.rng);
        Holder { certificate: made.unwrap(), key }
    }

    pub(crate) fn crl(&mut self, by: &Holder, number: u64, revoked: &[&Certificate]) -> Crl {
        let revoked: Vec<Revoked> = revoked
            .iter()
            .map(|certificate| Revoked {
                serial: certificate.serial().to_vec(),
                revoked_at: days(-1),
                reason: counterfoil_pki::crl::Reason::KeyCompromise,
            })
            .collect();
        let template =
            CrlTemplate { number, this_update: days(-1), next_update: days(7), revoked: &revoked };
        let signing = by.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &by.certificate, key: &*signing };
        issuer.crl(&template, &mut self.rng).unwrap()
    }
}

pub(crate) fn name(brand: &str, unit: &str, common: &str) -> DistinguishedName {
    use AttributeKind::{CommonName, Country, Organization, OrganizationalUnit};
    let parts =
        [(Country, "DE"), (Organization, brand), (OrganizationalUnit, unit), (CommonName, common)];
    DistinguishedName::of(&parts).unwrap()
}

pub(crate) fn template(subject: DistinguishedName, profile: Profile, days_valid: i64) -> Template {
    let (not_before, not_after) = (days(-10), days(days_valid));
    Template { subject, profile, not_before, not_after, signing_until: None }
}

pub(crate) fn merchant_data() -> MerchantData {
    MerchantData {
        mer_id: "SHOP-1".into(),
        mer_acquirer_bin: "455612".into(),
        mer_names: vec![MerNames {
            language: Some("de".into()),
            name: "Papierladen".into(),
            city: "Köln".into(),
            country_name: "Deutschland".into(),
            ..MerNames::default()
        }],
        mer_country: 276,
        mer_auth_flag: true,
    }
}

pub(crate) fn tunneling() -> Tunneling {
    Tunneling { tunneling: true, suites: vec![P256.oid] }
}

/// The usual hierarchy, without a geo-political CA.
pub(crate) struct Deployment {
    pub(crate) maker: Maker,
    pub(crate) root: Holder,
    pub(crate) brand: Holder,
    pub(crate) cca: Holder,
    pub(crate) mca: Holder,
    pub(crate) pca: Holder,
    pub(crate) cardholder: Holder,
    pub(crate) merchant: Holder,
    pub(crate) merchant_exchange: Holder,
    pub(crate) gateway: Holder,
    pub(crate) gateway_exchange: Holder,
}

impl Deployment {
    pub(crate) fn new() -> Self {
        Self::with(Maker::new(1))
    }

    pub(crate) fn with(mut maker: Maker) -> Self {
        let m = &mut maker;
        let root = m.root(&template(name("SET Root", "Root", "Root 1"), profile::root(None), 3650));
        let brand_template = template(name(BRAND, "Brand", "Brand CA"), profile::brand(), 3000);
        let brand = m.issue(&root, &brand_template, KeyUse::Sign);
        let mut ca = |roles: Roles, common: &str| {
            let profile = profile::issuing_ca(roles, true);
            m.issue(&brand, &template(name(BRAND, "Bank", common), profile, 2000), KeyUse::Sign)
        };
        let cca = ca(Roles::CCA, "Cardholder CA");
        let mca = ca(Roles::MCA, "Merchant CA");
        let pca = ca(Roles::PCA, "Gateway CA");
        let mut end = |by: &Holder, common: &str, profile: Profile, key_use| {
            m.issue(by, &template(name(BRAND, "Bank", common), profile, 365), key_use)
        };
        use KeyUse::{Exchange, Sign};
        let cardholder = end(&cca, "x7Qk", profile::cardholder(), Sign);
        let merchant = end(&mca, "Shop", profile::merchant_signature(merchant_data()), Sign);
        let merchant_exchange =
            end(&mca, "Shop", profile::merchant_exchange(merchant_data()), Exchange);
        let gateway = end(&pca, "455612:1", profile::gateway_signature(), Sign);
        let gateway_profile = profile::gateway_exchange(true, tunneling());
        let gateway_exchange = end(&pca, "455612:1", gateway_profile, Exchange);
        Self {
            maker,
            root,
            brand,
            cca,
            mca,
            pca,
            cardholder,
            merchant,
            merchant_exchange,
            gateway,
            gateway_exchange,
        }
    }

    /// The certificates between the roots and the end entities.
    pub(crate) fn bag(&self) -> Vec<Certificate> {
        [&self.brand, &self.cca, &self.mca, &self.pca].map(|h| h.certificate.clone()).into()
    }

    /// Every CA with its holder, root first.
    pub(crate) fn cas(&self) -> [Holder; 5] {
        [&self.root, &self.brand, &self.cca, &self.mca, &self.pca].map(Clone::clone)
    }

    /// The five CRLs with `number`, listing `revoked` wherever they belong.
    pub(crate) fn crls(&mut self, number: u64, revoked: &[&Certificate]) -> Vec<Crl> {
        let cas = self.cas();
        cas.iter()
            .map(|ca| {
                let own: Vec<&Certificate> = revoked
                    .iter()
                    .copied()
                    .filter(|c| c.issuer() == ca.certificate.subject())
                    .collect();
                self.maker.crl(ca, number, &own)
            })
            .collect()
    }

    /// Every end-entity certificate.
    pub(crate) fn leaves(&self) -> [Certificate; 5] {
        [
            &self.cardholder,
            &self.merchant,
            &self.merchant_exchange,
            &self.gateway,
            &self.gateway_exchange,
        ]
        .map(|holder| holder.certificate.clone())
    }
}
