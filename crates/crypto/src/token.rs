//! Tokens that the gateway writes to itself: CapToken and AuthToken.
//!
//! SET 1.0 sealed them with the gateway's own public key (Book 2, tokens). Only the gateway ever
//! opens them, so a symmetric key does.
//!
//! ```asn1
//! TokenBox ::= SEQUENCE {
//!   keyId       OCTET STRING (SIZE (8)),
//!   nonce       OCTET STRING (SIZE (12)),
//!   ciphertext  OCTET STRING }              -- AES-256-GCM, its 16-octet tag at the end
//! ```
//!
//! The associated data are the DER of the token's content type.

use std::fmt;

use counterfoil_secret::{Secret, SecretBytes};
use der::asn1::OctetStringRef;
use der::pem::LineEnding;
use der::{
    Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, SecretDocument,
    Sequence, Tag, Writer,
};
use rand_core::CryptoRng;

use crate::error::{CryptoError, Unopened};
use crate::oid::Oid;
use crate::symmetric::{Cek, GcmKey, KEY_BYTES, NONCE_BYTES, Sealed, TAG_BYTES, fresh_nonce};

/// Length of a token key's identifier.
pub const TOKEN_KEY_ID_BYTES: usize = 8;
/// Most octets of the ciphertext in a token, its tag included.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Names a token key.
pub type TokenKeyId = [u8; TOKEN_KEY_ID_BYTES];

const PEM_LABEL: &str = "COUNTERFOIL TOKEN KEY";
const PEM_BYTES_MAX: usize = 1024;

/// A key that seals tokens. Nonces are random, so one key is good for 2^32 tokens (NIST
/// SP 800-38D section 8.3); replace it long before, and keep the old one for opening.
pub struct TokenKey {
    id: TokenKeyId,
    key: Cek,
    expanded: GcmKey,
}

#[derive(Sequence)]
struct TokenKeyDer<'a> {
    id: &'a OctetStringRef,
    key: &'a OctetStringRef,
}

impl TokenKey {
    /// Makes a new key.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut id = [0; TOKEN_KEY_ID_BYTES];
        rng.fill_bytes(&mut id);
        Self::from_parts(id, crate::symmetric::fresh_key(rng))
    }

    /// Takes over an existing key.
    pub fn from_parts(id: TokenKeyId, key: Cek) -> Self {
        let expanded = GcmKey::new(key.expose());
        Self { id, key, expanded }
    }

    /// Reads what [`TokenKey::to_pem`] wrote.
    ///
    /// # Errors
    /// [`CryptoError::KeyMalformed`].
    pub fn from_pem(pem: &Secret<String>) -> Result<Self, CryptoError> {
        let malformed = |detail: String| CryptoError::KeyMalformed { what: "token key", detail };
        if pem.expose().len() > PEM_BYTES_MAX {
            return Err(malformed(format!("it is longer than {PEM_BYTES_MAX} octets")));
        }
        let (label, document) =
            SecretDocument::from_pem(pem.expose().trim()).map_err(|e| malformed(e.to_string()))?;
        if label != PEM_LABEL {
            return Err(malformed(format!("it is marked {label}, not {PEM_LABEL}")));
        }
        let parts = TokenKeyDer::from_der(document.as_bytes())
            .map_err(|error| malformed(error.to_string()))?;
        let id = parts.id.as_bytes().try_into();
        let key = <[u8; KEY_BYTES]>::try_from(parts.key.as_bytes());
        match (id, key) {
            (Ok(id), Ok(key)) => Ok(Self::from_parts(id, Secret::new(key))),
            _ => Err(malformed("a part of it has another length than it should".into())),
        }
    }

    /// The key as a PEM text of its own kind.
    pub fn to_pem(&self) -> Secret<String> {
        let write = || {
            let id = OctetStringRef::new(&self.id)?;
            let key = OctetStringRef::new(self.key.expose())?;
            SecretDocument::encode_msg(&TokenKeyDer { id, key })?.to_pem(PEM_LABEL, LineEnding::LF)
        };
        let mut pem = write().expect("invariant: a token key is short enough for DER and PEM");
        Secret::new(std::mem::take(&mut *pem))
    }

    /// The name of the key.
    pub fn id(&self) -> TokenKeyId {
        self.id
    }

    /// Seals the DER of a token of type `content_type`.
    ///
    /// # Errors
    /// [`CryptoError::LimitExceeded`] when the result would exceed [`TOKEN_BYTES_MAX`].
    pub fn seal(
        &self,
        content_type: Oid,
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<TokenBox, CryptoError> {
        if plaintext.len() > TOKEN_BYTES_MAX - TAG_BYTES {
            return Err(CryptoError::LimitExceeded {
                structure: "token",
                limit: TOKEN_BYTES_MAX,
                unit: "octets",
            });
        }
        let nonce = fresh_nonce(rng);
        let Sealed { mut ciphertext, tag } =
            self.expanded.seal(nonce, &content_type.to_der_bytes(), plaintext)?;
        ciphertext.extend_from_slice(&tag);
        Ok(TokenBox { key_id: self.id, nonce, ciphertext })
    }

    /// Opens a token of type `content_type` that this key sealed.
    ///
    /// # Errors
    /// [`Unopened`], whatever the reason.
    pub fn open(&self, token: &TokenBox, content_type: Oid) -> Result<SecretBytes, Unopened> {
        let (ciphertext, tag) = token.ciphertext.split_last_chunk().ok_or(Unopened)?;
        let opened = self.expanded.open(token.nonce, &content_type.to_der_bytes(), ciphertext, tag);
        opened.filter(|_| token.key_id == self.id).ok_or(Unopened)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey([secret])")
    }
}

