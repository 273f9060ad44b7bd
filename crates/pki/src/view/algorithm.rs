//! Algorithm identifiers as they stand, and the names of those that are met in certificates.

use der::{Decode, Reader, SliceReader};

use crate::{error::FieldError, oid::Oid};

/// An AlgorithmIdentifier as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlgorithmView {
    /// DER as received.
    pub der: Vec<u8>,
    /// Which algorithm; none when it cannot be read.
    pub oid: Option<Oid>,
    /// Its parameters with tag and length.
    pub parameters: Option<Vec<u8>>,
}

/// What parameters an algorithm has to have (RFC 4055, RFC 5758, RFC 8410, RFC 9881).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameters {
    /// None at all.
    Absent,
    /// NULL.
    Null,
    /// A value of its own kind.
    Own,
}

/// How much a signature by an algorithm is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Nobody is known to forge it.
    Sound,
    /// Collisions of its hash can be computed.
    Broken,
    /// It signs nothing: a key or key agreement algorithm.
    NoSignature,
}

struct Known(Oid, &'static str, Parameters, Strength);

const RSA: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 1]);
const ECDSA: Oid = Oid::from_arcs(&[1, 2, 840, 10045, 4]);
const EDWARDS: Oid = Oid::from_arcs(&[1, 3, 101]);
const NIST_SIGNATURES: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 3]);
const NIST_KEMS: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 4]);

const KNOWN: [Known; 33] = {
    use Parameters::{Absent, Null, Own};
    use Strength::{Broken, NoSignature, Sound};
    [
        Known(RSA.child(1), "rsaEncryption", Null, NoSignature),
        Known(RSA.child(2), "md2WithRSAEncryption", Null, Broken),
        Known(RSA.child(3), "md4WithRSAEncryption", Null, Broken),
        Known(RSA.child(4), "md5WithRSAEncryption", Null, Broken),
        Known(RSA.child(5), "sha1WithRSAEncryption", Null, Broken),
        Known(RSA.child(7), "rsaesOaep", Own, NoSignature),
        Known(RSA.child(10), "rsassaPss", Own, Sound),
        Known(RSA.child(11), "sha256WithRSAEncryption", Null, Sound),
        Known(RSA.child(12), "sha384WithRSAEncryption", Null, Sound),
        Known(RSA.child(13), "sha512WithRSAEncryption", Null, Sound),
        Known(RSA.child(14), "sha224WithRSAEncryption", Null, Sound),
        Known(Oid::from_arcs(&[1, 3, 14, 3, 2, 29]), "sha1WithRSASignature", Null, Broken),
        Known(ECDSA.child(1), "ecdsa-with-SHA1", Absent, Broken),
        Known(ECDSA.child(3).child(1), "ecdsa-with-SHA224", Absent, Sound),
        Known(ECDSA.child(3).child(2), "ecdsa-with-SHA256", Absent, Sound),
        Known(ECDSA.child(3).child(3), "ecdsa-with-SHA384", Absent, Sound),
        Known(ECDSA.child(3).child(4), "ecdsa-with-SHA512", Absent, Sound),
        Known(Oid::from_arcs(&[1, 2, 840, 10045, 2, 1]), "ecPublicKey", Own, NoSignature),
        Known(Oid::from_arcs(&[1, 2, 840, 10040, 4, 1]), "dsa", Own, NoSignature),
        Known(Oid::from_arcs(&[1, 2, 840, 10040, 4, 3]), "dsa-with-SHA1", Absent, Broken),
        Known(NIST_SIGNATURES.child(1), "dsa-with-SHA224", Absent, Sound),
        Known(NIST_SIGNATURES.child(2), "dsa-with-SHA256", Absent, Sound),
        Known(EDWARDS.child(110), "X25519", Absent, NoSignature),
        Known(EDWARDS.child(111), "X448", Absent, NoSignature),
        Known(EDWARDS.child(112), "Ed25519", Absent, Sound),
        Known(EDWARDS.child(113), "Ed448", Absent, Sound),
        Known(NIST_SIGNATURES.child(17), "ML-DSA-44", Absent, Sound),
        Known(NIST_SIGNATURES.child(18), "ML-DSA-65", Absent, Sound),
        Known(NIST_SIGNATURES.child(19), "ML-DSA-87", Absent, Sound),
        Known(NIST_KEMS.child(1), "ML-KEM-512", Absent, NoSignature),
        Known(NIST_KEMS.child(2), "ML-KEM-768", Absent, NoSignature),
        Known(NIST_KEMS.child(3), "ML-KEM-1024", Absent, NoSignature),
        Known(Oid::from_arcs(&[1, 2, 840, 10046, 2, 1]), "dhPublicNumber", Own, NoSignature),
    ]
};

impl AlgorithmView {
    pub(crate) fn read(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let mut view = Self { der: der.to_vec(), ..Self::default() };
        reader.sequence(|r| {
            view.oid = Some(Oid::decode(r)?);
            if !r.is_finished() {
                view.parameters = Some(r.tlv_bytes()?.to_vec());
            }
            Ok::<_, FieldError>(())
        })?;
        Ok(view)
    }

    fn known(&self) -> Option<&'static Known> {
        let oid = self.oid?;
        KNOWN.iter().find(|known| known.0 == oid)
    }

    /// The usual name, or the identifier.
    pub fn name(&self) -> String {
        match (self.known(), self.oid) {
            (Some(known), _) => known.1.to_owned(),
            (None, Some(oid)) => oid.to_string(),
            (None, None) => "(unreadable)".into(),
        }
    }

    /// Which parameters it has to have; none for an algorithm that is not known here.
    pub fn expected_parameters(&self) -> Option<Parameters> {
        self.known().map(|known| known.2)
    }

    /// What a signature by it is worth; none for an algorithm that is not known here.
    pub fn strength(&self) -> Option<Strength> {
        self.known().map(|known| known.3)
    }
}
