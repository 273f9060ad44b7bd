//! Where the CRLs of a certificate are: cRLDistributionPoints and issuingDistributionPoint.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, BitStringRef},
};

use crate::{
    error::{FieldError, InField},
    general_name::GeneralName,
    limit::{POINT_NAMES_MAX, POLICIES_MAX},
};

/// A set of revocation reasons (ReasonFlags, RFC 5280 4.2.1.13), bit 0 `unused`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    /// Every reason from keyCompromise to aACompromise.
    pub(crate) const ALL: Self = Self(0b1_1111_1110);
    pub(crate) const NONE: Self = Self(0);

    fn from_bits(value: &[u8]) -> Result<Self, FieldError> {
        let (unused, octets) = value
            .split_first()
            .ok_or_else(|| FieldError::new("reasons", "a BIT STRING without its first octet"))?;
        let bits = BitStringRef::new(*unused, octets).field("reasons")?;
        let set = bits.bits().take(9).enumerate().filter(|(_, bit)| *bit);
        Ok(Self(set.fold(0, |sum, (index, _)| sum | 1 << index) & Self::ALL.0))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Is there a reason in this set that `other` lacks?
    pub(crate) fn exceeds(self, other: Self) -> bool {
        self.0 & !other.0 != 0
    }

    pub(crate) fn is_all(self) -> bool {
        self == Self::ALL
    }
}

/// `DistributionPointName`: whole names, or one RDN below the CRL issuer's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PointName {
    Full(Vec<GeneralName>),
    /// Content octets of the RDN's SET.
    Relative(Vec<u8>),
}

/// One entry of cRLDistributionPoints or freshestCRL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DistributionPoint {
    pub(crate) name: Option<PointName>,
    pub(crate) reasons: Option<Reasons>,
    pub(crate) crl_issuer: Vec<GeneralName>,
}

/// issuingDistributionPoint (RFC 5280 5.2.5): what a CRL covers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct IssuingPoint {
    pub(crate) name: Option<PointName>,
    pub(crate) only_user_certs: bool,
    pub(crate) only_ca_certs: bool,
    pub(crate) only_some_reasons: Option<Reasons>,
    pub(crate) indirect: bool,
    pub(crate) only_attribute_certs: bool,
}

/// Reads a `SEQUENCE OF DistributionPoint`.
pub(crate) fn read_points(der: &[u8]) -> Result<Vec<DistributionPoint>, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let mut points = Vec::new();
    reader.sequence(|list| {
        while !list.is_finished() {
            if points.len() == POLICIES_MAX {
                return Err(FieldError::new("", "too many distribution points"));
            }
            points.push(read_point(list)?);
        }
        Ok(())
    })?;
    reader.finish()?;
    if points.is_empty() {
        return Err(FieldError::new("", "no distribution point at all"));
    }
    Ok(points)
}

fn read_point(reader: &mut SliceReader<'_>) -> Result<DistributionPoint, FieldError> {
    reader.sequence(|r| {
        let mut point = DistributionPoint::default();
        tagged_fields(r, |number, value| {
            match number {
                0 => point.name = Some(read_point_name(value)?),
                1 => point.reasons = Some(Reasons::from_bits(value)?),
                2 => point.crl_issuer = read_names(value)?,
                _ => return Err(FieldError::new("distributionPoint", "unexpected field")),
            }
            Ok(())
        })?;
        if point.name.is_none() && point.crl_issuer.is_empty() {
            return Err(FieldError::new("distributionPoint", "neither name nor cRLIssuer"));
        }
        Ok(point)
    })
}

impl IssuingPoint {
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let point = reader.sequence(|r| {
            let mut point = Self::default();
            tagged_fields(r, |number, value| {
                match number {
                    0 => point.name = Some(read_point_name(value)?),
                    1 => point.only_user_certs = boolean(value)?,
                    2 => point.only_ca_certs = boolean(value)?,
                    3 => point.only_some_reasons = Some(Reasons::from_bits(value)?),
                    4 => point.indirect = boolean(value)?,
                    5 => point.only_attribute_certs = boolean(value)?,
                    _ => return Err(FieldError::new("", "unexpected field")),
                }
                Ok(())
            })?;
            Ok::<_, FieldError>(point)
        })?;
        reader.finish()?;
        if point == Self::default() {
            return Err(FieldError::new("", "nothing in it (RFC 5280 5.2.5)"));
        }
        let only = [point.only_user_certs, point.only_ca_certs, point.only_attribute_certs];
        if only.iter().filter(|only| **only).count() > 1 {
            return Err(FieldError::new("", "covers only two kinds of certificate at once"));
        }
        Ok(point)
    }
}

/// Hands every context-tagged field to `set`, in strictly rising order of tag.
fn tagged_fields(
    reader: &mut SliceReader<'_>,
    mut set: impl FnMut(u32, &[u8]) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    let mut last = None;
    while !reader.is_finished() {
        let any = AnyRef::decode(reader)?;
        let tag = any.header().tag();
        let number = tag.number().value();
        if !tag.is_context_specific() || last.is_some_and(|l| l >= number) {
            return Err(FieldError::new("", "unexpected field"));
        }
        last = Some(number);
        set(number, any.value())?;
    }
    Ok(())
}

fn read_point_name(value: &[u8]) -> Result<PointName, FieldError> {
    let any = AnyRef::try_from(value)?;
    let tag = any.header().tag();
    match (tag.is_context_specific() && tag.is_constructed(), tag.number().value()) {
        (true, 0) => Ok(PointName::Full(read_names(any.value())?)),
        (true, 1) => Ok(PointName::Relative(any.value().to_vec())),
        _ => Err(FieldError::new("distributionPointName", "unknown form")),
    }
}

fn read_names(content: &[u8]) -> Result<Vec<GeneralName>, FieldError> {
    let names = GeneralName::read_all(&mut SliceReader::new(content)?)?;
    if names.len() > POINT_NAMES_MAX {
        return Err(FieldError::new("generalNames", "too many names"));
    }
    Ok(names)
}

fn boolean(value: &[u8]) -> Result<bool, FieldError> {
    match value {
        [0] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(Tag::Boolean.value_error().to_error().into()),
    }
}
