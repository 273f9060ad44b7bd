//! PKCS#7 and CMS objects (RFC 2315, RFC 5652): what they are and what they carry.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, OctetStringRef},
};

use crate::{
    error::{FieldError, InField},
    oid::Oid,
};

/// Most certificates and CRLs that are taken out of one bag.
const MEMBERS_MAX: usize = 4096;

/// A PKCS#7 or CMS object.
#[derive(Debug, Default)]
pub struct Bag {
    /// Its content type.
    pub content_type: Option<Oid>,
    /// The type of what a SignedData carries.
    pub holds: Option<Oid>,
    /// Octets of what a SignedData carries; none when it is detached or there is nothing.
    pub content_bytes: Option<usize>,
    /// How many signatures a SignedData has.
    pub signers: usize,
    /// How many certificates it carries.
    pub certificates: usize,
    /// How many CRLs it carries.
    pub crls: usize,
    members: Vec<Vec<u8>>,
}

const PKCS7: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 7]);
const NAMES: [&str; 6] = [
    "data",
    "signedData",
    "envelopedData",
    "signedAndEnvelopedData",
    "digestedData",
    "encryptedData",
];

/// The name of a content type of CMS, or its identifier.
pub(crate) fn content_type_name(oid: Oid) -> String {
    match oid.last_arc_under(&PKCS7) {
        Some(number @ 1..=6) => NAMES[number as usize - 1].into(),
        _ => oid.to_string(),
    }
}

/// Is it SignedData?
fn is_signed_data(oid: Oid) -> bool {
    oid.last_arc_under(&PKCS7) == Some(2)
}

impl Bag {
    /// The usual name of its content type.
    pub fn kind(&self) -> String {
        self.content_type.map_or_else(|| "unknown".into(), content_type_name)
    }

    pub(super) fn read(der: &[u8]) -> Result<Self, FieldError> {
        let mut bag = Self::default();
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|r| {
            let oid = Oid::decode(r).field("contentType")?;
            bag.content_type = Some(oid);
            if r.is_finished() {
                return Ok(());
            }
            let content = AnyRef::decode(r).field("content")?;
            if is_signed_data(oid) {
                bag.read_signed_data(content.value()).field("signedData")?;
            }
            Ok::<_, FieldError>(())
        })?;
        Ok(bag)
    }

    fn read_signed_data(&mut self, der: &[u8]) -> Result<(), FieldError> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|r| {
            u8::decode(r).field("version")?;
            r.tlv_bytes().field("digestAlgorithms")?;
            r.sequence(|c| {
                self.holds = Some(Oid::decode(c)?);
                if !c.is_finished() {
                    let any = AnyRef::decode(c)?;
                    let octets = <&OctetStringRef>::from_der(any.value());
                    let bytes = octets.map_or(any.value().len(), |octets| octets.as_bytes().len());
                    self.content_bytes = Some(bytes);
                }
                Ok::<_, FieldError>(())
            })
            .field("encapContentInfo")?;
            while !r.is_finished() {
                let any = AnyRef::decode(r)?;
                let tag = any.header().tag();
                match (tag.is_context_specific(), tag.number().value()) {
                    (true, 0) => self.certificates = self.take(any.value())?,
                    (true, 1) => self.crls = self.take(any.value())?,
                    _ => self.signers = count(any.value()),
                }
            }
            Ok::<_, FieldError>(())
        })
    }

    fn take(&mut self, content: &[u8]) -> Result<usize, FieldError> {
        let mut reader = SliceReader::new(content)?;
        let mut count = 0;
        while !reader.is_finished() && self.members.len() < MEMBERS_MAX {
            let member = reader.tlv_bytes()?;
            // Other tags are attribute certificates and other forms.
            if Tag::from_der(member).is_ok_and(|tag| tag == Tag::Sequence)
                || member.first() == Some(&0x30)
            {
                self.members.push(member.to_vec());
                count += 1;
            }
        }
        Ok(count)
    }
}

/// The certificates and CRLs of a bag, each with a name inside of it.
pub(super) fn members(bag: &Bag) -> Vec<(String, Vec<u8>)> {
    let named = |(index, der): (usize, &Vec<u8>)| {
        let name = match index.checked_sub(bag.certificates) {
            None => format!("certificate {}", index + 1),
            Some(index) => format!("CRL {}", index + 1),
        };
        (name, der.clone())
    };
    bag.members.iter().enumerate().map(named).collect()
}

fn count(content: &[u8]) -> usize {
    let Ok(mut reader) = SliceReader::new(content) else { return 0 };
    let mut count = 0;
    while !reader.is_finished() && reader.tlv_bytes().is_ok() {
        count += 1;
    }
    count
}
