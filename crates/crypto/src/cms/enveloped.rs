//! AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084): the E, EX and EK operators of SET 1.0
//! (Book 3, cryptographic treatments).
//!
//! What is sealed is bound to a context: the type of the content, the recipient's certificate, and
//! a digest given by the caller (the "binding", made over the message header or the payment's
//! context). The context goes into the derivation of the key that wraps the content's key: as
//! `ukm` of the key agreement, as label of RSAES-OAEP, as salt of HKDF. Under another context
//! nothing opens. It does not travel as associated data in authAttrs, where RFC 5083 section 2.1
//! would put it, because OpenSSL 3.0 leaves authAttrs out of the GCM computation.

use std::fmt;

use counterfoil_secret::SecretBytes;
use der::asn1::OctetStringRef;
use der::{Decode, Encode, Sequence};
use rand_core::CryptoRng;

use super::raw::{SetRule, Tlv, TlvSet};
use super::recipient::{self, AES256_WRAP, IssuerAndSerial, SharedKey};
use super::{AUTH_ENVELOPED_DATA, ContentInfo};
use crate::digest::{DIGEST_BYTES, Digest, hkdf_sha256, sha256_of};
use crate::error::{CryptoError, Unopened};
use crate::key::{ExchangeKey, RecipientKey};
use crate::oid::Oid;
use crate::symmetric::{self, Cek, GcmKey, KEY_BYTES, NONCE_BYTES, TAG_BYTES};

/// Most recipients of one AuthEnvelopedData. SET 2 makes them for one.
pub const RECIPIENTS_MAX: usize = 4;
/// Fewest octets of a back key.
pub const BACK_KEY_BYTES_MIN: usize = 16;

const BACK_KEY_INFO: &[u8] = b"SET 2 back key";

/// DER of the AlgorithmIdentifier id-aes256-GCM up to the nonce, whose 12 octets follow, and what
/// comes after: aes-ICVlen 16 (RFC 5084 section 3.2).
const GCM_PREFIX: [u8; 17] = [
    0x30, 0x1e, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e, 0x30, 0x11, 0x04,
    0x0c,
];
const GCM_SUFFIX: [u8; 3] = [0x02, 0x01, TAG_BYTES as u8];
const GCM_BYTES: usize = GCM_PREFIX.len() + NONCE_BYTES + GCM_SUFFIX.len();

/// For whom to seal.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// Issuer and serial number of the recipient's key-exchange certificate.
    pub name: IssuerAndSerial<'a>,
    /// The public key in that certificate.
    pub key: &'a RecipientKey,
}

impl fmt::Debug for Recipient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({:?})", self.key)
    }
}

#[derive(Sequence)]
#[asn1(error = CryptoError)]
struct AuthEnvelopedData<'a> {
    version: u8,
    recipient_infos: TlvSet<'a, Recipients>,
    content: EncryptedContent<'a>,
    mac: &'a OctetStringRef,
}

#[derive(Sequence)]
struct EncryptedContent<'a> {
    content_type: Oid,
    algorithm: Tlv<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    encrypted: &'a OctetStringRef,
}

struct Recipients;

impl SetRule for Recipients {
    const STRUCTURE: &'static str = "AuthEnvelopedData";
    const ELEMENTS_MAX: usize = RECIPIENTS_MAX;
    const UNIT: &'static str = "recipients";
}

/// Seals `plaintext` for one recipient, under the suite that its key belongs to. The ephemeral
/// key, the content's key and the nonce come from `rng`; with RSA the OAEP seed is the library's.
///
/// # Errors
/// [`CryptoError::LimitExceeded`] when the result is too large, [`CryptoError::OperationFailed`].
pub fn seal(
    content_type: Oid,
    plaintext: &[u8],
    recipient: &Recipient<'_>,
    binding: &Digest,
    rng: &mut dyn CryptoRng,
) -> Result<ContentInfo, CryptoError> {
    let cek = symmetric::fresh_key(rng);
    let context = context_of(content_type, Some(&recipient.name), binding)?;
    let info = recipient.key.sealing().seal_cek(&cek, &recipient.name, &context, rng)?;
    build(content_type, plaintext, &info, &cek, rng)
}

