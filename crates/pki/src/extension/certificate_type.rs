//! certificateType (2.23.42.7.1, critical): which SET roles a certificate entitles to.

use std::{fmt, ops::BitOr};

use der::{
    Decode, Encode,
    asn1::{BitString, BitStringRef},
};

/// A set of SET roles (SET 1.0 Book 3, certificateType; a BIT STRING, bit 0 first).
///
/// One legal entity may hold several CA roles, so a certificate can carry several bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Roles(u16);

/// Names of the bits, in order.
const NAMES: [&str; 10] = ["card", "mer", "pgwy", "cca", "mca", "pca", "gca", "bca", "rca", "acq"];

impl Roles {
    /// No role at all.
    pub const NONE: Self = Self(0);
    /// Cardholder.
    pub const CARD: Self = Self(1);
    /// Merchant.
    pub const MER: Self = Self(1 << 1);
    /// Payment gateway.
    pub const PGWY: Self = Self(1 << 2);
    /// Cardholder CA.
    pub const CCA: Self = Self(1 << 3);
    /// Merchant CA.
    pub const MCA: Self = Self(1 << 4);
    /// Payment gateway CA.
    pub const PCA: Self = Self(1 << 5);
    /// Geo-political CA.
    pub const GCA: Self = Self(1 << 6);
    /// Brand CA.
    pub const BCA: Self = Self(1 << 7);
    /// Root CA.
    pub const RCA: Self = Self(1 << 8);
    /// Acquirer.
    pub const ACQ: Self = Self(1 << 9);

    /// Reads the extension's value; bits without a meaning are refused.
    pub(crate) fn from_der(der: &[u8]) -> der::Result<Self> {
        let bits = BitStringRef::from_der(der)?;
        let mut roles = 0u16;
        for (index, bit) in bits.bits().enumerate() {
            if bit && index >= NAMES.len() {
                return Err(der::Tag::BitString.value_error().into());
            }
            roles |= u16::from(bit) << index.min(15);
        }
        Ok(Self(roles))
    }

    pub(crate) fn to_der(self) -> der::Result<Vec<u8>> {
        encode_bits(self.0)
    }

    /// Both sets together.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Every role there is, in bit order.
    pub(crate) fn all() -> impl Iterator<Item = Self> + Clone {
        (0..NAMES.len()).map(|bit| Self(1 << bit))
    }

    /// The roles of the set, one by one.
    pub(crate) fn each(self) -> impl Iterator<Item = Self> {
        Self::all().filter(move |role| self.contains(*role))
    }

    /// Does this set hold every role of `other`?
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Have the two sets a role in common?
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Is there no role in the set?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of the roles, in bit order, as certificateType spells them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, n)| *n)
    }
}

impl BitOr for Roles {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (index, name) in self.names().enumerate() {
            write!(f, "{}{name}", if index > 0 { "+" } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roles({self})")
    }
}

/// A named-bit BIT STRING: bit 0 of `bits` first, trailing zero bits removed (X.690 11.2.2).
pub(crate) fn encode_bits(bits: u16) -> der::Result<Vec<u8>> {
    let octets = bits.reverse_bits().to_be_bytes();
    let used = 16 - bits.leading_zeros() as usize;
    let octet_count = used.div_ceil(8);
    let unused = (octet_count * 8 - used) as u8;
    BitString::new(unused, &octets[..octet_count])?.to_der()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_bits_that_the_specification_numbers() {
        assert_eq!(Roles::CARD.to_der().unwrap(), [3, 2, 7, 0x80]);
        assert_eq!((Roles::MCA | Roles::PCA).to_der().unwrap(), [3, 2, 2, 0x0c]);
        assert_eq!(Roles::ACQ.to_der().unwrap(), [3, 3, 6, 0, 0x40]);
        assert_eq!(Roles::NONE.to_der().unwrap(), [3, 1, 0]);
        assert_eq!((Roles::CCA | Roles::RCA).to_string(), "cca+rca");
    }

    #[test]
    fn reads_what_it_writes_and_refuses_unknown_bits() {
        for bits in 0..1024 {
            let roles = Roles(bits);
            assert_eq!(Roles::from_der(&roles.to_der().unwrap()).unwrap(), roles);
        }
        assert!(Roles::from_der(&[3, 3, 5, 0, 0x20]).is_err());
        assert!(Roles::from_der(&[3, 5, 0, 0x80, 0, 0, 1]).is_err());
    }
}
