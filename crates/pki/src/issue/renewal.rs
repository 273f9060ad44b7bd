//! Issuing a certificate anew: what it says stays, its time and, where wanted, its key change.

use der::{Encode, asn1::AnyRef, asn1::OctetString};
use jiff::Timestamp;
use rand_core::CryptoRng;

use super::{
    ExtensionDer, Issuer, Tbs, Validity, algorithm_of, authority_der, encoding, key_id_of,
    random_serial, refused, sign_body,
};
use crate::{
    certificate::Certificate, error::PkiError, extension::Extension, extension::KeyUsage, oid, time,
};

/// A certificate that is to be issued anew, by the CA that issued it.
#[derive(Debug, Clone)]
pub struct Renewal<'a> {
    /// The certificate as it was: subject and extensions are taken over.
    pub old: &'a Certificate,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// DER of the SubjectPublicKeyInfo of another key; by default the key stays.
    pub key: Option<&'a [u8]>,
    /// Extensions that are added, or stand in the place of those with their identifier.
    pub extensions: Vec<Extension>,
}

impl<'a> Renewal<'a> {
    /// The same certificate for another time.
    pub fn of(old: &'a Certificate, not_before: Timestamp, not_after: Timestamp) -> Self {
        Self { old, not_before, not_after, key: None, extensions: Vec::new() }
    }

