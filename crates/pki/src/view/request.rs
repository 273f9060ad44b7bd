//! [`RequestView`]: a certification request as it stands (PKCS#10, RFC 2986).

use counterfoil_crypto::{
    CryptoError,
    signature::{self, SignatureAlgorithm},
};
use der::{
    Decode, Reader, SliceReader,
    asn1::{AnyRef, BitStringRef},
};

use super::{AlgorithmView, ExtensionView, Flaw, Flaws, NameView, PublicKeyView};
use crate::{
    error::{FieldError, InField},
    oid::{self, Oid},
};

/// A certification request as it stands.
#[derive(Debug, Default)]
pub struct RequestView {
    /// DER as received.
    pub der: Vec<u8>,
    /// Who asks.
    pub subject: NameView,
    /// The key to be certified.
    pub key: PublicKeyView,
    /// Attributes other than the wanted extensions, with DER of their values.
    pub attributes: Vec<(Oid, Vec<u8>)>,
    /// The wanted extensions.
    pub extensions: Vec<ExtensionView>,
    /// The algorithm of the signature.
    pub algorithm: AlgorithmView,
    /// Does the signature hold with the key that is asked for?
    pub signature: Option<Result<(), CryptoError>>,
    /// What could not be read.
    pub flaws: Vec<Flaw>,
}

impl RequestView {
    /// Reads what can be read of `der`.
    pub fn read(der: &[u8]) -> Self {
        let mut view = Self { der: der.to_vec(), ..Self::default() };
        let mut flaws = Flaws::default();
        let outer = view.read_outer(der, &mut flaws);
        flaws.take("CertificationRequest", outer);
        view.flaws = flaws.0;
        view
    }

    fn read_outer(&mut self, der: &[u8], flaws: &mut Flaws) -> Result<(), FieldError> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|r| {
            let info = r.tlv_bytes().field("certificationRequestInfo")?;
            let read = self.read_info(info, flaws);
            flaws.take("certificationRequestInfo", read);
            let algorithm = r.tlv_bytes().field("signatureAlgorithm")?;
            self.algorithm = flaws.take("signatureAlgorithm", AlgorithmView::read(algorithm));
            let signature = BitStringRef::decode(r).field("signature")?;
            self.signature = Some(holds(&self.key, &self.algorithm, info, signature.raw_bytes()));
            Ok::<_, FieldError>(())
        })?;
        reader.finish().field("(after the end)")
    }

    fn read_info(&mut self, info: &[u8], flaws: &mut Flaws) -> Result<(), FieldError> {
        let mut reader = SliceReader::new(info)?;
        reader.sequence(|r| {
            u8::decode(r).field("version")?;
            self.subject = flaws.take("subject", NameView::read(r.tlv_bytes().field("subject")?));
            let key = r.tlv_bytes().field("subjectPKInfo")?;
            self.key = flaws.take("subjectPKInfo", PublicKeyView::read(key));
            if r.is_finished() {
                return Ok(());
            }
            let attributes = AnyRef::decode(r).field("attributes")?;
            let mut list = SliceReader::new(attributes.value())?;
            while !list.is_finished() {
                let (oid, values) = list.sequence(|a| {
                    Ok::<_, FieldError>((Oid::decode(a)?, AnyRef::decode(a)?.value()))
                })?;
                if oid == oid::EXTENSION_REQUEST {
                    self.extensions = ExtensionView::read_all(values, flaws, "extensionRequest");
                } else {
                    self.attributes.push((oid, values.to_vec()));
                }
            }
            Ok::<_, FieldError>(())
        })
    }
}

/// Does `signed` carry a signature of `key`?
pub(crate) fn holds(
    key: &PublicKeyView,
    algorithm: &AlgorithmView,
    signed: &[u8],
    octets: &[u8],
) -> Result<(), CryptoError> {
    let algorithm = SignatureAlgorithm::from_der(&algorithm.der)?;
    signature::verify(&key.der, algorithm, signed, octets)
}
