//! Values of extensions that nothing is decided by, for showing them and for rules about them.

use der::{Decode, Reader, SliceReader, Tag, asn1::AnyRef};

use super::printable;
use crate::{
    error::{FieldError, InField},
    general_name::GeneralName,
    limit::{GENERAL_NAMES_MAX, POLICIES_MAX},
    oid::Oid,
};

/// `AccessDescription`s of authorityInfoAccess and subjectInfoAccess (RFC 5280 4.2.2).
pub(crate) fn read_access(der: &[u8]) -> Result<Vec<(Oid, GeneralName)>, FieldError> {
    let mut list = Vec::new();
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|r| {
        while !r.is_finished() && list.len() < GENERAL_NAMES_MAX {
            list.push(r.sequence(|a| {
                let method = Oid::decode(a).field("accessMethod")?;
                Ok::<_, FieldError>((method, GeneralName::read(a).field("accessLocation")?))
            })?);
        }
        Ok::<_, FieldError>(())
    })?;
    reader.finish()?;
    Ok(list)
}

/// A policy with its qualifiers.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) oid: Oid,
    pub(crate) qualifiers: Vec<Qualifier>,
}

/// One qualifier (RFC 5280 4.2.1.4).
#[derive(Debug, Clone)]
pub(crate) struct Qualifier {
    pub(crate) oid: Oid,
    /// Type and text of the CPS URI or of the notice's explicit text.
    pub(crate) text: Option<(Tag, String)>,
    /// Has it a noticeRef?
    pub(crate) has_reference: bool,
}

pub(crate) const CPS: Oid = Oid::from_arcs(&[1, 3, 6, 1, 5, 5, 7, 2, 1]);
pub(crate) const USER_NOTICE: Oid = Oid::from_arcs(&[1, 3, 6, 1, 5, 5, 7, 2, 2]);

/// `CertificatePolicies`; the same policy twice is kept twice.
pub(crate) fn read_policies(der: &[u8]) -> Result<Vec<Policy>, FieldError> {
    let mut list = Vec::new();
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|r| {
        while !r.is_finished() && list.len() < POLICIES_MAX {
            list.push(r.sequence(|p| {
                let oid = Oid::decode(p).field("policyIdentifier")?;
                let mut qualifiers = Vec::new();
                if !p.is_finished() {
                    p.sequence(|q| {
                        while !q.is_finished() && qualifiers.len() < POLICIES_MAX {
                            qualifiers.push(q.sequence(read_qualifier)?);
                        }
                        Ok::<_, FieldError>(())
                    })
                    .field("policyQualifiers")?;
                }
                Ok::<_, FieldError>(Policy { oid, qualifiers })
            })?);
        }
        Ok::<_, FieldError>(())
    })?;
    reader.finish()?;
    Ok(list)
}

fn read_qualifier(reader: &mut SliceReader<'_>) -> Result<Qualifier, FieldError> {
    let oid = Oid::decode(reader)?;
    let value = AnyRef::decode(reader)?;
    let (tag, octets) = (value.header().tag(), value.value());
    if tag != Tag::Sequence {
        return Ok(Qualifier { oid, text: Some((tag, text(octets))), has_reference: false });
    }
    let mut notice = Qualifier { oid, text: None, has_reference: false };
    let mut inner = SliceReader::new(octets)?;
    while !inner.is_finished() {
        let any = AnyRef::decode(&mut inner)?;
        match any.header().tag() {
            Tag::Sequence => notice.has_reference = true,
            tag => notice.text = Some((tag, string(tag, any.value()))),
        }
    }
    Ok(notice)
}

/// The text of a string value for people.
pub(crate) fn string(tag: Tag, octets: &[u8]) -> String {
    let attribute =
        super::AttributeView { oid: crate::oid::AT_COMMON_NAME, tag, octets: octets.to_vec() };
    printable(&attribute.text())
}

fn text(octets: &[u8]) -> String {
    printable(&String::from_utf8_lossy(octets))
}

/// Small INTEGERs of a SEQUENCE, as TLSFeature has them (RFC 7633).
pub(crate) fn read_numbers(der: &[u8]) -> Result<Vec<u32>, FieldError> {
    let numbers = Vec::<u32>::from_der(der)?;
    Ok(numbers)
}
