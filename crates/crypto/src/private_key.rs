//! What a private key's file says of the key: its form, its algorithm, and its public half.
//!
//! For people who look at files: any algorithm and any size is read, weak ones too. Keys that are
//! to be used go through [`crate::key::KeyPair`], which refuses those. No octet of the private
//! half leaves this module.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use counterfoil_secret::{Secret, SecretBytes};
use der::asn1::{Any, AnyRef, BitString, OctetStringRef, UintRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag};

use crate::error::CryptoError;
use crate::oid::Oid;
use crate::pbe;
use crate::signature::algorithm::{CURVE_P256, CURVE_P384, EC_PUBLIC_KEY, ED25519, RSA_ENCRYPTION};

/// Most octets of a private key that are read.
pub const PRIVATE_KEY_BYTES_MAX: usize = 64 * 1024;

const CURVE_P521: Oid = Oid::from_arcs(&[1, 3, 132, 0, 35]);

/// A private key without its private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateKeyFacts {
    /// How it is written: `PKCS#8`, `PKCS#1`, `SEC 1`.
    pub form: &'static str,
    /// Its algorithm; none when only a passphrase tells.
    pub algorithm: Option<Oid>,
    /// What it is encrypted with, when it is.
    pub encryption: Option<String>,
    /// DER of the SubjectPublicKeyInfo that belongs to it, when it can be told.
    pub spki_der: Option<Vec<u8>>,
    /// Why it is told no further.
    pub unread: Option<CryptoError>,
}

/// Reads a private key: PKCS#8 (RFC 5958), encrypted PKCS#8, PKCS#1 (RFC 8017 appendix A.1.2)
/// or SEC 1 (RFC 5915), found by its content.
///
/// # Errors
/// [`CryptoError::KeyMalformed`] when it is none of them. That a passphrase is wrong or missing
/// is no error: [`PrivateKeyFacts::unread`] says so.
pub fn read(
    der: &[u8],
    passphrase: Option<&Secret<String>>,
) -> Result<PrivateKeyFacts, CryptoError> {
    if der.len() > PRIVATE_KEY_BYTES_MAX {
        return Err(CryptoError::LimitExceeded {
            structure: "private key",
            limit: PRIVATE_KEY_BYTES_MAX,
            unit: "octets",
        });
    }
    if let Ok((identifier, ciphertext)) = read_encrypted(der) {
        return Ok(read_sealed(identifier, ciphertext, passphrase));
    }
    let plain = read_pkcs8(der).or_else(|_| read_pkcs1(der)).or_else(|_| read_sec1(der, None));
    plain.map_err(|error| CryptoError::KeyMalformed {
        what: "private key",
        detail: error.to_string(),
    })
}

fn read_sealed(
    identifier: &[u8],
    ciphertext: &[u8],
    passphrase: Option<&Secret<String>>,
) -> PrivateKeyFacts {
    let encryption = Some(pbe::describe(identifier));
    let sealed = |unread| PrivateKeyFacts {
        form: "encrypted PKCS#8",
        algorithm: None,
        encryption: Some(pbe::describe(identifier)),
        spki_der: None,
        unread,
    };
    if pbe::is_legacy(identifier) {
        let algorithm = pbe::describe(identifier);
        return sealed(Some(CryptoError::AlgorithmRefused { algorithm }));
    }
    let Some(passphrase) = passphrase else { return sealed(None) };
    let opened = pbe::open(identifier, ciphertext, passphrase);
    let read = opened.and_then(|key: SecretBytes| {
        read_pkcs8(key.expose()).map_err(|error| CryptoError::KeyMalformed {
            what: "private key",
            detail: error.to_string(),
        })
    });
    match read {
        Ok(facts) => PrivateKeyFacts { form: "encrypted PKCS#8", encryption, ..facts },
        Err(error) => sealed(Some(error)),
    }
}

/// `EncryptedPrivateKeyInfo`: scheme and ciphertext.
fn read_encrypted(der: &[u8]) -> der::Result<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(der)?;
    let read = reader.sequence(|r| {
        Tag::peek(r)?.assert_eq(Tag::Sequence)?;
        let identifier = r.tlv_bytes()?;
        Ok::<_, der::Error>((identifier, <&OctetStringRef>::decode(r)?.as_bytes()))
    })?;
    reader.finish()?;
    Ok(read)
}

