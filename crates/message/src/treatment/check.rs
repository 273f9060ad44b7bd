//! The one place where a signature meets the trust store.

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::signed::{Expected, SignedData, SignerInfo};
use counterfoil_crypto::oid::Oid;
use counterfoil_pki::bci::Bci;
use counterfoil_pki::trust::{Need, Trust, TrustError, Verified};
use counterfoil_pki::{Certificate, Crl, Thumb};
use jiff::Timestamp;

use super::error::TreatmentError;
use super::who::signer_id;
use crate::primitive::BrandCrlIdentifier;

/// Against what a signature is checked.
#[derive(Debug)]
pub struct Check<'a> {
    /// Roots, known certificates, CRLs. Certificates and CRLs that come along, and the
    /// BrandCRLIdentifier in the content, are shown to it before it decides; each of them is
    /// signed by a CA, and the store believes none of them without that signature.
    pub trust: &'a mut Trust,
    /// The time.
    pub now: Timestamp,
    /// Which kind of signer is expected.
    pub need: Need<'a>,
}

/// What the signature has to be about.
pub(super) struct About<'b> {
    pub(super) content_type: Oid,
    /// The content, when the signature is detached.
    pub(super) detached: Option<&'b [u8]>,
    /// Thumb of the verifier's key-exchange certificate, when the content was sealed for it.
    pub(super) recipient: Option<[u8; 32]>,
}

/// A signature that holds under the certificate that it names. Whether that certificate is to be
/// trusted is not yet known: see [`Check::accept`].
pub(super) struct Claim {
    content: Vec<u8>,
    leaf: Certificate,
    bag: Vec<Certificate>,
    crls: Vec<Crl>,
}

impl Claim {
    /// The DER of the content, as signed.
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    /// The certificates that came along.
    pub(super) fn into_bag(self) -> Vec<Certificate> {
        self.bag
    }
}

impl Check<'_> {
    /// Verifies the one signature of `info`.
    pub(super) fn signature(
        &self,
        info: &ContentInfo,
        about: &About<'_>,
    ) -> Result<Claim, TreatmentError> {
        let data = SignedData::parse(info).map_err(TreatmentError::Signature)?;
        if data.signers.len() != 1 {
            return Err(TreatmentError::Signature(CryptoError::SignerMismatch));
        }
        self.signer(&data, 0, about)
    }

    /// Verifies the signature of signer number `place`.
    pub(super) fn signer(
        &self,
        data: &SignedData<'_>,
        place: usize,
        about: &About<'_>,
    ) -> Result<Claim, TreatmentError> {
        let bag = self.certificates(data)?;
        let leaf = self.find(&data.signers[place], &bag)?;
        let content = verify(data, place, &leaf, about)?;
        Ok(Claim { content, leaf, bag, crls: self.new_crls(data)? })
    }

    /// The certificates that came along. One that the trust store holds is not read again:
    /// reading it costs more than the digest that finds it.
    fn certificates(&self, data: &SignedData<'_>) -> Result<Vec<Certificate>, TreatmentError> {
        data.certificates
            .iter()
            .map(|der| self.trust.read_certificate(der))
            .collect::<Result<_, _>>()
            .map_err(TreatmentError::CertificateMalformed)
    }

    /// The CRLs that came along and are not held yet.
    fn new_crls(&self, data: &SignedData<'_>) -> Result<Vec<Crl>, TreatmentError> {
        data.crls
            .iter()
            .filter(|der| self.trust.crls().all(|held| held.der() != **der))
            .map(|der| Crl::from_der(der))
            .collect::<Result<_, _>>()
            .map_err(TreatmentError::CertificateMalformed)
    }

    fn find(
        &self,
        signer: &SignerInfo<'_>,
        bag: &[Certificate],
    ) -> Result<Certificate, TreatmentError> {
        let thumb =
            signer.certificate_thumb.map(Thumb).ok_or(TreatmentError::CertificateMissing)?;
        bag.iter()
            .find(|certificate| certificate.thumb() == thumb)
            .or_else(|| self.trust.certificate(thumb))
            .cloned()
            .ok_or(TreatmentError::CertificateMissing)
    }

    /// Asks the trust store whether the certificate of a claim is fit for the need.
    pub(super) fn accept(
        &mut self,
        claim: &Claim,
        bci: Option<&BrandCrlIdentifier>,
    ) -> Result<Verified, TreatmentError> {
        let refused = self.learn(claim, bci).err();
        let answer = self.trust.verify(&claim.leaf, &claim.bag, self.now, &self.need);
        answer.map_err(|error| match refused {
            Some(cause) if lacks_revocation(&error) => cause,
            _ => TreatmentError::Trust(error),
        })
    }

    /// Shows what came along to the trust store. What it refuses matters only if it is needed.
    fn learn(
        &mut self,
        claim: &Claim,
        bci: Option<&BrandCrlIdentifier>,
    ) -> Result<(), TreatmentError> {
        let crls = if claim.crls.is_empty() {
            Ok(())
        } else {
            let taken = self.trust.add_crls(&claim.crls, &claim.bag, self.now);
            taken.map(|_| ()).map_err(TreatmentError::Trust)
        };
        if let Some(BrandCrlIdentifier(info)) = bci {
            let bci = Bci::from_content_info(info.clone())
                .map_err(TreatmentError::CertificateMalformed)?;
            self.trust.set_bci(&bci, &claim.bag, self.now).map_err(TreatmentError::Trust)?;
        }
        crls
    }
}

/// Is what is missing a CRL or a BCI, so that one that was refused is the cause?
fn lacks_revocation(error: &TrustError) -> bool {
    matches!(
        error,
        TrustError::BciMissing { .. }
            | TrustError::BciNotFresh { .. }
            | TrustError::CrlMissing { .. }
            | TrustError::CrlOutdated { .. }
            | TrustError::CrlNotFresh { .. }
            | TrustError::Path(_)
    )
}

fn verify(
    data: &SignedData<'_>,
    place: usize,
    certificate: &Certificate,
    about: &About<'_>,
) -> Result<Vec<u8>, TreatmentError> {
    let key = certificate.verifying_key().map_err(TreatmentError::Signature)?;
    let expected = Expected {
        content_type: about.content_type,
        content: about.detached,
        signer: signer_id(certificate),
        recipient: about.recipient,
    };
    let content = data.verify(place, key, &expected).map_err(TreatmentError::Signature)?;
    Ok(content.to_vec())
}
