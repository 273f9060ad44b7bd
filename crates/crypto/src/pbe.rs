//! Opening what others encrypted under a passphrase: PBES2 of PKCS#5 (RFC 8018 section 6.2), as
//! in encrypted PKCS#8 keys and PKCS#12 files.
//!
//! The schemes of the 1990s (PBES1 and PKCS#12's own, with DES, 3DES, RC2 and RC4) are recognised
//! and refused by name. Counterfoil's own files under a passphrase are [`crate::vault`]s.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use counterfoil_secret::{Secret, SecretBytes};
use der::asn1::OctetStringRef;
use der::{Decode, Reader, SliceReader};
use zeroize::Zeroizing;

use crate::error::CryptoError;
use crate::oid::Oid;

/// Most rounds of a key derivation that are computed, so that a file cannot stop the program.
pub const ROUNDS_MAX: u32 = 10_000_000;

const PBES2: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 13]);
const PBKDF2: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 12]);

/// Schemes that are named and never computed.
const LEGACY: [(Oid, &str); 15] = [
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 1]), "pbeWithMD2AndDES-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 3]), "pbeWithMD5AndDES-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 4]), "pbeWithMD2AndRC2-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 6]), "pbeWithMD5AndRC2-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 10]), "pbeWithSHA1AndDES-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 11]), "pbeWithSHA1AndRC2-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 12, 1, 1]), "pbeWithSHAAnd128BitRC4"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 12, 1, 2]), "pbeWithSHAAnd40BitRC4"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 12, 1, 3]), "pbeWithSHAAnd3-KeyTripleDES-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 12, 1, 4]), "pbeWithSHAAnd2-KeyTripleDES-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 12, 1, 5]), "pbeWithSHAAnd128BitRC2-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 12, 1, 6]), "pbeWithSHAAnd40BitRC2-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 3, 7]), "PBES2 with 3DES-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 3, 2]), "PBES2 with RC2-CBC"),
    (Oid::from_arcs(&[1, 3, 14, 3, 2, 7]), "PBES2 with DES-CBC"),
];

/// Ciphers of PBES2 that are opened.
static CIPHERS: [(Oid, &str, &Algorithm, usize); 3] = [
    (Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 1, 2]), "AES-128-CBC", &AES_128, 16),
    (Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 1, 22]), "AES-192-CBC", &AES_192, 24),
    (Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 1, 42]), "AES-256-CBC", &AES_256, 32),
];

/// Pseudo-random functions of PBKDF2. That with SHA-1 is the default of RFC 8018, and sound there.
static FUNCTIONS: [(Oid, &str, pbkdf2::Algorithm); 4] = [
    (HMAC_SHA1, "HMAC-SHA-1", pbkdf2::PBKDF2_HMAC_SHA1),
    (Oid::from_arcs(&[1, 2, 840, 113549, 2, 9]), "HMAC-SHA-256", pbkdf2::PBKDF2_HMAC_SHA256),
    (Oid::from_arcs(&[1, 2, 840, 113549, 2, 10]), "HMAC-SHA-384", pbkdf2::PBKDF2_HMAC_SHA384),
    (Oid::from_arcs(&[1, 2, 840, 113549, 2, 11]), "HMAC-SHA-512", pbkdf2::PBKDF2_HMAC_SHA512),
];

const HMAC_SHA1: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 2, 7]);

/// A passphrase-based scheme that can be opened.
struct Scheme<'a> {
    cipher: &'static (Oid, &'static str, &'static Algorithm, usize),
    initial: [u8; 16],
    function: &'static (Oid, &'static str, pbkdf2::Algorithm),
    salt: &'a [u8],
    rounds: NonZeroU32,
}

/// What the AlgorithmIdentifier `identifier` encrypts with, for people.
pub fn describe(identifier: &[u8]) -> String {
    match Scheme::read(identifier) {
        Ok(scheme) => format!(
            "{}, key from PBKDF2 with {}, {} rounds",
            scheme.cipher.1, scheme.function.1, scheme.rounds
        ),
        Err(CryptoError::AlgorithmRefused { algorithm }) => algorithm,
        Err(error) => error.to_string(),
    }
}

/// Decrypts `ciphertext`, which the scheme `identifier` (DER of its AlgorithmIdentifier) made.
///
/// # Errors
/// [`CryptoError::AlgorithmRefused`] for schemes of the 1990s, [`CryptoError::AlgorithmUnknown`]
/// for others, [`CryptoError::VaultUnopened`] for another passphrase or a changed file.
pub fn open(
    identifier: &[u8],
    ciphertext: &[u8],
    passphrase: &Secret<String>,
) -> Result<SecretBytes, CryptoError> {
    let scheme = Scheme::read(identifier)?;
    let (_, _, cipher, key_bytes) = scheme.cipher;
    let mut key = Zeroizing::new(vec![0; *key_bytes]);
    let secret = passphrase.expose().as_bytes();
    pbkdf2::derive(scheme.function.2, scheme.rounds, scheme.salt, secret, &mut key);
    let key = UnboundCipherKey::new(cipher, &key)
        .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
        .map_err(|_| CryptoError::OperationFailed { operation: "making a CBC key" })?;
    let mut octets = Zeroizing::new(ciphertext.to_vec());
    let context = DecryptionContext::Iv128(FixedLength::from(scheme.initial));
    let opened = key.decrypt(&mut octets, context).map_err(|_| CryptoError::VaultUnopened)?;
    Ok(SecretBytes::from(opened.to_vec()))
}

