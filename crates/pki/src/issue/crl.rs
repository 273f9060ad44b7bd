//! Issuing CRLs (RFC 5280 5): complete lists with cRLNumber and authorityKeyIdentifier.

use der::{
    Encode, Sequence, Tag,
    asn1::{Any, AnyRef},
};
use jiff::Timestamp;
use rand_core::CryptoRng;

use super::{
    ExtensionDer, Issuer, algorithm_of, authority_der, encoding, key_id_of, refused, sign_body,
};
use crate::{
    crl::{Crl, Reason},
    error::PkiError,
    extension::KeyUsage,
    oid, time,
};

/// What a CRL is to say.
#[derive(Debug, Clone)]
pub struct CrlTemplate<'a> {
    /// cRLNumber, higher than that of every CRL before.
    pub number: u64,
    /// When it is issued.
    pub this_update: Timestamp,
    /// When the next one is due at the latest.
    pub next_update: Timestamp,
    /// The revoked certificates, each once.
    pub revoked: &'a [Revoked],
}

/// A revoked certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Content octets of the serial number ([`crate::Certificate::serial`]).
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub revoked_at: Timestamp,
    /// Why.
    pub reason: Reason,
}

#[derive(Sequence)]
struct TbsCrl<'a> {
    version: u8,
    signature: AnyRef<'a>,
    issuer: AnyRef<'a>,
    this_update: Any,
    next_update: Any,
    #[asn1(optional = "true")]
    revoked: Option<Vec<RevokedDer>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    extensions: Vec<ExtensionDer>,
}

#[derive(Sequence)]
struct RevokedDer {
    serial: Any,
    revoked_at: Any,
    #[asn1(optional = "true")]
    extensions: Option<Vec<ExtensionDer>>,
}

impl Revoked {
    fn to_der(&self) -> der::Result<RevokedDer> {
        // RFC 5280 5.3.1: `unspecified` is said by saying nothing.
        let extensions = match self.reason {
            Reason::Unspecified => None,
            reason => {
                let value = Any::new(Tag::Enumerated, [reason as u8])?.to_der()?;
                Some(vec![ExtensionDer::new(oid::REASON_CODE, false, value)?])
            }
        };
        let serial = Any::new(Tag::Integer, self.serial.as_slice())?;
        Ok(RevokedDer { serial, revoked_at: time::encode_time(self.revoked_at)?, extensions })
    }
}

impl Issuer<'_> {
    /// Issues a CRL.
    ///
    /// # Errors
    /// [`PkiError::Template`] when the CA may not sign CRLs or the times are not in order,
    /// [`PkiError::Signing`] when the key fails.
    pub fn crl(
        &self,
        template: &CrlTemplate<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Crl, PkiError> {
        let usage = self.certificate.key_usage();
        if !usage.is_some_and(|usage| usage.contains(KeyUsage::CRL_SIGN)) {
            return Err(refused(format!("`{}` may not sign CRLs", self.certificate.subject())));
        }
        if self.certificate.spki_der() != self.key.spki_der() {
            return Err(refused("the issuer's key is not the key of its certificate"));
        }
        if template.this_update >= template.next_update {
            return Err(refused("the CRL would be due for renewal before it is issued"));
        }
        let authority = key_id_of(self.key.spki_der())?;
        let algorithm = algorithm_of(self.key)?;
        let encode = || {
            let number = template.number.to_der()?;
            let revoked: der::Result<Vec<_>> =
                template.revoked.iter().map(Revoked::to_der).collect();
            TbsCrl {
                version: 1,
                signature: AnyRef::try_from(algorithm)?,
                issuer: AnyRef::try_from(self.certificate.subject().der())?,
                this_update: time::encode_time(template.this_update)?,
                next_update: time::encode_time(template.next_update)?,
                revoked: Some(revoked?).filter(|list| !list.is_empty()),
                extensions: vec![
                    ExtensionDer::new(oid::AUTHORITY_KEY_ID, false, authority_der(&authority)?)?,
                    ExtensionDer::new(oid::CRL_NUMBER, false, number)?,
                ],
            }
            .to_der()
        };
        let tbs = encode().map_err(encoding)?;
        Crl::from_der(&sign_body(&tbs, self.key, rng)?)
    }
}
