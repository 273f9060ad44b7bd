//! SignedData (RFC 5652 section 5): the S and SO operators of SET 1.0 (Book 3, cryptographic
//! treatments).
//!
//! The content is the DER of one typed value; its type is one of SET 2's content types. The signed
//! attributes always bind the type, the digest and the algorithms (RFC 6211), the signer's
//! certificate (RFC 5035) once there is one, and the recipient where the content is meant for one.

mod sign;
mod verify;

use der::asn1::OctetStringRef;
use der::{Decode, Encode, Sequence};

pub use self::sign::sign;
use super::attribute::AttributeSet;
use super::raw::{SetRule, Tlv, TlvSet};
use super::recipient::IssuerAndSerial;
use crate::digest::Digest;
use crate::error::CryptoError;
use crate::key::SigningKey;
use crate::oid::Oid;
use crate::signature::{KEY_ID_BYTES, KeyId, SignatureAlgorithm};

/// Most certificates in one SignedData.
pub const CERTIFICATES_MAX: usize = 16;
/// Most CRLs in one SignedData.
pub const CRLS_MAX: usize = 16;
/// Most signers of one SignedData; two occur, when a certificate is renewed.
pub const SIGNERS_MAX: usize = 4;

/// id-data (RFC 5652 section 4). SET 2 never signs such content, but its version rule names it.
const ID_DATA: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 7, 1]);

/// How a signer is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerId<'a> {
    /// By a certificate.
    Certificate {
        /// Issuer and serial number of the certificate.
        name: IssuerAndSerial<'a>,
        /// SHA-256 over the whole DER of the certificate.
        thumb: Digest,
    },
    /// By the key alone, where there is no certificate yet: during registration.
    Key(KeyId),
}

/// One who signs.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The key.
    pub key: &'a dyn SigningKey,
    /// Its name.
    pub id: SignerId<'a>,
}

/// What is to be signed, and what travels with it.
#[derive(Debug, Clone, Copy)]
pub struct SignRequest<'a> {
    /// Type of the content.
    pub content_type: Oid,
    /// DER of the content.
    pub content: &'a [u8],
    /// Leave the content out of the SignedData (SET's SO).
    pub detached: bool,
    /// Who signs: one, or two when a certificate is renewed.
    pub signers: &'a [Signer<'a>],
    /// Thumb of the key-exchange certificate of the only one whom the content is meant for.
    pub recipient: Option<Digest>,
    /// Certificates to send along, each whole DER. Sorted on the way, as DER wants it.
    pub certificates: &'a [&'a [u8]],
    /// CRLs to send along, each whole DER.
    pub crls: &'a [&'a [u8]],
}

/// What a verifier expects of a signature.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Type of the content.
    pub content_type: Oid,
    /// DER of the content when the signature is detached, else none.
    pub content: Option<&'a [u8]>,
    /// The signer: the certificate that `key` was taken from, or the key itself.
    pub signer: SignerId<'a>,
    /// Thumb of the verifier's own key-exchange certificate when the content has to be meant for
    /// it; none accepts any or no recipient.
    pub recipient: Option<Digest>,
}

/// A SignedData, taken apart but not yet verified. Borrows from its ContentInfo.
#[derive(Debug)]
pub struct SignedData<'a> {
    /// Type of the content. Means something only after [`SignedData::verify`].
    pub content_type: Oid,
    /// DER of the content, none when detached. Means something only after verifying.
    pub content: Option<&'a [u8]>,
    /// The signers, in DER's order.
    pub signers: Vec<SignerInfo<'a>>,
    /// Certificates that came along, each whole DER. No signature covers them.
    pub certificates: Vec<&'a [u8]>,
    /// CRLs that came along, each whole DER. No signature covers them.
    pub crls: Vec<&'a [u8]>,
}

/// One signer's part of a SignedData.
#[derive(Debug)]
pub struct SignerInfo<'a> {
    /// Whom it names as signer.
    pub name: SignerName<'a>,
    /// Thumb of the signer's certificate, from the signed attributes.
    pub certificate_thumb: Option<Digest>,
    /// Thumb of the recipient's certificate, from the signed attributes.
    pub recipient: Option<Digest>,
    /// Algorithm of the signature.
    pub algorithm: SignatureAlgorithm,
    content_type: Oid,
    message_digest: Digest,
    signed_octets: Vec<u8>,
    signature: &'a [u8],
}

/// The name that a SignerInfo gives its signer. Not signed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerName<'a> {
    /// Issuer and serial number of a certificate.
    Certificate(IssuerAndSerial<'a>),
    /// A key.
    Key(KeyId),
}

#[derive(Sequence)]
#[asn1(error = CryptoError)]
struct SignedDataDer<'a> {
    version: u8,
    digest_algorithms: TlvSet<'a, DigestAlgorithms>,
    content: EncapsulatedContent<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true", constructed = "true")]
    certificates: Option<TlvSet<'a, Certificates>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true", constructed = "true")]
    crls: Option<TlvSet<'a, Crls>>,
    signer_infos: TlvSet<'a, Signers>,
}

#[derive(Sequence)]
struct EncapsulatedContent<'a> {
    content_type: Oid,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    content: Option<&'a OctetStringRef>,
}

#[derive(Sequence)]
#[asn1(error = CryptoError)]
struct SignerInfoDer<'a> {
    version: u8,
    sid: Tlv<'a>,
    digest_algorithm: Tlv<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    signed_attributes: AttributeSet<'a>,
    signature_algorithm: Tlv<'a>,
    signature: &'a OctetStringRef,
}

macro_rules! set_rule {
    ($name:ident, $limit:expr, $unit:literal) => {
        struct $name;

        impl SetRule for $name {
            const STRUCTURE: &'static str = "SignedData";
            const ELEMENTS_MAX: usize = $limit;
            const UNIT: &'static str = $unit;
        }
    };
}

set_rule!(DigestAlgorithms, SIGNERS_MAX, "digest algorithms");
set_rule!(Certificates, CERTIFICATES_MAX, "certificates");
set_rule!(Crls, CRLS_MAX, "CRLs");
set_rule!(Signers, SIGNERS_MAX, "signers");

/// The version that RFC 5652 section 5.1 asks for.
fn version(content_type: Oid, key_alone: bool) -> u8 {
    if content_type != ID_DATA || key_alone { 3 } else { 1 }
}

impl SignerName<'_> {
    fn version(&self) -> u8 {
        match self {
            Self::Certificate(_) => 1,
            Self::Key(_) => 3,
        }
    }

    fn to_der(self) -> der::Result<Vec<u8>> {
        match self {
            Self::Certificate(name) => name.to_der(),
            Self::Key(key_id) => {
                Ok([[KEY_ID_TAG, KEY_ID_BYTES as u8].as_slice(), &key_id].concat())
            }
        }
    }
}

/// Tag of the subjectKeyIdentifier alternative: `[0] IMPLICIT OCTET STRING`.
const KEY_ID_TAG: u8 = 0x80;

impl<'a> SignerName<'a> {
    fn from_der(der: &'a [u8]) -> der::Result<Self> {
        match der {
            [KEY_ID_TAG, _, key_id @ ..] => key_id
                .try_into()
                .map(Self::Key)
                .map_err(|_| der::Tag::OctetString.length_error().into()),
            _ => IssuerAndSerial::from_der(der).map(Self::Certificate),
        }
    }
}
