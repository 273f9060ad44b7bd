//! AlgorithmIdentifiers of signatures: reading them, and writing those that SET 2 makes.

use std::fmt;

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader};

use super::legacy;
use crate::error::CryptoError;
use crate::oid::Oid;

/// Key type id-ecPublicKey (RFC 5480 section 2.1.1).
pub const EC_PUBLIC_KEY: Oid = Oid::from_arcs(&[1, 2, 840, 10045, 2, 1]);
/// Curve secp256r1 (RFC 5480 section 2.1.1.1).
pub const CURVE_P256: Oid = Oid::from_arcs(&[1, 2, 840, 10045, 3, 1, 7]);
/// Curve secp384r1 (RFC 5480 section 2.1.1.1).
pub const CURVE_P384: Oid = Oid::from_arcs(&[1, 3, 132, 0, 34]);
/// Key type rsaEncryption (RFC 3279 section 2.3.1).
pub const RSA_ENCRYPTION: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 1]);
/// Key type and signature id-Ed25519 (RFC 8410 section 3).
pub const ED25519: Oid = Oid::from_arcs(&[1, 3, 101, 112]);

const ECDSA_SHA256: Oid = Oid::from_arcs(&[1, 2, 840, 10045, 4, 3, 2]);
const ECDSA_SHA384: Oid = Oid::from_arcs(&[1, 2, 840, 10045, 4, 3, 3]);
const ECDSA_SHA512: Oid = Oid::from_arcs(&[1, 2, 840, 10045, 4, 3, 4]);
const RSA_SHA256: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 11]);
const RSA_SHA384: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 12]);
const RSA_SHA512: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 13]);
const RSA_PSS: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 10]);
const MGF1: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 8]);
const SHA256: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 1]);
const SHA384: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 2]);
const SHA512: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 3]);

/// A signature algorithm that this product verifies. The curve or modulus comes from the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureAlgorithm {
    /// ecdsa-with-SHA256 (RFC 5758 section 3.2).
    EcdsaSha256,
    /// ecdsa-with-SHA384.
    EcdsaSha384,
    /// ecdsa-with-SHA512.
    EcdsaSha512,
    /// sha256WithRSAEncryption (RFC 4055 section 5).
    RsaPkcs1Sha256,
    /// sha384WithRSAEncryption.
    RsaPkcs1Sha384,
    /// sha512WithRSAEncryption.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1-SHA-256 and a salt of 32 octets (RFC 4055 section 3.1).
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1-SHA-384 and a salt of 48 octets.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1-SHA-512 and a salt of 64 octets.
    RsaPssSha512,
    /// Ed25519 (RFC 8410 section 6).
    Ed25519,
}

impl SignatureAlgorithm {
    /// Reads the DER of an AlgorithmIdentifier, tag and length included.
    ///
    /// # Errors
    /// [`CryptoError::AlgorithmRefused`] names a legacy algorithm,
    /// [`CryptoError::AlgorithmUnknown`] gives the identifier of any other.
    pub fn from_der(identifier: &[u8]) -> Result<Self, CryptoError> {
        let (oid, parameters) = split(identifier)?;
        let absent = parameters.is_none();
        let absent_or_null = parameters.is_none_or(AnyRef::is_null);
        let (algorithm, parameters_fit) = match oid {
            ECDSA_SHA256 => (Self::EcdsaSha256, absent),
            ECDSA_SHA384 => (Self::EcdsaSha384, absent),
            ECDSA_SHA512 => (Self::EcdsaSha512, absent),
            RSA_SHA256 => (Self::RsaPkcs1Sha256, absent_or_null),
            RSA_SHA384 => (Self::RsaPkcs1Sha384, absent_or_null),
            RSA_SHA512 => (Self::RsaPkcs1Sha512, absent_or_null),
            ED25519 => (Self::Ed25519, absent),
            RSA_PSS => (pss(parameters)?, true),
            other => return Err(legacy::refusal(other)),
        };
        if parameters_fit {
            Ok(algorithm)
        } else {
            Err(malformed("the algorithm has parameters that it cannot have"))
        }
    }

    /// The whole DER of the AlgorithmIdentifier, where this product makes such signatures: the
    /// algorithms of the suites.
    pub const fn identifier_der(self) -> Option<&'static [u8]> {
        match self {
            Self::EcdsaSha256 => {
                Some(&[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])
            }
            Self::RsaPkcs1Sha256 => Some(&[
                0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05,
                0x00,
            ]),
            _ => None,
        }
    }

    /// Its usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaSha256 => "ecdsa-with-SHA256",
            Self::EcdsaSha384 => "ecdsa-with-SHA384",
            Self::EcdsaSha512 => "ecdsa-with-SHA512",
            Self::RsaPkcs1Sha256 => "sha256WithRSAEncryption",
            Self::RsaPkcs1Sha384 => "sha384WithRSAEncryption",
            Self::RsaPkcs1Sha512 => "sha512WithRSAEncryption",
            Self::RsaPssSha256 => "RSASSA-PSS with SHA-256",
            Self::RsaPssSha384 => "RSASSA-PSS with SHA-384",
            Self::RsaPssSha512 => "RSASSA-PSS with SHA-512",
            Self::Ed25519 => "Ed25519",
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Identifier and parameters of an AlgorithmIdentifier (RFC 5280 section 4.1.1.2).
pub(crate) fn split(identifier: &[u8]) -> Result<(Oid, Option<AnyRef<'_>>), CryptoError> {
    let parse = || {
        let mut reader = SliceReader::new(identifier)?;
        let parts = reader
            .sequence(|inner| Ok::<_, der::Error>((inner.decode()?, Option::decode(inner)?)))?;
        reader.finish()?;
        Ok::<_, der::Error>(parts)
    };
    parse().map_err(malformed)
}

