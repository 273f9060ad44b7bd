//! Which kind of object some DER is, told by the tags of its first fields.

use der::{Decode, Header, Reader, SliceReader, Tag, asn1::AnyRef};

/// Kinds of object that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Certificate,
    Crl,
    Request,
    PrivateKey,
    PublicKey,
    /// RSAPublicKey of PKCS#1.
    RsaPublicKey,
    ContentInfo,
    Keystore,
    Unknown,
}

/// Tags of the fields of a SEQUENCE, and the octets of each.
struct Fields<'a>(Vec<(Tag, &'a [u8])>);

/// Fields of one object that are looked at to tell what it is.
const FIELDS_MAX: usize = 12;

impl<'a> Fields<'a> {
    /// Those of the SEQUENCE that `der` begins with, as far as they are whole.
    fn of(der: &'a [u8]) -> Self {
        let mut fields = Vec::new();
        let Ok(mut reader) = SliceReader::new(der) else { return Self(fields) };
        if Header::decode(&mut reader).is_err() {
            return Self(fields);
        }
        while !reader.is_finished() && fields.len() < FIELDS_MAX {
            let Ok(any) = AnyRef::decode(&mut reader) else { break };
            fields.push((any.header().tag(), any.value()));
        }
        Self(fields)
    }

    /// Those inside of the field at `index`.
    fn inside(&self, index: usize) -> Vec<Tag> {
        let mut tags = Vec::new();
        let content = self.0.get(index).map_or(&[][..], |(_, value)| value);
        let Ok(mut reader) = SliceReader::new(content) else { return tags };
        while !reader.is_finished() && tags.len() < FIELDS_MAX {
            let Ok(any) = AnyRef::decode(&mut reader) else { break };
            tags.push(any.header().tag());
        }
        tags
    }

    fn tags(&self) -> Vec<Tag> {
        self.0.iter().map(|(tag, _)| *tag).collect()
    }
}

/// What `der` is.
pub(super) fn of(der: &[u8]) -> Shape {
    if der.first() != Some(&0x30) {
        return Shape::Unknown;
    }
    let fields = Fields::of(der);
    match fields.tags().as_slice() {
        [Tag::Sequence, Tag::Sequence, Tag::BitString, ..] => signed(&fields.inside(0)),
        [Tag::Sequence, Tag::BitString] => Shape::PublicKey,
        [Tag::Sequence, Tag::OctetString] => Shape::PrivateKey,
        [Tag::ObjectIdentifier, ..] => Shape::ContentInfo,
        [Tag::Integer, Tag::Integer] => Shape::RsaPublicKey,
        [Tag::Integer, Tag::Integer, Tag::Integer, ..] => Shape::PrivateKey,
        [Tag::Integer, Tag::OctetString, ..] => Shape::PrivateKey,
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => Shape::PrivateKey,
        [Tag::Integer, Tag::Sequence, ..]
            if fields.inside(1).first() == Some(&Tag::ObjectIdentifier) =>
        {
            Shape::Keystore
        }
        _ => Shape::Unknown,
    }
}

/// What an object is whose end is missing: the first field of its first field tells.
pub(super) fn damaged(der: &[u8]) -> Shape {
    let peek = |octets: &[u8]| {
        let mut reader = SliceReader::new(octets).ok()?;
        Header::decode(&mut reader).ok()?;
        let at = usize::try_from(reader.position()).ok()?;
        Some(octets.get(at..)?.to_vec())
    };
    let first = peek(der).and_then(|inside| peek(&inside)).unwrap_or_default();
    if first.first() == Some(&0xa0) { Shape::Certificate } else { Shape::Unknown }
}

/// What is signed, by the tags of its fields.
fn signed(tags: &[Tag]) -> Shape {
    let rest = match tags {
        [first, ..] if first.is_context_specific() => return Shape::Certificate,
        [Tag::Integer, rest @ ..] => rest,
        all => all,
    };
    match rest {
        [Tag::Sequence, Tag::Sequence, Tag::UtcTime | Tag::GeneralizedTime, ..] => Shape::Crl,
        [Tag::Sequence, Tag::Sequence, Tag::Sequence, ..] => Shape::Certificate,
        [Tag::Sequence, Tag::Sequence, ..] => Shape::Request,
        _ => Shape::Unknown,
    }
}

/// What a PEM label says of its content; none for a label that is not known here.
pub(super) fn of_label(label: &str) -> Option<Shape> {
    Some(match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Shape::Certificate,
        "X509 CRL" | "CRL" => Shape::Crl,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Shape::Request,
        "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            Shape::PrivateKey
        }
        "PUBLIC KEY" => Shape::PublicKey,
        "RSA PUBLIC KEY" => Shape::RsaPublicKey,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Shape::ContentInfo,
        "PKCS12" => Shape::Keystore,
        _ => return None,
    })
}
