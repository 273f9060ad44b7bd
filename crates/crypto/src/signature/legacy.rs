//! Algorithms that are recognised only to be refused by name.

use crate::error::CryptoError;
use crate::oid::Oid;

/// What SET 1.0 and its time signed, hashed and encrypted with.
const REFUSED: &[(Oid, &str)] = &[
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 2]), "md2WithRSAEncryption"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 3]), "md4WithRSAEncryption"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 4]), "md5WithRSAEncryption"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 5]), "sha1WithRSAEncryption"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 6]), "the OAEP form of SET 1.0"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 1, 1, 14]), "sha224WithRSAEncryption"),
    (Oid::from_arcs(&[1, 3, 14, 3, 2, 29]), "sha1WithRSASignature"),
    (Oid::from_arcs(&[1, 3, 14, 3, 2, 26]), "SHA-1"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 2, 5]), "MD5"),
    (Oid::from_arcs(&[1, 3, 14, 3, 2, 7]), "DES-CBC"),
    (Oid::from_arcs(&[1, 2, 840, 113549, 3, 10]), "CDMF"),
    (Oid::from_arcs(&[1, 2, 840, 10040, 4, 1]), "DSA"),
    (Oid::from_arcs(&[1, 2, 840, 10040, 4, 3]), "dsa-with-SHA1"),
    (Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 3, 1]), "dsa-with-SHA224"),
    (Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 3, 2]), "dsa-with-SHA256"),
    (Oid::from_arcs(&[1, 2, 840, 10045, 4, 1]), "ecdsa-with-SHA1"),
    (Oid::from_arcs(&[1, 2, 840, 10045, 4, 3, 1]), "ecdsa-with-SHA224"),
    (Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 4]), "SHA-224"),
];

/// The usual name of a legacy algorithm, or none when `oid` is not one.
pub(crate) fn name(oid: Oid) -> Option<&'static str> {
    REFUSED.iter().find(|(legacy, _)| *legacy == oid).map(|(_, name)| *name)
}

/// The error for an algorithm that is not accepted: refused by name, or unknown.
pub(crate) fn refusal(oid: Oid) -> CryptoError {
    match name(oid) {
        Some(name) => CryptoError::AlgorithmRefused { algorithm: name.into() },
        None => CryptoError::AlgorithmUnknown { oid },
    }
}