/// RSASSA-PSS-params (RFC 4055 section 3.1). All defaults are SHA-1, so all have to be given.
fn pss(parameters: Option<AnyRef<'_>>) -> Result<SignatureAlgorithm, CryptoError> {
    let sha1 = || CryptoError::AlgorithmRefused { algorithm: "RSASSA-PSS with SHA-1".into() };
    let parameters = parameters.ok_or_else(sha1)?;
    let (hash, mask, salt) = parameters
        .sequence(|reader| {
            let hash = explicit(reader, 0)?;
            let mask = explicit(reader, 1)?;
            let salt = explicit::<u8>(reader, 2)?;
            let trailer = explicit::<u8>(reader, 3)?;
            // The only trailer is the default, which DER leaves out.
            match trailer {
                None => Ok((hash, mask, salt)),
                Some(_) => Err(der::Error::from(der::Tag::Integer.non_canonical_error())),
            }
        })
        .map_err(malformed)?;
    let hash = hash_of(hash.ok_or_else(sha1)?)?;
    let mask: AlgorithmParts<'_> = mask.ok_or_else(sha1)?;
    let mask_hash = match (mask.oid, mask.parameters) {
        (MGF1, Some(inner)) => hash_of(inner.decode_as().map_err(malformed)?)?,
        _ => return Err(CryptoError::AlgorithmUnknown { oid: mask.oid }),
    };
    let salt = salt.unwrap_or(20);
    let (algorithm, digest_bytes) = match hash {
        SHA256 => (SignatureAlgorithm::RsaPssSha256, 32),
        SHA384 => (SignatureAlgorithm::RsaPssSha384, 48),
        SHA512 => (SignatureAlgorithm::RsaPssSha512, 64),
        other => return Err(legacy::refusal(other)),
    };
    if mask_hash != hash || salt != digest_bytes {
        let algorithm = format!("{algorithm} with an unusual mask or a salt of {salt} octets");
        return Err(CryptoError::AlgorithmRefused { algorithm });
    }
    Ok(algorithm)
}

#[derive(Clone, Copy, der::Sequence)]
struct AlgorithmParts<'a> {
    oid: Oid,
    #[asn1(optional = "true")]
    parameters: Option<AnyRef<'a>>,
}

fn explicit<'a, T>(reader: &mut SliceReader<'a>, number: u32) -> der::Result<Option<T>>
where
    T: der::DecodeValue<'a, Error = der::Error> + der::FixedTag + 'a,
{
    reader.context_specific(der::TagNumber(number), der::TagMode::Explicit)
}

fn hash_of(parts: AlgorithmParts<'_>) -> Result<Oid, CryptoError> {
    if parts.parameters.is_some_and(|parameters| !parameters.is_null()) {
        return Err(malformed("the digest has parameters that it cannot have"));
    }
    Ok(parts.oid)
}

fn malformed(detail: impl fmt::Display) -> CryptoError {
    CryptoError::malformed("AlgorithmIdentifier", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hex_text: &str) -> Result<SignatureAlgorithm, String> {
        SignatureAlgorithm::from_der(&hex::decode(hex_text).unwrap()).map_err(|e| e.to_string())
    }

    #[test]
    fn reads_what_it_writes() {
        for algorithm in [SignatureAlgorithm::EcdsaSha256, SignatureAlgorithm::RsaPkcs1Sha256] {
            let der = algorithm.identifier_der().unwrap();
            assert_eq!(SignatureAlgorithm::from_der(der), Ok(algorithm));
        }
    }

    #[test]
    fn accepts_rsa_with_and_without_null_and_ecdsa_only_without() {
        let rsa = Ok(SignatureAlgorithm::RsaPkcs1Sha384);
        assert_eq!(read("300d06092a864886f70d01010c0500"), rsa);
        assert_eq!(read("300b06092a864886f70d01010c"), rsa);
        assert!(read("300c06082a8648ce3d0403020500").is_err());
        assert_eq!(read("300506032b6570"), Ok(SignatureAlgorithm::Ed25519));
    }

    #[test]
    fn reads_pss_with_full_parameters_only() {
        let hash = "300d06096086480165030402010500";
        let mask = "301a06092a864886f70d010108300d06096086480165030402010500";
        let pss = |salt: &str| {
            let body = format!("a00f{hash}a11c{mask}a20302{salt}");
            let length = body.len() / 2;
            format!("30{:02x}06092a864886f70d01010a30{length:02x}{body}", length + 13)
        };
        assert_eq!(read(&pss("0120")), Ok(SignatureAlgorithm::RsaPssSha256));
        let refused = read(&pss("0114")).unwrap_err();
        assert!(refused.contains("salt of 20 octets"), "{refused}");
        let sha1 = read("300d06092a864886f70d01010a3000").unwrap_err();
        assert_eq!(sha1, "RSASSA-PSS with SHA-1 is no longer accepted");
    }

    #[test]
    fn names_what_it_refuses() {
        let check = |hex_text: &str, text: &str| assert_eq!(read(hex_text).unwrap_err(), text);
        check("300d06092a864886f70d0101050500", "sha1WithRSAEncryption is no longer accepted");
        check("300d06092a864886f70d0101040500", "md5WithRSAEncryption is no longer accepted");
        check("300906072a8648ce380403", "dsa-with-SHA1 is no longer accepted");
        check("300506032b6571", "algorithm 1.3.101.113 is not supported");
    }
}
