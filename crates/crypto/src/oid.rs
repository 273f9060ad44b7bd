//! Object identifiers, with arcs of up to 128 bits (ITU-T X.660 arcs under 2.25 are UUIDs).
//!
//! `const_oid` stops at 32 bits per arc, which SET 2's own arc exceeds; hence a type of our own.
//! The names of SET 2's arc are here as well: `ROOT.0.n` content types, `ROOT.1.n` suites,
//! `ROOT.2.n` CMS attributes, `ROOT.3.n` protocol ids, `ROOT.4.n` others.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, ValueOrd, Writer};

/// Most content octets of an object identifier that this product accepts.
pub const OID_BYTES_MAX: usize = 39;

/// SET 2's own arc: `2.25` and the UUID 331fd701-bd47-403f-8bff-408f9afc88ac.
pub const ROOT: Oid = Oid::from_arcs(&[2, 25, 67_955_949_843_517_040_791_098_581_350_314_969_260]);

/// CMS attribute `recipient`: thumb of the recipient's key-exchange certificate.
pub const ATTRIBUTE_RECIPIENT: Oid = ROOT.child(2).child(1);

/// Protocol id in the context of SET 2's dual signature.
pub const PROTOCOL_DUAL_SIGNATURE: Oid = ROOT.child(3).child(1);

const CONTENT_TYPES: Oid = ROOT.child(0);
const SUITES: Oid = ROOT.child(1);

/// Content type number `n` of SET 2; numbers below 100 mean what they mean under SET 1.0's
/// 2.23.42.0 (SET 1.0 Book 3, object identifiers).
pub const fn content_type(n: u32) -> Oid {
    CONTENT_TYPES.child(n as u128)
}

/// Suite number `n` of SET 2.
pub const fn suite(n: u32) -> Oid {
    SUITES.child(n as u128)
}

/// An object identifier, kept as the content octets of its DER encoding. Cheap to copy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid {
    octets: [u8; OID_BYTES_MAX],
    length: u8,
}

/// Why octets or a text are not an object identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OidError {
    /// No arc at all, or fewer than two.
    #[error("an object identifier has at least two arcs")]
    TooShort,
    /// More than [`OID_BYTES_MAX`] content octets.
    #[error("an object identifier has at most {OID_BYTES_MAX} content octets")]
    TooLong,
    /// An arc that is not minimally encoded, not finished, or wider than 128 bits.
    #[error("an arc of the object identifier is not well encoded")]
    Arc,
    /// The first arc is not 0 to 2, or the second not below 40 where it has to be.
    #[error("the first two arcs of the object identifier are out of range")]
    FirstArcs,
    /// The text is not a row of decimal numbers with full stops between them.
    #[error("an object identifier is written as decimal numbers with full stops between them")]
    Text,
}

impl Oid {
    /// Builds a constant from its arcs.
    ///
    /// # Panics
    /// When the arcs are not a valid object identifier; in a constant that is a compile error. For
    /// arcs that are not known beforehand there is [`Oid::from_str`].
    pub const fn from_arcs(arcs: &[u128]) -> Self {
        assert!(arcs.len() >= 2, "an object identifier has at least two arcs");
        assert!(arcs[0] <= 2 && (arcs[0] == 2 || arcs[1] < 40), "first two arcs out of range");
        assert!(arcs[1] <= u128::MAX - 80, "second arc too wide");
        let empty = Self { octets: [0; OID_BYTES_MAX], length: 0 };
        let mut oid = empty.child(arcs[0] * 40 + arcs[1]);
        let mut place = 2;
        while place < arcs.len() {
            oid = oid.child(arcs[place]);
            place += 1;
        }
        oid
    }

    /// This identifier with one more arc.
    ///
    /// # Panics
    /// When the result has more than [`OID_BYTES_MAX`] content octets.
    pub const fn child(self, arc: u128) -> Self {
        let mut oid = self;
        let groups = groups_of(arc);
        assert!(oid.length as usize + groups <= OID_BYTES_MAX, "object identifier too long");
        let mut group = groups;
        while group > 0 {
            group -= 1;
            let bits = ((arc >> (7 * group)) & 0x7f) as u8;
            oid.octets[oid.length as usize] = if group > 0 { bits | 0x80 } else { bits };
            oid.length += 1;
        }
        oid
    }