impl<'a> Scheme<'a> {
    fn read(identifier: &'a [u8]) -> Result<Self, CryptoError> {
        let (scheme, parameters) = split(identifier).map_err(malformed)?;
        if scheme != PBES2 {
            return Err(refusal(scheme));
        }
        let parameters = parameters.ok_or_else(|| malformed("it has no parameters"))?;
        let (derivation, encryption) = pair(parameters).map_err(malformed)?;
        let (cipher, initial) = split(encryption).map_err(malformed)?;
        let known = CIPHERS.iter().find(|known| known.0 == cipher);
        let known = known.ok_or_else(|| refusal(cipher))?;
        let initial = initial.ok_or_else(|| malformed("it has no initialisation vector"))?;
        let initial = <&OctetStringRef>::from_der(initial).map_err(malformed)?.as_bytes();
        let initial = initial.try_into().map_err(|_| malformed("its vector has a wrong length"))?;
        let (kdf, kdf_parameters) = split(derivation).map_err(malformed)?;
        if kdf != PBKDF2 {
            return Err(CryptoError::AlgorithmUnknown { oid: kdf });
        }
        let kdf_parameters = kdf_parameters.ok_or_else(|| malformed("PBKDF2 has no parameters"))?;
        let (salt, rounds, function) = read_pbkdf2(kdf_parameters)?;
        Ok(Self { cipher: known, initial, function, salt, rounds })
    }
}

type Function = &'static (Oid, &'static str, pbkdf2::Algorithm);

/// Salt, rounds and function of `PBKDF2-params` (RFC 8018 appendix A.2).
pub(crate) fn read_pbkdf2(der: &[u8]) -> Result<(&[u8], NonZeroU32, Function), CryptoError> {
    let mut reader = SliceReader::new(der).map_err(malformed)?;
    let read = reader.sequence(|r| {
        let salt = <&OctetStringRef>::decode(r)?.as_bytes();
        let rounds = u32::decode(r)?;
        let _key_length = Option::<u32>::decode(r)?;
        let function = if r.is_finished() { None } else { Some(r.tlv_bytes()?) };
        Ok::<_, der::Error>((salt, rounds, function))
    });
    let (salt, rounds, function) = read.map_err(malformed)?;
    let oid = match function {
        None => HMAC_SHA1,
        Some(identifier) => split(identifier).map_err(malformed)?.0,
    };
    let known = FUNCTIONS.iter().find(|known| known.0 == oid);
    let function = known.ok_or(CryptoError::AlgorithmUnknown { oid })?;
    Ok((salt, rounds_of(rounds)?, function))
}

/// `rounds` when they are within [`ROUNDS_MAX`].
pub(crate) fn rounds_of(rounds: u32) -> Result<NonZeroU32, CryptoError> {
    if rounds > ROUNDS_MAX {
        return Err(CryptoError::LimitExceeded {
            structure: "key derivation",
            limit: ROUNDS_MAX as usize,
            unit: "rounds",
        });
    }
    NonZeroU32::new(rounds).ok_or_else(|| malformed("its number of rounds is zero"))
}

/// The two values of a SEQUENCE, each with tag and length.
fn pair(der: &[u8]) -> der::Result<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|r| Ok::<_, der::Error>((r.tlv_bytes()?, r.tlv_bytes()?)))
}

/// Identifier and parameters of an AlgorithmIdentifier, the latter with tag and length.
fn split(identifier: &[u8]) -> der::Result<(Oid, Option<&[u8]>)> {
    let mut reader = SliceReader::new(identifier)?;
    reader.sequence(|r| {
        let oid = Oid::decode(r)?;
        let parameters = if r.is_finished() { None } else { Some(r.tlv_bytes()?) };
        Ok::<_, der::Error>((oid, parameters))
    })
}

fn refusal(oid: Oid) -> CryptoError {
    match LEGACY.iter().find(|known| known.0 == oid) {
        Some((_, name)) => CryptoError::AlgorithmRefused { algorithm: (*name).into() },
        None => CryptoError::AlgorithmUnknown { oid },
    }
}

fn malformed(error: impl std::fmt::Display) -> CryptoError {
    CryptoError::malformed("encryption scheme", error)
}

/// Is `identifier` a scheme of the 1990s, which is recognised and never computed?
pub fn is_legacy(identifier: &[u8]) -> bool {
    matches!(Scheme::read(identifier), Err(CryptoError::AlgorithmRefused { .. }))
}
