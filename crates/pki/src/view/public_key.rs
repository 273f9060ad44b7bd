//! Public keys as they stand: any algorithm, any size.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, BitStringRef},
};

use super::AlgorithmView;
use crate::{
    error::FieldError,
    oid::{Oid, Oid as O},
    thumb::Thumb,
};

/// A SubjectPublicKeyInfo as it stands.
#[derive(Debug, Clone, Default)]
pub struct PublicKeyView {
    /// DER as received.
    pub der: Vec<u8>,
    /// Its algorithm.
    pub algorithm: AlgorithmView,
    /// The octets of the key.
    pub octets: Vec<u8>,
    /// What they are.
    pub shape: KeyShape,
}

/// What the octets of a public key are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum KeyShape {
    /// Not known here, or not readable as what the algorithm says.
    #[default]
    Unknown,
    /// An RSA key.
    Rsa {
        /// Big endian, without leading zeros.
        modulus: Vec<u8>,
        /// Big endian, without leading zeros.
        exponent: Vec<u8>,
        /// Is one of the two negative as it is written?
        negative: bool,
    },
    /// A point of an elliptic curve.
    Ec {
        /// The curve, when it is a named one.
        curve: Option<Oid>,
    },
    /// The octets as they are: Edwards and Montgomery curves, lattices.
    Raw,
}

struct Curve(Oid, &'static str, u32);

const CURVES: [Curve; 9] = [
    Curve(O::from_arcs(&[1, 2, 840, 10045, 3, 1, 1]), "P-192", 192),
    Curve(O::from_arcs(&[1, 2, 840, 10045, 3, 1, 7]), "P-256", 256),
    Curve(O::from_arcs(&[1, 3, 132, 0, 33]), "P-224", 224),
    Curve(O::from_arcs(&[1, 3, 132, 0, 34]), "P-384", 384),
    Curve(O::from_arcs(&[1, 3, 132, 0, 35]), "P-521", 521),
    Curve(O::from_arcs(&[1, 3, 132, 0, 10]), "secp256k1", 256),
    Curve(O::from_arcs(&[1, 3, 36, 3, 3, 2, 8, 1, 1, 7]), "brainpoolP256r1", 256),
    Curve(O::from_arcs(&[1, 3, 36, 3, 3, 2, 8, 1, 1, 11]), "brainpoolP384r1", 384),
    Curve(O::from_arcs(&[1, 3, 36, 3, 3, 2, 8, 1, 1, 13]), "brainpoolP512r1", 512),
];

/// Octets of keys whose length is fixed, by the algorithm's name.
const RAW: [(&str, usize); 10] = [
    ("X25519", 32),
    ("X448", 56),
    ("Ed25519", 32),
    ("Ed448", 57),
    ("ML-DSA-44", 1312),
    ("ML-DSA-65", 1952),
    ("ML-DSA-87", 2592),
    ("ML-KEM-512", 800),
    ("ML-KEM-768", 1184),
    ("ML-KEM-1024", 1568),
];

impl PublicKeyView {
    /// Reads a SubjectPublicKeyInfo.
    pub(crate) fn read(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let mut view = Self { der: der.to_vec(), ..Self::default() };
        reader.sequence(|r| {
            view.algorithm = AlgorithmView::read(r.tlv_bytes()?)?;
            view.octets = BitStringRef::decode(r)?.raw_bytes().to_vec();
            Ok::<_, FieldError>(())
        })?;
        reader.finish()?;
        view.shape = view.shape_of();
        Ok(view)
    }

    fn shape_of(&self) -> KeyShape {
        let name = self.algorithm.name();
        match name.as_str() {
            "rsaEncryption" | "rsassaPss" | "rsaesOaep" => {
                read_rsa(&self.octets).unwrap_or_default()
            }
            "ecPublicKey" => {
                let parameters = self.algorithm.parameters.as_deref().unwrap_or_default();
                KeyShape::Ec { curve: Oid::from_der(parameters).ok() }
            }
            other if RAW.iter().any(|(raw, _)| *raw == other) => KeyShape::Raw,
            _ => KeyShape::Unknown,
        }
    }

    /// Bits of the modulus or of the curve's field; none for what is not known here.
    pub fn bits(&self) -> Option<u32> {
        match &self.shape {
            KeyShape::Rsa { modulus, .. } => {
                let first = modulus.first()?;
                Some(modulus.len() as u32 * 8 - first.leading_zeros())
            }
            KeyShape::Ec { curve } => self.curve(*curve).map(|curve| curve.2),
            KeyShape::Raw | KeyShape::Unknown => None,
        }
    }

    fn curve(&self, oid: Option<Oid>) -> Option<&'static Curve> {
        CURVES.iter().find(|curve| Some(curve.0) == oid)
    }

    /// The curve's usual name.
    pub fn curve_name(&self) -> Option<&'static str> {
        let KeyShape::Ec { curve } = &self.shape else { return None };
        self.curve(*curve).map(|curve| curve.1)
    }

    /// Octets that a key of fixed length has to have.
    pub fn raw_length(&self) -> Option<usize> {
        let name = self.algorithm.name();
        RAW.iter().find(|(raw, _)| *raw == name).map(|(_, octets)| *octets)
    }

    /// Kind and size for people: `RSA 2048 bits, exponent 65537`, `EC P-256`.
    pub fn describe(&self) -> String {
        match &self.shape {
            KeyShape::Rsa { exponent, .. } => {
                let bits = self.bits().unwrap_or(0);
                let pss = if self.algorithm.name() == "rsassaPss" { " (PSS only)" } else { "" };
                format!("RSA {bits} bits{pss}, exponent {}", decimal(exponent))
            }
            KeyShape::Ec { curve: Some(oid) } => match self.curve_name() {
                Some(name) => format!("EC {name}"),
                None => format!("EC, curve {oid}"),
            },
            KeyShape::Ec { curve: None } => "EC, with parameters instead of a named curve".into(),
            KeyShape::Raw | KeyShape::Unknown => self.algorithm.name(),
        }
    }

    /// SHA-256 over the SubjectPublicKeyInfo, by which keys and certificates are matched.
    pub fn thumb(&self) -> Thumb {
        Thumb::of(&self.der)
    }
}

fn read_rsa(octets: &[u8]) -> Result<KeyShape, FieldError> {
    let mut reader = SliceReader::new(octets)?;
    let (modulus, exponent) =
        reader.sequence(|r| Ok::<_, FieldError>((integer(r)?, integer(r)?)))?;
    reader.finish()?;
    let negative = [modulus, exponent].iter().any(|n| n.first().is_some_and(|o| o & 0x80 != 0));
    let strip = |n: &[u8]| n.iter().copied().skip_while(|octet| *octet == 0).collect();
    Ok(KeyShape::Rsa { modulus: strip(modulus), exponent: strip(exponent), negative })
}

/// Content octets of an INTEGER as they stand.
fn integer<'a>(reader: &mut SliceReader<'a>) -> Result<&'a [u8], FieldError> {
    let any = AnyRef::decode(reader)?;
    if any.header().tag() != Tag::Integer || any.value().is_empty() {
        return Err(FieldError::new("", "INTEGER expected"));
    }
    Ok(any.value())
}

fn decimal(number: &[u8]) -> String {
    if number.len() <= 8 {
        let value = number.iter().fold(0u64, |sum, octet| sum << 8 | u64::from(*octet));
        return value.to_string();
    }
    format!("of {} octets", number.len())
}
