//! Thumbs: digests of certificates, CRLs and BrandCRLIdentifiers that a party has cached.

use counterfoil_crypto::cms::ContentInfo;
use der::asn1::ObjectIdentifier;
use der::{DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer};

use super::leaf::octets;
use crate::codec::table::{alias, asn1_name, sequence};
use crate::codec::{DecodeError, List};
use crate::limits;

/// id-sha256 (RFC 5754 section 2.2).
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

octets! {
    /// SHA-256 over the whole DER of a certificate, CRL or BrandCRLIdentifier.
    Digest "Digest" 32
}

/// `AlgorithmIdentifier` of a digest; SET 2 has SHA-256, without parameters (RFC 5754).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DigestAlgorithm {
    /// SHA-256.
    #[default]
    Sha256,
}

impl FixedTag for DigestAlgorithm {
    const TAG: Tag = Tag::Sequence;
}

impl<'r> DecodeValue<'r> for DigestAlgorithm {
    type Error = DecodeError;

    fn decode_value<R: Reader<'r>>(reader: &mut R, _header: Header) -> Result<Self, DecodeError> {
        let algorithm: ObjectIdentifier = reader.decode()?;
        if algorithm != SHA256 || !reader.is_finished() {
            return Err(DecodeError::value("SHA-256 without parameters"));
        }
        Ok(Self::Sha256)
    }
}

impl EncodeValue for DigestAlgorithm {
    fn value_len(&self) -> der::Result<Length> {
        SHA256.encoded_len()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        SHA256.encode(writer)
    }
}

asn1_name!(DigestAlgorithm, "DigestAlgorithm");

sequence! {
    /// Names one certificate.
    CertThumb "CertThumb" {
        /// Always SHA-256.
        digest_algorithm: DigestAlgorithm = "digestAlgorithm",
        /// Digest over the certificate.
        thumbprint: Digest = "thumbprint",
    }
}

impl CertThumb {
    /// Names the certificate whose DER has this SHA-256.
    pub fn new(sha256: [u8; 32]) -> Self {
        Self { digest_algorithm: DigestAlgorithm::Sha256, thumbprint: Digest::new(sha256) }
    }
}

sequence! {
    /// What the sender has cached already and need not be sent (SET 1.0 Book 2, thumbprints).
    Thumbs "Thumbs" {
        /// Always SHA-256.
        digest_algorithm: DigestAlgorithm = "digestAlgorithm",
        /// Certificates.
        cert_thumbs: List<Digest, limits::Thumbs> = "certThumbs" [0 EXPLICIT] OPTIONAL,
        /// CRLs.
        crl_thumbs: List<Digest, limits::Thumbs> = "crlThumbs" [1 EXPLICIT] OPTIONAL,
        /// BrandCRLIdentifiers.
        brand_crl_id_thumbs: List<Digest, limits::Thumbs> =
            "brandCRLIdThumbs" [2 EXPLICIT] OPTIONAL,
    }
}

alias! {
    /// The brand's list of current CRLs: SignedData by the brand CA.
    BrandCrlIdentifier "BrandCRLIdentifier" = ContentInfo,
    "S(BCA, UnsignedBrandCRLIdentifier)"
}
