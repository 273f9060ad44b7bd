//! Certificates, CRLs and the brand CRL identifier of SET: reading, issuing, validating.
//!
//! Reading and validating are functions of their arguments: the time, the bytes and the
//! randomness come from outside. [`certificate::Certificate`] is the place to start.

pub mod bci;
pub mod certificate;
pub mod crl;
pub mod error;
pub mod extension;
pub mod file;
pub mod general_name;
pub mod hierarchy;
pub mod host;
pub mod inspect;
pub mod issue;
pub mod limit;
pub mod lint;
pub mod name;
pub mod ocsp;
pub mod oid;
pub mod path;
mod pem;
pub mod purpose;
mod revocation_point;
pub mod thumb;
mod time;
pub mod trust;
pub mod view;
pub mod watch;

pub use bci::Bci;
pub use certificate::Certificate;
pub use crl::Crl;
pub use error::PkiError;
pub use extension::{KeyUsage, Roles};
pub use ocsp::OcspResponse;
pub use thumb::Thumb;
pub use trust::{Need, Trust, TrustError, Usage, Verified};

#[cfg(test)]
mod tests {
    use counterfoil_crypto::{
        key::{KeyPair, KeyUse},
        provider::DETERMINISTIC,
        suite::P256,
    };
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use crate::{
        certificate::Certificate,
        issue::{Template, profile, self_sign},
        name::{AttributeKind, DistinguishedName},
    };

    pub(crate) fn self_signed_roots(count: usize) -> Vec<Certificate> {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let key = KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut rng).unwrap();
        let template = Template {
            subject: DistinguishedName::of(&[(AttributeKind::Organization, "Root")]).unwrap(),
            profile: profile::root(None),
            not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2036-01-01T00:00:00Z".parse().unwrap(),
            signing_until: None,
        };
        let signing = key.signing_key().unwrap();
        (0..count).map(|_| self_sign(&template, &*signing, &mut rng).unwrap()).collect()
    }
}
