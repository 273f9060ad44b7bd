//! hashedRootKey (2.23.42.7.0, critical): a root commits to the key of its successor.

use const_oid::{ObjectIdentifier, db::rfc5912::ID_SHA_256};
use der::{Decode, Encode, Sequence, asn1::OctetString};
use spki::AlgorithmIdentifierOwned;

use crate::oid::{self, Oid};

/// SHA-256 over the DER SubjectPublicKeyInfo of the next root key (SET 1.0 Book 3, hashedRootKey;
/// SET 1.0 itself used SHA-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashedRootKey(pub [u8; 32]);

const SHA_256: ObjectIdentifier = ID_SHA_256;

/// `SEQUENCE { DigestedData }`, PKCS #7 version 0 whose content has only its type.
#[derive(Sequence)]
struct Digested {
    version: u8,
    digest_algorithm: AlgorithmIdentifierOwned,
    content_info: TypeOnly,
    digest: OctetString,
}

#[derive(Sequence)]
struct TypeOnly {
    content_type: Oid,
}

impl HashedRootKey {
    /// The commitment to the key whose SubjectPublicKeyInfo is `spki_der`.
    pub fn of(spki_der: &[u8]) -> Self {
        Self(crate::Thumb::of(spki_der).0)
    }

    pub(crate) fn from_der(der: &[u8]) -> der::Result<Self> {
        let value = Digested::from_der(der)?;
        let right = value.version == 0
            && value.digest_algorithm.oid == SHA_256
            && value.content_info.content_type == oid::SET_ROOT_KEY_THUMB;
        let digest = <[u8; 32]>::try_from(value.digest.as_bytes());
        match digest {
            Ok(digest) if right => Ok(Self(digest)),
            _ => Err(der::Tag::Sequence.value_error().into()),
        }
    }

    pub(crate) fn to_der(self) -> der::Result<Vec<u8>> {
        let digested = Digested {
            version: 0,
            digest_algorithm: AlgorithmIdentifierOwned { oid: SHA_256, parameters: None },
            content_info: TypeOnly { content_type: oid::SET_ROOT_KEY_THUMB },
            digest: OctetString::new(self.0)?,
        };
        digested.to_der()
    }
}
