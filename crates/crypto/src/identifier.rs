//! Digests that only name something: the issuer in an OCSP CertID, a key in an identifier.
//!
//! A collision gains an attacker nothing here, because what is named is verified by other means.
//! That is why SHA-1, which OCSP still uses to name things, is among them and nowhere else.

use aws_lc_rs::digest;

use crate::oid::Oid;

/// A digest that names something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdDigest {
    /// SHA-1 (FIPS 180-4), 20 octets.
    Sha1,
    /// SHA-256, 32 octets.
    Sha256,
    /// SHA-384, 48 octets.
    Sha384,
    /// SHA-512, 64 octets.
    Sha512,
}

impl IdDigest {
    const ALL: [(Self, Oid); 4] = [
        (Self::Sha1, Oid::from_arcs(&[1, 3, 14, 3, 2, 26])),
        (Self::Sha256, Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 1])),
        (Self::Sha384, Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 2])),
        (Self::Sha512, Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 2, 3])),
    ];

    /// The digest with this identifier.
    pub fn of(oid: Oid) -> Option<Self> {
        Self::ALL.iter().find(|(_, own)| *own == oid).map(|(digest, _)| *digest)
    }

    /// Its identifier.
    pub fn oid(self) -> Oid {
        let found = Self::ALL.iter().find(|(digest, _)| *digest == self);
        found.expect("invariant: every digest has its row").1
    }

    /// The digest of `octets`.
    pub fn digest(self, octets: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, octets).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_digests_of_abc() {
        let of = |digest: IdDigest| hex::encode(digest.digest(b"abc"));
        assert_eq!(of(IdDigest::Sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of(IdDigest::Sha256), sha256);
        assert_eq!(IdDigest::of(IdDigest::Sha384.oid()), Some(IdDigest::Sha384));
        assert_eq!(IdDigest::of(Oid::from_arcs(&[1, 2, 840, 113549, 2, 5])), None);
    }
}
