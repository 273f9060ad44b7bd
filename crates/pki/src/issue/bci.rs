//! Issuing a BrandCRLIdentifier (SET 1.0 Book 2): the brand CA signs which CRLs are current.

use counterfoil_crypto::cms::signed::{SignRequest, Signer, sign};
use der::{
    Encode, Sequence,
    asn1::{Any, AnyRef},
};
use jiff::Timestamp;
use rand_core::CryptoRng;

use super::{Issuer, encoding, refused};
use crate::{
    bci::{BCI_CONTENT_TYPE, Bci},
    crl::Crl,
    error::PkiError,
    extension::{KeyUsage, Roles},
    time,
};

/// What a BCI is to say. The brand is that of the brand CA.
#[derive(Debug, Clone)]
pub struct BciTemplate<'a> {
    /// Higher than that of every BCI of the brand before.
    pub sequence: u64,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity: no later than the first CRL is due for renewal.
    pub not_after: Timestamp,
    /// Every CRL that is current under the brand, the root's included.
    pub crls: &'a [Crl],
}

#[derive(Sequence)]
struct UnsignedDer {
    version: u8,
    sequence: u64,
    brand: String,
    not_before: Any,
    not_after: Any,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    crls: Option<Vec<CrlIdentifierDer>>,
}

#[derive(Sequence)]
struct CrlIdentifierDer {
    issuer: Any,
    number: Any,
}

impl Issuer<'_> {
    /// Signs a BCI.
    ///
    /// # Errors
    /// [`PkiError::Template`] when this is no brand CA, a CRL has no number, or the BCI would be
    /// valid longer than a CRL that it names; [`PkiError::Signing`] when the key fails.
    pub fn bci(
        &self,
        template: &BciTemplate<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Bci, PkiError> {
        let ca = self.certificate;
        let crl_sign = ca.key_usage().is_some_and(|usage| usage.contains(KeyUsage::CRL_SIGN));
        if !ca.roles().contains(Roles::BCA) || !crl_sign {
            return Err(refused(format!("`{}` is no brand CA", ca.subject())));
        }
        if template.not_before >= template.not_after {
            return Err(refused("the BCI would end before it begins"));
        }
        let outdated = |crl: &&Crl| crl.next_update().is_none_or(|at| at < template.not_after);
        if let Some(crl) = template.crls.iter().find(outdated) {
            let issuer = crl.issuer();
            return Err(refused(format!("the CRL of `{issuer}` is due before the BCI ends")));
        }
        let brand = ca.brand().ok_or_else(|| refused("the brand CA names no brand"))?;
        let content = content_der(template, brand)?;
        let request = SignRequest {
            content_type: BCI_CONTENT_TYPE,
            content: &content,
            detached: false,
            signers: &[Signer { key: self.key, id: ca.signer_id() }],
            recipient: None,
            certificates: &[ca.der()],
            crls: &[],
        };
        let info =
            sign(&request, rng).map_err(|error| PkiError::Signing { reason: error.to_string() })?;
        Bci::from_content_info(info)
    }
}

fn content_der(template: &BciTemplate<'_>, brand: &str) -> Result<Vec<u8>, PkiError> {
    let mut crls = Vec::with_capacity(template.crls.len());
    for crl in template.crls {
        let number = crl.number().and_then(|number| number.value());
        let number = number.ok_or_else(|| refused("a CRL without a number that can be named"))?;
        let identifier = || {
            let issuer = Any::from(AnyRef::try_from(crl.issuer().der())?);
            Ok(CrlIdentifierDer { issuer, number: Any::encode_from(&number)? })
        };
        crls.push(identifier().map_err(encoding)?);
    }
    let encode = || {
        UnsignedDer {
            version: 0,
            sequence: template.sequence,
            brand: brand.to_owned(),
            not_before: time::encode_generalized_time(template.not_before)?,
            not_after: time::encode_generalized_time(template.not_after)?,
            crls: Some(crls).filter(|list| !list.is_empty()),
        }
        .to_der()
    };
    encode().map_err(encoding)
}