/// Opens with a private key what [`seal`] made for it, with the same type and binding.
///
/// # Errors
/// [`Unopened`], whatever the reason.
pub fn open(
    info: &ContentInfo,
    key: &dyn ExchangeKey,
    expect_content_type: Oid,
    binding: &Digest,
) -> Result<SecretBytes, Unopened> {
    open_by(info, expect_content_type, |recipient_info| {
        let name = recipient::recipient_of(recipient_info).map_err(|_| Unopened)?;
        let name = name.ok_or(Unopened)?;
        let context =
            context_of(expect_content_type, Some(&name), binding).map_err(|_| Unopened)?;
        key.open_cek(recipient_info, &context)
    })
}

/// Seals `plaintext` with a key that the other side sent before (SET's EK with a back key).
///
/// # Errors
/// [`CryptoError::KeyUnsuitable`] when the key is shorter than [`BACK_KEY_BYTES_MIN`], else those
/// of [`seal`].
pub fn seal_with_key(
    content_type: Oid,
    plaintext: &[u8],
    back_key: &[u8],
    binding: &Digest,
    rng: &mut dyn CryptoRng,
) -> Result<ContentInfo, CryptoError> {
    if back_key.len() < BACK_KEY_BYTES_MIN {
        return Err(CryptoError::KeyUnsuitable {
            found: format!("{} octets", back_key.len()),
            wanted: "a back key".into(),
        });
    }
    let cek = symmetric::fresh_key(rng);
    let context = context_of(content_type, None, binding)?;
    let kek = hkdf_sha256::<KEY_BYTES>(back_key, &context, BACK_KEY_INFO);
    let wrapped = symmetric::wrap(kek.expose(), &cek)?;
    let info = SharedKey { key_id: &context, algorithm: AES256_WRAP, wrapped: &wrapped }
        .to_der()
        .map_err(|error| CryptoError::malformed("KEKRecipientInfo", error))?;
    build(content_type, plaintext, &info, &cek, rng)
}

/// Opens with a back key what [`seal_with_key`] made, with the same type and binding.
///
/// # Errors
/// [`Unopened`], whatever the reason.
pub fn open_with_key(
    info: &ContentInfo,
    back_key: &[u8],
    expect_content_type: Oid,
    binding: &Digest,
) -> Result<SecretBytes, Unopened> {
    let context = context_of(expect_content_type, None, binding).map_err(|_| Unopened)?;
    open_by(info, expect_content_type, |recipient_info| {
        let shared = SharedKey::from_der(recipient_info).map_err(|_| Unopened)?;
        if shared.key_id != context || shared.algorithm != AES256_WRAP {
            return Err(Unopened);
        }
        let kek = hkdf_sha256::<KEY_BYTES>(back_key, &context, BACK_KEY_INFO);
        symmetric::unwrap(kek.expose(), shared.wrapped).ok_or(Unopened)
    })
}

/// The type of what is sealed inside, as the outside says. Nothing vouches for it before opening.
///
/// # Errors
/// [`CryptoError::Malformed`], [`CryptoError::LimitExceeded`] or
/// [`CryptoError::ContentTypeMismatch`] when it is no AuthEnvelopedData.
pub fn content_type_of(info: &ContentInfo) -> Result<Oid, CryptoError> {
    Ok(parse(info)?.content.content_type)
}

/// The certificates whose keys open `info`; empty when a shared key does. Nothing vouches for
/// them: they help to choose the key.
///
/// # Errors
/// Those of [`content_type_of`].
pub fn recipients_of(info: &ContentInfo) -> Result<Vec<IssuerAndSerial<'_>>, CryptoError> {
    let data = parse(info)?;
    data.recipient_infos
        .elements()
        .filter_map(|der| recipient::recipient_of(der).transpose())
        .collect::<Result<_, _>>()
        .map_err(|error| CryptoError::malformed("RecipientInfo", error))
}

