//! What is inside of signatures and envelopes, from the notation of the operators.
//!
//! The exchanges declare each content type with a notation such as `L(AuthReqData, PI)` or
//! `TBE(CapReqTBS, PANToken)` (docs/wire-format.md, Operators). A [`Form`] is what that notation
//! means for a walk.

use counterfoil_message::codec::TypeInfo;
use counterfoil_message::container::Content;
use counterfoil_message::pdu::ContentEntry;

use super::structure::Type;
use super::{oid_name, structure, walk};

/// What octets are to be taken for.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// One value of a type.
    Value(Type),
    /// A SEQUENCE that an operator made of several values.
    Pieces(Vec<Piece>),
}

/// One of the values that an operator put together.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) name: &'static str,
    pub(super) form: Form,
}

impl Form {
    /// What a content type stands for, from the content octets of its identifier.
    pub(super) fn of_content_type(oid: &[u8]) -> Self {
        match walk::content_type_of(oid) {
            Some(number) => Self::of_content_number(number),
            None => Self::any(),
        }
    }

    /// What the content type ROOT.0.`number` stands for.
    pub(super) fn of_content_number(number: u32) -> Self {
        match oid_name::content(number) {
            Some(content)
                if number == counterfoil_message::exchange::capture::CapTokenSeq::CONTENT_TYPE =>
            {
                Self::Value(Type { list: true, ..main_type(content) })
            }
            Some(content) => Self::of_notation(content.notation, content),
            None if number == oid_name::BCI_CONTENT_TYPE => {
                Self::Value(Type::of(&structure::BRAND_CRL_IDENTIFIER))
            }
            None => Self::any(),
        }
    }

    fn any() -> Self {
        Self::Value(Type::named("ANY"))
    }

    fn of_notation(notation: &'static str, content: &'static ContentEntry) -> Self {
        if notation.starts_with("S(") {
            return Self::Value(Type::named("ContentInfo"));
        }
        if let Some(arguments) = inside(notation, "TBE(", ")") {
            let (first, _) = arguments.split_once(", ").unwrap_or((arguments, ""));
            return Self::extra(Self::companion(first, content));
        }
        if let Some(inner) = inside(notation, "{", "}") {
            let (first, _) = inner.rsplit_once(", ").unwrap_or((inner, ""));
            return Self::with_digest("content", Self::of_notation(first, content));
        }
        if notation.starts_with("L(") {
            return Self::with_digest("content", Self::Value(main_type(content)));
        }
        Self::Value(main_type(content))
    }

    /// What stands first in the envelope of EX, EncX and EncBX: a type, or what another content
    /// type covers together with the digest of the inner envelope's content.
    fn companion(name: &'static str, content: &'static ContentEntry) -> Self {
        match oid_name::content_named(name) {
            Some(covered) if covered.notation.starts_with('{') => Self::Value(main_type(content)),
            Some(covered) => Self::of_notation(covered.notation, covered),
            None => Self::Value(main_type(content)),
        }
    }

    /// L(t, b) and `{t, DD(p)}`.
    fn with_digest(name: &'static str, first: Self) -> Self {
        let digest = Self::Value(Type::named("DetachedDigest"));
        Self::Pieces(vec![Piece { name, form: first }, Piece { name: "digest", form: digest }])
    }

    /// `{t, DD(p), SO(s, {t, DD(p)}), envelope of p}`; nobody signs in EX.
    fn extra(first: Self) -> Self {
        let value = |name, of| Piece { name, form: Self::Value(Type::named(of)) };
        Self::Pieces(vec![
            Piece { name: "content", form: first },
            value("digest", "DetachedDigest"),
            value("signature", "ContentInfo"),
            value("envelope", "ContentInfo"),
        ])
    }
}

fn inside<'a>(notation: &'a str, open: &str, close: &str) -> Option<&'a str> {
    notation.strip_prefix(open)?.strip_suffix(close)
}

/// The type whose table the content type names.
fn main_type(content: &ContentEntry) -> Type {
    content.info.map_or(Type::named("ANY"), |info: &'static TypeInfo| Type::of(info))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form in one line: types, and pieces in braces.
    fn shown(form: &Form) -> String {
        match form {
            Form::Value(of) if of.list => format!("list of {}", of.name),
            Form::Value(of) => of.name.to_owned(),
            Form::Pieces(pieces) => {
                let pieces: Vec<_> = pieces
                    .iter()
                    .map(|piece| format!("{} {}", piece.name, shown(&piece.form)))
                    .collect();
                format!("{{{}}}", pieces.join(", "))
            }
        }
    }

    #[test]
    fn understands_the_notation_of_each_operator() {
        let check = |number, expect: &str| {
            assert_eq!(shown(&Form::of_content_number(number)), expect, "content type {number}");
        };
        let extra = "digest DetachedDigest, signature ContentInfo, envelope ContentInfo}";
        check(0, "PANData");
        check(11, "list of CapToken");
        check(12, "PInitResData");
        check(16, "{content AuthReqData, digest DetachedDigest}");
        check(18, "{content {content AuthResData, digest DetachedDigest}, digest DetachedDigest}");
        check(46, "{content CertReqData, digest DetachedDigest}");
        check(50, "PIDualSignedTBE");
        check(51, &format!("{{content PI-OILink, {extra}"));
        check(52, "ContentInfo");
        check(54, &format!("{{content {{content AuthResData, digest DetachedDigest}}, {extra}"));
        check(78, &format!("{{content CertReqData, {extra}"));
        check(9999, "ANY");
    }

    #[test]
    fn every_content_type_of_the_exchanges_has_a_form() {
        for exchange in counterfoil_message::exchange::EXCHANGES {
            for content in exchange.contents {
                let form = shown(&Form::of_content_number(content.number));
                assert!(!form.contains("ANY"), "{}: {form}", content.name);
            }
        }
    }
}