/// Opens `token` with the one of `keys` that it names: the present key or one of those before.
///
/// # Errors
/// [`Unopened`], whatever the reason.
pub fn open_with<'a>(
    keys: impl IntoIterator<Item = &'a TokenKey>,
    token: &TokenBox,
    content_type: Oid,
) -> Result<SecretBytes, Unopened> {
    let key = keys.into_iter().find(|key| key.id == token.key_id).ok_or(Unopened)?;
    key.open(token, content_type)
}

/// A sealed token, as it travels through the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBox {
    /// Names the key that opens it.
    pub key_id: TokenKeyId,
    nonce: [u8; NONCE_BYTES],
    ciphertext: Vec<u8>,
}

impl FixedTag for TokenBox {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for TokenBox {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _header: Header) -> der::Result<Self> {
        let mut key_id = [0; TOKEN_KEY_ID_BYTES];
        let mut nonce = [0; NONCE_BYTES];
        for part in [key_id.as_mut_slice(), nonce.as_mut_slice()] {
            if octet_string(reader)? != part.len() {
                return Err(reader.error(Tag::OctetString.length_error()));
            }
            reader.read_into(part)?;
        }
        let length = octet_string(reader)?;
        if !(TAG_BYTES..=TOKEN_BYTES_MAX).contains(&length) {
            return Err(reader.error(Tag::OctetString.length_error()));
        }
        let ciphertext = reader.read_vec(Length::try_from(length)?)?;
        Ok(Self { key_id, nonce, ciphertext })
    }
}

/// Length of the OCTET STRING whose content octets follow.
fn octet_string<'a>(reader: &mut impl Reader<'a>) -> der::Result<usize> {
    let header = Header::decode(reader)?;
    header.tag().assert_eq(Tag::OctetString)?;
    usize::try_from(header.length())
}

impl TokenBox {
    fn parts(&self) -> der::Result<[&OctetStringRef; 3]> {
        Ok([
            OctetStringRef::new(&self.key_id)?,
            OctetStringRef::new(&self.nonce)?,
            OctetStringRef::new(&self.ciphertext)?,
        ])
    }
}

impl EncodeValue for TokenBox {
    fn value_len(&self) -> der::Result<Length> {
        self.parts()?.iter().try_fold(Length::ZERO, |sum, part| sum + part.encoded_len()?)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.parts()?.iter().try_for_each(|part| part.encode(writer))
    }
}