fn read_pkcs8(der: &[u8]) -> der::Result<PrivateKeyFacts> {
    let mut reader = SliceReader::new(der)?;
    let (identifier, key, public) = reader.sequence(|r| {
        u8::decode(r)?;
        let identifier = r.tlv_bytes()?;
        let key = <&OctetStringRef>::decode(r)?.as_bytes();
        let mut public = None;
        while !r.is_finished() {
            let any = AnyRef::decode(r)?;
            if any.header().tag().number().value() == 1 {
                public = any.value().get(1..);
            }
        }
        Ok::<_, der::Error>((identifier, key, public))
    })?;
    reader.finish()?;
    let (algorithm, parameters) = algorithm_of(identifier)?;
    let mut facts = PrivateKeyFacts {
        form: "PKCS#8",
        algorithm: Some(algorithm),
        encryption: None,
        spki_der: public.map(|octets| spki(identifier, octets)).transpose()?,
        unread: None,
    };
    match algorithm {
        RSA_ENCRYPTION => facts.spki_der = read_pkcs1(key)?.spki_der,
        EC_PUBLIC_KEY => facts.spki_der = read_sec1(key, parameters)?.spki_der,
        ED25519 if facts.spki_der.is_none() => {
            let seed = <&OctetStringRef>::from_der(key)?.as_bytes();
            if let Ok(pair) = Ed25519KeyPair::from_seed_unchecked(seed) {
                facts.spki_der = Some(spki(identifier, pair.public_key().as_ref())?);
            }
        }
        _ => {}
    }
    Ok(facts)
}

/// `RSAPrivateKey`: the modulus and the public exponent stand in it.
fn read_pkcs1(der: &[u8]) -> der::Result<PrivateKeyFacts> {
    let mut reader = SliceReader::new(der)?;
    let public = reader.sequence(|r| {
        u8::decode(r)?;
        let public = RsaPublicKey { modulus: UintRef::decode(r)?, exponent: UintRef::decode(r)? };
        let mut rest = 0;
        while !r.is_finished() {
            r.tlv_bytes()?;
            rest += 1;
        }
        if rest < 6 {
            return Err(Tag::Sequence.length_error().into());
        }
        public.to_der()
    })?;
    reader.finish()?;
    let identifier = [RSA_ENCRYPTION.to_der_bytes().as_slice(), &[5, 0]].concat();
    let identifier = Any::new(Tag::Sequence, identifier)?.to_der()?;
    Ok(PrivateKeyFacts {
        form: "PKCS#1",
        algorithm: Some(RSA_ENCRYPTION),
        encryption: None,
        spki_der: Some(spki(&identifier, &public)?),
        unread: None,
    })
}

#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// `ECPrivateKey`; `curve` is the namedCurve with its tag, where PKCS#8 tells it.
fn read_sec1(der: &[u8], curve: Option<&[u8]>) -> der::Result<PrivateKeyFacts> {
    let mut reader = SliceReader::new(der)?;
    let (own_curve, public) = reader.sequence(|r| {
        u8::decode(r)?;
        <&OctetStringRef>::decode(r)?;
        let (mut curve, mut public) = (None, None);
        while !r.is_finished() {
            let any = AnyRef::decode(r)?;
            match any.header().tag().number().value() {
                0 => curve = Some(any.value()),
                _ => public = AnyRef::try_from(any.value())?.value().get(1..),
            }
        }
        Ok::<_, der::Error>((curve, public))
    })?;
    reader.finish()?;
    let curve = own_curve.or(curve).ok_or_else(|| Tag::ObjectIdentifier.value_error())?;
    let identifier = [EC_PUBLIC_KEY.to_der_bytes().as_slice(), curve].concat();
    let identifier = Any::new(Tag::Sequence, identifier)?.to_der()?;
    let derived = if public.is_none() { derive_point(der, curve) } else { None };
    let point = public.map(<[u8]>::to_vec).or(derived);
    Ok(PrivateKeyFacts {
        form: "SEC 1",
        algorithm: Some(EC_PUBLIC_KEY),
        encryption: None,
        spki_der: point.map(|point| spki(&identifier, &point)).transpose()?,
        unread: None,
    })
}

/// The public point, which the file leaves out.
fn derive_point(sec1: &[u8], curve: &[u8]) -> Option<Vec<u8>> {
    let algorithm: &'static EcdsaSigningAlgorithm = match Oid::from_der(curve).ok()? {
        CURVE_P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
        CURVE_P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        CURVE_P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
        _ => return None,
    };
    let pair = EcdsaKeyPair::from_private_key_der(algorithm, sec1).ok()?;
    Some(pair.public_key().as_ref().to_vec())
}

fn algorithm_of(identifier: &[u8]) -> der::Result<(Oid, Option<&[u8]>)> {
    let mut reader = SliceReader::new(identifier)?;
    reader.sequence(|r| {
        let oid = Oid::decode(r)?;
        let parameters = if r.is_finished() { None } else { Some(r.tlv_bytes()?) };
        Ok::<_, der::Error>((oid, parameters))
    })
}

/// `SubjectPublicKeyInfo` of the algorithm `identifier` and the key's octets.
fn spki(identifier: &[u8], key: &[u8]) -> der::Result<Vec<u8>> {
    let content = [identifier, &BitString::from_bytes(key)?.to_der()?].concat();
    Any::new(Tag::Sequence, content)?.to_der()
}
