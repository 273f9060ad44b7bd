//! Signatures before anybody has judged the signer: what is inside, and whether they hold.

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::recipient::IssuerAndSerial;
use counterfoil_crypto::cms::signed::{Expected, SignedData, SignerId};
use counterfoil_crypto::oid::content_type;
use counterfoil_pki::Certificate;

use crate::codec;
use crate::container::{Content, Signed};
use crate::treatment::TreatmentError;

/// The content of a signature that nobody has verified.
pub(super) fn peek<T: Content>(signed: &Signed<T>) -> Result<T, TreatmentError> {
    let data = SignedData::parse(signed.content_info()).map_err(TreatmentError::Signature)?;
    let missing = TreatmentError::Signature(CryptoError::ContentMissing);
    Ok(codec::decode(data.content.ok_or(missing)?)?)
}

/// The certificates and CRLs that came along with a signature, each whole DER.
pub(super) fn bag(info: &ContentInfo) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let owned = |list: Vec<&[u8]>| list.into_iter().map(<[u8]>::to_vec).collect();
    match SignedData::parse(info) {
        Ok(data) => (owned(data.certificates), owned(data.crls)),
        Err(_) => (Vec::new(), Vec::new()),
    }
}

/// Verifies the one signature of `info` over content of type `T` with that of `certificates` which
/// it names; gives the certificate. Whether it can be trusted is another question.
pub(super) fn holds<T: Content>(
    info: &ContentInfo,
    detached: Option<&[u8]>,
    certificates: &[Certificate],
) -> Result<Certificate, TreatmentError> {
    let data = SignedData::parse(info).map_err(TreatmentError::Signature)?;
    let [signer] = data.signers.as_slice() else {
        return Err(TreatmentError::Signature(CryptoError::SignerMismatch));
    };
    let named = |certificate: &&Certificate| {
        signer.certificate_thumb == Some(*certificate.thumb().as_bytes())
    };
    let certificate = certificates.iter().find(named).ok_or(TreatmentError::CertificateMissing)?;
    let name = IssuerAndSerial {
        issuer_der: certificate.issuer_der(),
        serial_der: certificate.serial_der(),
    };
    let expected = Expected {
        content_type: content_type(T::CONTENT_TYPE),
        content: detached,
        signer: SignerId::Certificate { name, thumb: *certificate.thumb().as_bytes() },
        recipient: None,
    };
    let key = certificate.verifying_key().map_err(TreatmentError::Signature)?;
    data.verify(0, key, &expected).map_err(TreatmentError::Signature)?;
    Ok(certificate.clone())
}