    /// Takes an identifier over from `const_oid`.
    pub const fn from_const(oid: const_oid::ObjectIdentifier) -> Self {
        let bytes = oid.as_bytes();
        let mut octets = [0; OID_BYTES_MAX];
        let mut place = 0;
        while place < bytes.len() {
            octets[place] = bytes[place];
            place += 1;
        }
        Self { octets, length: bytes.len() as u8 }
    }

    /// Reads the content octets of a DER encoding (without tag and length).
    ///
    /// # Errors
    /// [`OidError`] when they are not a valid, minimal encoding.
    pub fn from_octets(octets: &[u8]) -> Result<Self, OidError> {
        if octets.len() > OID_BYTES_MAX {
            return Err(OidError::TooLong);
        }
        check_octets(octets)?;
        let mut oid = Self { octets: [0; OID_BYTES_MAX], length: octets.len() as u8 };
        oid.octets[..octets.len()].copy_from_slice(octets);
        Ok(oid)
    }

    /// The content octets of the DER encoding (without tag and length).
    pub fn as_octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }

    /// The whole DER encoding, tag and length included.
    pub fn to_der_bytes(&self) -> Vec<u8> {
        let mut der = Vec::with_capacity(2 + usize::from(self.length));
        der.extend([0x06, self.length]);
        der.extend_from_slice(self.as_octets());
        der
    }

    /// The arc that follows `parent`, when this identifier is its direct child.
    pub fn last_arc_under(&self, parent: &Self) -> Option<u128> {
        let rest = self.as_octets().strip_prefix(parent.as_octets())?;
        let end = rest.iter().position(|octet| octet & 0x80 == 0)?;
        if end + 1 != rest.len() {
            return None;
        }
        Some(arc_of(rest))
    }

    /// The number `n` of SET 2's content type `ROOT.0.n`, when this is one.
    pub fn content_type_number(&self) -> Option<u32> {
        self.last_arc_under(&CONTENT_TYPES).and_then(|arc| u32::try_from(arc).ok())
    }
}

const fn groups_of(arc: u128) -> usize {
    let bits = 128 - arc.leading_zeros() as usize;
    if bits == 0 { 1 } else { bits.div_ceil(7) }
}

fn arc_of(octets: &[u8]) -> u128 {
    octets.iter().fold(0, |arc, octet| arc << 7 | u128::from(octet & 0x7f))
}

fn check_octets(octets: &[u8]) -> Result<(), OidError> {
    if octets.is_empty() {
        return Err(OidError::TooShort);
    }
    for arc in octets.split_inclusive(|octet| octet & 0x80 == 0) {
        let finished = arc.last().is_some_and(|octet| octet & 0x80 == 0);
        let fits = arc.len() < 19 || (arc.len() == 19 && arc[0] <= 0x83);
        if !finished || arc[0] == 0x80 || !fits {
            return Err(OidError::Arc);
        }
    }
    Ok(())
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arcs = self.as_octets().split_inclusive(|octet| octet & 0x80 == 0).map(arc_of);
        let joint = arcs.next().unwrap_or(0);
        let first = (joint / 40).min(2);
        write!(f, "{first}.{}", joint - first * 40)?;
        arcs.try_for_each(|arc| write!(f, ".{arc}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        let mut arcs = Vec::new();
        for part in text.split('.').take(OID_BYTES_MAX + 2) {
            let plain = part.bytes().all(|b| b.is_ascii_digit());
            if !plain || (part.len() > 1 && part.starts_with('0')) {
                return Err(OidError::Text);
            }
            arcs.push(part.parse::<u128>().map_err(|_| OidError::Text)?);
        }
        let &[first, second, ref rest @ ..] = arcs.as_slice() else {
            return Err(OidError::TooShort);
        };
        if first > 2 || (first < 2 && second >= 40) {
            return Err(OidError::FirstArcs);
        }
        let joint = (first * 40).checked_add(second).ok_or(OidError::Arc)?;
        let octets = groups_of(joint) + rest.iter().map(|arc| groups_of(*arc)).sum::<usize>();
        if octets > OID_BYTES_MAX {
            return Err(OidError::TooLong);
        }
        Ok(Self::from_arcs(&arcs))
    }
}

impl PartialOrd for Oid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Oid {
    /// Order of the content octets, which is the order that DER sorts by.
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_octets().cmp(other.as_octets())
    }
}