    /// Issues it. A self-issued certificate is issued by itself: `issuer` has its key.
    ///
    /// # Errors
    /// [`PkiError::Template`] when `issuer` is not the CA of the old certificate or the times do
    /// not fit, [`PkiError::Signing`] when the key fails.
    pub fn issue(
        &self,
        issuer: &Issuer<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Certificate, PkiError> {
        self.check(issuer)?;
        let spki = self.key.unwrap_or_else(|| self.old.spki_der());
        let extensions = self.extensions_der(spki, issuer)?;
        let algorithm = algorithm_of(issuer.key)?;
        let serial = random_serial(rng).map_err(encoding)?;
        let tbs = || {
            Tbs {
                version: 2,
                serial,
                signature: AnyRef::try_from(algorithm)?,
                issuer: AnyRef::try_from(issuer.certificate.subject().der())?,
                validity: Validity {
                    not_before: time::encode_time(self.not_before)?,
                    not_after: time::encode_time(self.not_after)?,
                },
                subject: AnyRef::try_from(self.old.subject().der())?,
                spki: AnyRef::try_from(spki)?,
                extensions,
            }
            .to_der()
        };
        let tbs = tbs().map_err(encoding)?;
        Certificate::from_der(&sign_body(&tbs, issuer.key, rng)?)
    }

    fn check(&self, issuer: &Issuer<'_>) -> Result<(), PkiError> {
        let ca = issuer.certificate;
        if ca.subject() != self.old.issuer() {
            return Err(refused(format!("`{}` did not issue it", ca.subject())));
        }
        if ca.spki_der() != issuer.key.spki_der() {
            return Err(refused("the issuer's key is not the key of its certificate"));
        }
        let may_sign = ca.key_usage().is_none_or(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
        if !ca.basic_constraints().ca || !may_sign {
            return Err(refused(format!("`{}` is no CA", ca.subject())));
        }
        if self.not_before >= self.not_after {
            return Err(refused("its validity ends before it begins"));
        }
        if !self.old.is_self_issued() && self.not_after > ca.not_after() {
            let end = ca.not_after();
            return Err(refused(format!("it would outlive its issuer, which ends at {end}")));
        }
        Ok(())
    }

    fn extensions_der(
        &self,
        spki: &[u8],
        issuer: &Issuer<'_>,
    ) -> Result<Vec<ExtensionDer>, PkiError> {
        let authority = key_id_of(issuer.key.spki_der())?;
        let own = key_id_of(spki)?;
        let is_new_key = spki != self.old.spki_der();
        let encode = || {
            let mut list = Vec::new();
            for Extension { oid, critical, value } in self.old.extensions() {
                let value = match *oid {
                    oid::AUTHORITY_KEY_ID => authority_der(&authority)?,
                    oid::SUBJECT_KEY_ID if is_new_key => {
                        OctetString::new(own.as_slice())?.to_der()?
                    }
                    // It ends with the old certificate.
                    oid::PRIVATE_KEY_USAGE_PERIOD => continue,
                    _ => value.clone(),
                };
                list.push(ExtensionDer::new(*oid, *critical, value)?);
            }
            for Extension { oid, critical, value } in &self.extensions {
                list.retain(|other| other.oid != *oid);
                list.push(ExtensionDer::new(*oid, *critical, value.clone())?);
            }
            Ok(list)
        };
        encode().map_err(encoding)
    }
}

#[cfg(test)]
mod tests {
    use counterfoil_crypto::key::{KeyPair, KeyUse};
    use counterfoil_crypto::provider::DETERMINISTIC;
    use counterfoil_crypto::signature::SignatureAlgorithm;
    use counterfoil_crypto::suite::P256;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;
    use crate::general_name::GeneralName;
    use crate::issue::{Template, issue, profile, self_sign};
    use crate::name::{AttributeKind, DistinguishedName};

    struct World {
        rng: ChaCha20Rng,
        ca: Certificate,
        ca_key: KeyPair,
        leaf: Certificate,
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn world() -> World {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let mut pair = || KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut rng).unwrap();
        let (ca_key, leaf_key) = (pair(), pair());
        let template = |name: &str, profile, until: &str| Template {
            subject: DistinguishedName::of(&[(AttributeKind::CommonName, name)]).unwrap(),
            profile,
            not_before: at("2026-01-01T00:00:00Z"),
            not_after: at(until),
            signing_until: None,
        };
        let signing = ca_key.signing_key().unwrap();
        let of_ca = template("CA", profile::tls_ca(), "2030-01-01T00:00:00Z");
        let ca = self_sign(&of_ca, &*signing, &mut rng).unwrap();
        let names = profile::tls_server(vec![GeneralName::Dns("pay.example".into())]);
        let of_leaf = template("leaf", names, "2026-03-01T00:00:00Z");
        let issuer = Issuer { certificate: &ca, key: &*signing };
        let leaf = issue(&of_leaf, &issuer, leaf_key.spki_der(), &mut rng).unwrap();
        World { rng, ca, ca_key, leaf }
    }

    #[test]
    fn all_but_time_and_serial_number_stays() {
        let World { mut rng, ca, ca_key, leaf } = world();
        let key = ca_key.signing_key().unwrap();
        let issuer = Issuer { certificate: &ca, key: &*key };
        let (from, until) = (at("2026-04-01T00:00:00Z"), at("2027-04-01T00:00:00Z"));
        let new = Renewal::of(&leaf, from, until).issue(&issuer, &mut rng).unwrap();
        assert_eq!((new.not_before(), new.not_after()), (from, until));
        assert_ne!(new.serial(), leaf.serial());
        assert_eq!(new.spki_der(), leaf.spki_der());
        assert_eq!(new.extensions(), leaf.extensions());
        let algorithm = SignatureAlgorithm::from_der(new.signature_algorithm_der()).unwrap();
        ca.verifying_key().unwrap().verify(algorithm, new.tbs_der(), new.signature()).unwrap();
    }

    #[test]
    fn another_key_has_its_own_identifier() {
        let World { mut rng, ca, ca_key, leaf } = world();
        let key = ca_key.signing_key().unwrap();
        let issuer = Issuer { certificate: &ca, key: &*key };
        let other = KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut rng).unwrap();
        let renewal = Renewal {
            key: Some(other.spki_der()),
            ..Renewal::of(&leaf, at("2026-04-01T00:00:00Z"), at("2027-04-01T00:00:00Z"))
        };
        let new = renewal.issue(&issuer, &mut rng).unwrap();
        assert_eq!(new.spki_der(), other.spki_der());
        assert_ne!(new.subject_key_id(), leaf.subject_key_id());
    }

    #[test]
    fn what_its_ca_could_not_issue_is_refused() {
        let World { mut rng, ca, ca_key, leaf } = world();
        let key = ca_key.signing_key().unwrap();
        let issuer = Issuer { certificate: &ca, key: &*key };
        let mut told = |from: &str, until: &str, issuer: &Issuer<'_>| {
            let renewal = Renewal::of(&leaf, at(from), at(until));
            renewal.issue(issuer, &mut rng).unwrap_err().to_string()
        };
        let said = told("2026-04-01T00:00:00Z", "2031-04-01T00:00:00Z", &issuer);
        assert!(said.contains("outlive its issuer"), "{said}");
        let said = told("2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z", &issuer);
        assert!(said.contains("ends before it begins"), "{said}");
        let leaf_as_ca = Issuer { certificate: &leaf, key: &*key };
        let said = told("2026-04-01T00:00:00Z", "2027-04-01T00:00:00Z", &leaf_as_ca);
        assert!(said.contains("did not issue it"), "{said}");
    }
}
