//! The MAC of a PKCS#12 file (RFC 7292 section 5.1; PBMAC1: RFC 9579).

use aws_lc_rs::{hmac, pbkdf2};
use counterfoil_secret::Secret;
use der::asn1::OctetStringRef;
use der::{Decode, Reader, SliceReader};
use pkcs12::kdf::{Pkcs12KeyType, derive_key, derive_key_utf8};
use zeroize::Zeroizing;

use crate::error::CryptoError;
use crate::oid::Oid;
use crate::pbe::{read_pbkdf2, rounds_of};

const SHA1: Oid = Oid::from_arcs(&[1, 3, 14, 3, 2, 26]);
const SHA256: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 1]);
const SHA384: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 2]);
const SHA512: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 3]);
const PBMAC1: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 5, 14]);

/// `MacData`, read.
struct Mac<'a> {
    algorithm: Oid,
    parameters: Option<&'a [u8]>,
    digest: &'a [u8],
    salt: &'a [u8],
    rounds: u32,
}

/// Checks `mac_data` (DER of MacData) over `content` under `passphrase`.
///
/// # Errors
/// [`CryptoError::VaultUnopened`] for another passphrase or changed content,
/// [`CryptoError::AlgorithmRefused`] for a MAC on SHA-1, [`CryptoError::AlgorithmUnknown`] for
/// others.
pub fn check(
    mac_data: &[u8],
    content: &[u8],
    passphrase: &Secret<String>,
) -> Result<(), CryptoError> {
    let mac = Mac::read(mac_data).map_err(malformed)?;
    let good = if mac.algorithm == PBMAC1 {
        mac.holds_by_pbmac1(content, passphrase)?
    } else {
        mac.holds(content, passphrase)?
    };
    if good { Ok(()) } else { Err(CryptoError::VaultUnopened) }
}

impl<'a> Mac<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|r| {
            let (algorithm, parameters, digest) = r.sequence(|info| {
                let (algorithm, parameters) = info.sequence(|a| {
                    let oid = Oid::decode(a)?;
                    let rest = if a.is_finished() { None } else { Some(a.tlv_bytes()?) };
                    Ok::<_, der::Error>((oid, rest))
                })?;
                let digest = <&OctetStringRef>::decode(info)?.as_bytes();
                Ok::<_, der::Error>((algorithm, parameters, digest))
            })?;
            let salt = <&OctetStringRef>::decode(r)?.as_bytes();
            let rounds = Option::<u32>::decode(r)?.unwrap_or(1);
            Ok::<_, der::Error>(Self { algorithm, parameters, digest, salt, rounds })
        })
    }

    fn holds(&self, content: &[u8], passphrase: &Secret<String>) -> Result<bool, CryptoError> {
        type Derive = fn(&str, &[u8], i32, usize) -> der::Result<Vec<u8>>;
        let (algorithm, bytes, derive): (_, usize, Derive) = match self.algorithm {
            SHA256 => (hmac::HMAC_SHA256, 32, derived::<sha2::Sha256>),
            SHA384 => (hmac::HMAC_SHA384, 48, derived::<sha2::Sha384>),
            SHA512 => (hmac::HMAC_SHA512, 64, derived::<sha2::Sha512>),
            SHA1 => return Err(CryptoError::AlgorithmRefused { algorithm: "HMAC-SHA-1".into() }),
            oid => return Err(CryptoError::AlgorithmUnknown { oid }),
        };
        let rounds = rounds_of(self.rounds)?.get();
        let rounds = i32::try_from(rounds).map_err(malformed)?;
        let key = derive(passphrase.expose(), self.salt, rounds, bytes).map_err(malformed)?;
        let key = Zeroizing::new(key);
        let key = hmac::Key::new(algorithm, &key);
        if hmac::verify(&key, content, self.digest).is_ok() || !passphrase.expose().is_empty() {
            return Ok(hmac::verify(&key, content, self.digest).is_ok());
        }
        // Some programs take "no passphrase" for no octets at all, not for an empty text.
        let none = derive_key::<sha2::Sha256>(&[], self.salt, Pkcs12KeyType::Mac, rounds, bytes);
        let key = hmac::Key::new(algorithm, &none);
        Ok(self.algorithm == SHA256 && hmac::verify(&key, content, self.digest).is_ok())
    }

    fn holds_by_pbmac1(
        &self,
        content: &[u8],
        passphrase: &Secret<String>,
    ) -> Result<bool, CryptoError> {
        let read = || {
            let mut reader = SliceReader::new(self.parameters.unwrap_or_default())?;
            reader.sequence(|r| {
                let derivation = r.sequence(|d| {
                    Oid::decode(d)?;
                    d.tlv_bytes()
                })?;
                let scheme = r.sequence(|s| {
                    let oid = Oid::decode(s)?;
                    let _null = if s.is_finished() { None } else { Some(s.tlv_bytes()?) };
                    Ok::<_, der::Error>(oid)
                })?;
                Ok::<_, der::Error>((derivation, scheme))
            })
        };
        let (derivation, scheme) = read().map_err(malformed)?;
        let (salt, rounds, function) = read_pbkdf2(derivation)?;
        let (algorithm, bytes) = match scheme.last_arc_under(&HMACS) {
            Some(9) => (hmac::HMAC_SHA256, 32),
            Some(10) => (hmac::HMAC_SHA384, 48),
            Some(11) => (hmac::HMAC_SHA512, 64),
            _ => return Err(CryptoError::AlgorithmUnknown { oid: scheme }),
        };
        let mut key = Zeroizing::new(vec![0; bytes]);
        pbkdf2::derive(function.2, rounds, salt, passphrase.expose().as_bytes(), &mut key);
        let key = hmac::Key::new(algorithm, &key);
        Ok(hmac::verify(&key, content, self.digest).is_ok())
    }
}

const HMACS: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 2]);

fn derived<D>(passphrase: &str, salt: &[u8], rounds: i32, bytes: usize) -> der::Result<Vec<u8>>
where
    D: sha2::digest::Digest + sha2::digest::FixedOutputReset + sha2::digest::common::BlockSizeUser,
{
    derive_key_utf8::<D>(passphrase, salt, Pkcs12KeyType::Mac, rounds, bytes)
}

fn malformed(error: impl std::fmt::Display) -> CryptoError {
    CryptoError::malformed("MAC of the PKCS#12 file", error)
}
