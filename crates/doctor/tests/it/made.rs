//! Certificates that tests make, always the same ones.

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::Suite;
use counterfoil_pki::general_name::GeneralName;
use counterfoil_pki::issue::{Issuer, Template, issue, issue_unchecked, profile, self_sign};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};
use counterfoil_pki::{Certificate, issue::Profile};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// The time of every test.
pub(crate) fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

/// A CA of TLS certificates. Its key depends on the seed, its usual name does not.
pub(crate) struct TlsCa {
    pub(crate) certificate: Certificate,
    key: KeyPair,
    rng: ChaCha20Rng,
}

impl TlsCa {
    pub(crate) fn new(seed: u64) -> Self {
        Self::named("TLS CA", seed)
    }

    pub(crate) fn named(name: &str, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let key = pair(&mut rng);
        let signing = key.signing_key().unwrap();
        let template = template(name, profile::tls_ca(), 3_650);
        let certificate = self_sign(&template, &*signing, &mut rng).unwrap();
        Self { certificate, key, rng }
    }

    /// A certificate for a new key of a server at 127.0.0.1, that ends after so many days.
    pub(crate) fn server(&mut self, name: &str, days: i64) -> Certificate {
        let key = pair(&mut self.rng);
        let spki = key.signing_key().unwrap();
        let signing = self.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &self.certificate, key: &*signing };
        let names = vec![GeneralName::Ip(vec![127, 0, 0, 1])];
        let template = template(name, profile::tls_server(names), days);
        issue(&template, &issuer, spki.spki_der(), &mut self.rng).unwrap()
    }
}

/// SET's hierarchy: any CA, and what it certifies.
pub(crate) struct SetCa {
    pub(crate) certificate: Certificate,
    key: KeyPair,
    rng: ChaCha20Rng,
}

impl SetCa {
    pub(crate) fn root(name: &str, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let key = pair(&mut rng);
        let signing = key.signing_key().unwrap();
        let template = template(name, profile::root(None), 3_650);
        let certificate = self_sign(&template, &*signing, &mut rng).unwrap();
        Self { certificate, key, rng }
    }

    pub(crate) fn ca(&mut self, name: &str, profile: Profile) -> Self {
        let (certificate, key) = self.certify(name, profile);
        let rng = ChaCha20Rng::seed_from_u64(u64::from(certificate.serial()[1]));
        Self { certificate, key, rng }
    }

    /// A certificate for a new key, and that key.
    pub(crate) fn certify(&mut self, name: &str, profile: Profile) -> (Certificate, KeyPair) {
        let key = pair(&mut self.rng);
        let spki = key.signing_key().unwrap();
        let signing = self.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &self.certificate, key: &*signing };
        let template = template(name, profile, 90);
        let made = issue_unchecked(&template, &issuer, spki.spki_der(), &mut self.rng);
        (made.unwrap(), key)
    }
}

fn pair(rng: &mut ChaCha20Rng) -> KeyPair {
    let suite = Suite::by_name("p256").unwrap();
    KeyPair::generate(&DETERMINISTIC, suite, KeyUse::Sign, rng).unwrap()
}

fn template(name: &str, profile: Profile, days: i64) -> Template {
    let not_before = now() - SignedDuration::from_hours(24);
    Template {
        subject: DistinguishedName::of(&[(AttributeKind::CommonName, name)]).unwrap(),
        profile,
        not_before,
        not_after: not_before + SignedDuration::from_hours(24 * days),
        signing_until: None,
    }
}