/// What the key of the content is derived under, besides the keys themselves.
fn context_of(
    content_type: Oid,
    recipient: Option<&IssuerAndSerial<'_>>,
    binding: &Digest,
) -> Result<Digest, CryptoError> {
    let recipient = recipient.map(Encode::to_der).transpose()?.unwrap_or_default();
    Ok(sha256_of(&[&content_type.to_der_bytes(), &recipient, binding]))
}

fn build(
    content_type: Oid,
    plaintext: &[u8],
    recipient_info: &[u8],
    cek: &Cek,
    rng: &mut dyn CryptoRng,
) -> Result<ContentInfo, CryptoError> {
    let nonce = symmetric::fresh_nonce(rng);
    let sealed = GcmKey::new(cek.expose()).seal(nonce, &[], plaintext)?;
    let data = AuthEnvelopedData {
        version: 0,
        recipient_infos: TlvSet::new([recipient_info])?,
        content: EncryptedContent {
            content_type,
            algorithm: Tlv(&gcm_identifier(nonce)),
            encrypted: OctetStringRef::new(&sealed.ciphertext)?,
        },
        mac: OctetStringRef::new(&sealed.tag)?,
    };
    ContentInfo::wrap(AUTH_ENVELOPED_DATA, &data.to_der()?)
}

fn parse(info: &ContentInfo) -> Result<AuthEnvelopedData<'_>, CryptoError> {
    let (found, content) = info.parts().map_err(|e| CryptoError::malformed("ContentInfo", e))?;
    if found != AUTH_ENVELOPED_DATA {
        return Err(CryptoError::ContentTypeMismatch { expected: AUTH_ENVELOPED_DATA, found });
    }
    AuthEnvelopedData::from_der(content).map_err(|error| error.within("AuthEnvelopedData"))
}

/// Opens with the first recipient info that yields a key. When none does, a wrong key is tried
/// all the same, so that the time taken does not tell which of the two steps failed.
fn open_by(
    info: &ContentInfo,
    expect_content_type: Oid,
    open_cek: impl Fn(&[u8]) -> Result<Cek, Unopened>,
) -> Result<SecretBytes, Unopened> {
    let data = parse(info).map_err(|_| Unopened)?;
    let tag: &[u8; TAG_BYTES] = data.mac.as_bytes().try_into().map_err(|_| Unopened)?;
    let nonce = nonce_of(data.content.algorithm.0).ok_or(Unopened)?;
    let fits = data.version == 0 && data.content.content_type == expect_content_type;
    let found = data.recipient_infos.elements().find_map(|der| open_cek(der).ok());
    let usable = fits && found.is_some();
    let cek = found.unwrap_or_else(|| Cek::new([0; KEY_BYTES]));
    let opened = GcmKey::new(cek.expose()).open(nonce, &[], data.content.encrypted.as_bytes(), tag);
    opened.filter(|_| usable).ok_or(Unopened)
}

fn gcm_identifier(nonce: [u8; NONCE_BYTES]) -> [u8; GCM_BYTES] {
    let mut identifier = [0; GCM_BYTES];
    let (prefix, rest) = identifier.split_at_mut(GCM_PREFIX.len());
    let (middle, suffix) = rest.split_at_mut(NONCE_BYTES);
    prefix.copy_from_slice(&GCM_PREFIX);
    middle.copy_from_slice(&nonce);
    suffix.copy_from_slice(&GCM_SUFFIX);
    identifier
}

fn nonce_of(identifier: &[u8]) -> Option<[u8; NONCE_BYTES]> {
    let nonce = identifier.strip_prefix(&GCM_PREFIX)?.strip_suffix(&GCM_SUFFIX)?;
    nonce.try_into().ok()
}

const _: () = assert!(DIGEST_BYTES == 32, "the label of suite rsa3072 has room for this");
