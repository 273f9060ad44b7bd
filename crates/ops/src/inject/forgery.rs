//! Certificates for servers that are not who they say they are.

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::AWS_LC;
use counterfoil_crypto::suite::Suite;
use counterfoil_node::deployment::layout;
use counterfoil_pki::issue::{Issuer, Profile, Template, issue_unchecked, profile, self_sign};
use counterfoil_pki::{Certificate, PkiError};
use counterfoil_secret::Secret;
use counterfoil_sim::chance::Chance;

use super::relay::EndsTls;
use super::{Bench, InjectError};

/// Who signs a false certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A CA of the forger's own, with the name of the real one.
    Stranger,
    /// The deployment's real TLS CA, whose key somebody has got at.
    RealCa,
}

impl Bench {
    /// Makes a certificate that says of itself what the TLS certificate of `party` says, for
    /// another key, and puts both into the laboratory's folder.
    pub(super) fn forge(&mut self, party: &str, by: By) -> Result<EndsTls, InjectError> {
        let (leaf, key) = self.imitate(party, by)?;
        let shown = EndsTls {
            chain: format!("lab/{party}-shown.pem").into(),
            key: format!("lab/{party}-shown-key.pem").into(),
        };
        self.write(&shown.chain.display().to_string(), leaf.to_pem().as_bytes(), 0o644)?;
        let pem = key.to_pkcs8_pem();
        self.write(&shown.key.display().to_string(), pem.expose().as_bytes(), 0o600)?;
        Ok(shown)
    }

    /// A certificate that says what the TLS certificate of `party` says, and its new key.
    pub(super) fn imitate(
        &mut self,
        party: &str,
        by: By,
    ) -> Result<(Certificate, KeyPair), InjectError> {
        let own = self.certificate(&format!("{party}/certs/{}.pem", layout::TLS))?;
        let ca = self.certificate(&format!("root-ca/certs/{}.pem", layout::TLS_CA))?;
        let key = self.key(&format!("root-ca/keys/{}.pem", layout::TLS_CA))?;
        let ca = match by {
            By::RealCa => Ca { certificate: ca, key },
            By::Stranger => {
                let found = Ca::found(&ca, key.suite(), &mut self.chance);
                found.map_err(|error| self.failed(error))?
            }
        };
        let issued = ca.server(&own, &mut self.chance);
        issued.map_err(|error| self.failed(error))
    }

    /// The first certificate of a file.
    pub(super) fn certificate(&self, name: &str) -> Result<Certificate, InjectError> {
        let text = String::from_utf8_lossy(&self.read(name)?).into_owned();
        let all = Certificate::from_pem_all(&text).map_err(|error| self.failed(error))?;
        all.into_iter().next().ok_or_else(|| self.failed(format!("{name} holds no certificate")))
    }

    fn key(&self, name: &str) -> Result<KeyPair, InjectError> {
        let pem = Secret::new(String::from_utf8_lossy(&self.read(name)?).into_owned());
        KeyPair::from_pkcs8_pem(&AWS_LC, KeyUse::Sign, &pem).map_err(|error| self.failed(error))
    }
}

struct Ca {
    certificate: Certificate,
    key: KeyPair,
}

impl Ca {
    /// A CA that says of itself what another one says.
    fn found(
        like: &Certificate,
        suite: &'static Suite,
        chance: &mut Chance,
    ) -> Result<Self, PkiError> {
        let key = KeyPair::generate(&AWS_LC, suite, KeyUse::Sign, chance.generator());
        let key = key.map_err(unsigned)?;
        let template = template(like, profile::tls_ca());
        let signing = key.signing_key().map_err(unsigned)?;
        let certificate = self_sign(&template, &*signing, chance.generator())?;
        Ok(Self { certificate, key })
    }

    /// A server's certificate that says what another one says, for a new key.
    fn server(
        &self,
        like: &Certificate,
        chance: &mut Chance,
    ) -> Result<(Certificate, KeyPair), PkiError> {
        let signing = self.key.signing_key().map_err(unsigned)?;
        let issuer = Issuer { certificate: &self.certificate, key: &*signing };
        let key = KeyPair::generate(&AWS_LC, self.key.suite(), KeyUse::Sign, chance.generator());
        let key = key.map_err(unsigned)?;
        let public = key.signing_key().map_err(unsigned)?;
        let template = template(like, profile::tls_server(like.subject_alt_names().to_vec()));
        let leaf = issue_unchecked(&template, &issuer, public.spki_der(), chance.generator())?;
        Ok((leaf, key))
    }
}

fn template(like: &Certificate, profile: Profile) -> Template {
    Template {
        subject: like.subject().clone(),
        profile,
        not_before: like.not_before(),
        not_after: like.not_after(),
        signing_until: None,
    }
}

fn unsigned(error: CryptoError) -> PkiError {
    PkiError::Template { reason: error.to_string() }
}