impl From<const_oid::ObjectIdentifier> for Oid {
    fn from(oid: const_oid::ObjectIdentifier) -> Self {
        Self::from_const(oid)
    }
}

impl FixedTag for Oid {
    const TAG: Tag = Tag::ObjectIdentifier;
}

impl<'a> DecodeValue<'a> for Oid {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let mut octets = [0; OID_BYTES_MAX];
        let length = usize::try_from(header.length())?;
        let Some(octets) = octets.get_mut(..length) else {
            return Err(reader.error(Self::TAG.length_error()));
        };
        reader.read_into(octets)?;
        Self::from_octets(octets).map_err(|_| reader.error(Self::TAG.value_error()))
    }
}

impl EncodeValue for Oid {
    fn value_len(&self) -> der::Result<Length> {
        Ok(Length::new(self.length.into()))
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.as_octets())
    }
}

impl ValueOrd for Oid {
    fn value_cmp(&self, other: &Self) -> der::Result<Ordering> {
        Ok(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use der::{Decode, Encode};

    use super::*;

    #[test]
    fn writes_the_arcs_of_set_2_in_full() {
        assert_eq!(ROOT.to_string(), "2.25.67955949843517040791098581350314969260");
        assert_eq!(content_type(101).to_string(), format!("{ROOT}.0.101"));
        assert_eq!(content_type(101).content_type_number(), Some(101));
        assert_eq!(suite(1).content_type_number(), None);
        assert_eq!(ROOT.child(0).child(5).child(1).content_type_number(), None);
    }

    #[test]
    fn goes_through_text_and_der_and_back() {
        for text in ["0.0", "1.39", "2.40", "2.999.1", "1.2.840.113549.1.7.2", "2.25.0.128"] {
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.to_string(), text);
            let der = oid.to_der().unwrap();
            assert_eq!(der, oid.to_der_bytes());
            assert_eq!(Oid::from_der(&der).unwrap(), oid);
        }
        let widest = format!("2.25.{}", u128::MAX);
        assert_eq!(widest.parse::<Oid>().unwrap().to_string(), widest);
    }

    #[test]
    fn agrees_with_const_oid() {
        let id = const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.23");
        assert_eq!(Oid::from_const(id), "1.2.840.113549.1.9.16.1.23".parse().unwrap());
    }

    #[test]
    fn refuses_texts_that_are_no_identifier() {
        let check = |text: &str, error| assert_eq!(text.parse::<Oid>(), Err(error), "{text}");
        check("", OidError::Text);
        check("1", OidError::TooShort);
        check("1.2.", OidError::Text);
        check("1.02", OidError::Text);
        check("+1.2", OidError::Text);
        check("3.1", OidError::FirstArcs);
        check("1.40", OidError::FirstArcs);
        check(&format!("2.{}", u128::MAX), OidError::Arc);
        check(&format!("1.2{}", ".300".repeat(40)), OidError::TooLong);
    }

    #[test]
    fn refuses_octets_that_are_not_minimal_or_not_finished() {
        let check = |octets: &[u8], error| assert_eq!(Oid::from_octets(octets), Err(error));
        check(&[], OidError::TooShort);
        check(&[0x2a, 0x80, 0x01], OidError::Arc);
        check(&[0x2a, 0x86], OidError::Arc);
        check(&[[0x84].as_slice(), &[0x80; 17], &[0]].concat(), OidError::Arc);
        check(&[1; OID_BYTES_MAX + 1], OidError::TooLong);
        assert!(Oid::from_der(&[6, 0]).is_err());
        assert!(Oid::from_der(&[6, 2, 0x2a, 0x80]).is_err());
    }
}
