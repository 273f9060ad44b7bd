//! Walks octets along the tables of a type and makes parts of them, whatever the octets are.
//!
//! The walk needs no key and trusts nothing. What does not fit its table is shown by its tags and
//! remarked on; what is cut off is shown as far as it goes.

use std::ops::Range;
use std::sync::Arc;

use counterfoil_message::codec::{Field, Presence, Shape, TagMode, TypeInfo};
use counterfoil_remark::{Kind, Severity};
use der::Tag;

use super::form::Form;
use super::part::{Element, Part, Source, element_at, elements};
use super::structure::{self, Type};
use super::{Findings, oid_name, value};

/// Most parts of one message; of what is beyond only the size is shown.
const PARTS_MAX: usize = 20_000;
/// Structures inside each other that are taken apart.
const DEPTH_MAX: usize = 48;

pub(super) static FIELD_TRUNCATED: Kind = Kind {
    id: "set-field-truncated",
    group: "set",
    severity: Severity::Error,
    title: "A field promises more octets than there are.",
    page: "The length in front of the field goes beyond the end of what surrounds it. Either the \
           message was cut off on its way (a proxy with a limit on bodies, a connection that \
           closed early, octets missing from the capture), or its length was written wrongly.\n\n\
           Compare the number of octets with Content-Length, and look for a reset or a gap on the \
           connection. The receiver answers such a message with Error `decodingFailure`.",
    reference: "X.690 section 8.1.3",
};

pub(super) static FIELD_MISSING: Kind = Kind {
    id: "set-field-missing",
    group: "set",
    severity: Severity::Error,
    title: "A field that the message must have is not there.",
    page: "SET gives every field a place and says which may be absent; this one may not. The \
           sender runs another version of the software, or something between the parties rewrote \
           the message.\n\nThe receiver answers with Error `decodingFailure` and names the field \
           in its own log.",
    reference: "docs/wire-format.md; SET 1.0 Book 3",
};

pub(super) static FIELD_UNEXPECTED: Kind = Kind {
    id: "set-field-unexpected",
    group: "set",
    severity: Severity::Error,
    title: "A structure holds a field that it does not have.",
    page: "After the fields that the table names stands something else, or a field stands out of \
           its order. It is shown by its tags alone.\n\nNew fields belong into extensions, which \
           receivers pass over unless they are critical; anything else is refused.",
    reference: "docs/wire-format.md; SET 1.0 Book 3",
};

pub(super) static VALUE_OUT_OF_BOUNDS: Kind = Kind {
    id: "set-value-out-of-bounds",
    group: "set",
    severity: Severity::Error,
    title: "A value is too long, too short, too large, or none that its type has.",
    page: "The field is of the right type, and its value is not allowed: an id of the wrong \
           length, an enumerated number without a meaning, an amount beyond twelve digits.\n\n\
           The receiver answers with Error `decodingFailure`.",
    reference: "docs/wire-format.md",
};

pub(super) static NOT_DER: Kind = Kind {
    id: "set-not-der",
    group: "set",
    severity: Severity::Error,
    title: "Octets stand where an element of DER should, and are none.",
    page: "No tag and length can be read there. Lengths of the indefinite form are refused as \
           well, because DER has one encoding for each value.\n\nIf the message was altered on \
           its way (an inspecting proxy, a wrong character set), everything after the first such \
           octet is lost.",
    reference: "X.690 section 10.1",
};

pub(super) static MESSAGE_UNKNOWN: Kind = Kind {
    id: "set-message-unknown",
    group: "set",
    severity: Severity::Error,
    title: "No exchange of SET 2 has a message with this tag.",
    page: "The tag in front of the body says which message it is. This one belongs to an exchange \
           of SET 1.0 that SET 2 does not have, or to none at all. A receiver answers with Error \
           `messageNotSupported`.",
    reference: "docs/wire-format.md, Messages; SET 1.0 Book 3, Message",
};

/// One walk over one message.
pub(super) struct Walk<'f> {
    findings: &'f mut Findings,
    parts: usize,
    /// Whether what is absent or out of bounds is remarked: not in SET 1.0, whose tables differ.
    is_strict: bool,
    truncated: bool,
}

impl<'f> Walk<'f> {
    pub(super) fn new(findings: &'f mut Findings, is_strict: bool) -> Self {
        Self { findings, parts: 0, is_strict, truncated: false }
    }

    /// The one element that fills `range`, as a value of type `of`.
    pub(super) fn value(
        &mut self,
        source: &Arc<Source>,
        range: Range<usize>,
        name: &str,
        of: Type,
    ) -> Part {
        self.value_at(source, range, name, of, 0)
    }

    fn value_at(
        &mut self,
        source: &Arc<Source>,
        range: Range<usize>,
        name: &str,
        of: Type,
        depth: usize,
    ) -> Part {
        let Some(element) = element_at(source.bytes(), range.start, range.end) else {
            return self.no_element(source, range, name);
        };
        let part = self.part(source, &element, name, of, depth);
        let after = element.whole.end..range.end;
        if after.is_empty() {
            return part;
        }
        let rest = self.no_element(source, after, "after the end");
        let mut group = opaque(source, range, name);
        group.value.clear();
        group.children = vec![part, rest];
        group
    }

    /// Octets that are no element.
    fn no_element(&mut self, source: &Arc<Source>, range: Range<usize>, name: &str) -> Part {
        let part = opaque(source, range, name);
        if !self.truncated {
            let found = format!("{name}: {} octets are no element of DER", part.body.len());
            self.findings.remark_part(&NOT_DER, &part, found);
        }
        part
    }

    fn part(
        &mut self,
        source: &Arc<Source>,
        element: &Element,
        name: &str,
        of: Type,
        depth: usize,
    ) -> Part {
        self.parts += 1;
        let mut part = Part {
            name: name.to_owned(),
            type_name: of.name,
            source: Arc::clone(source),
            whole: element.whole.clone(),
            body: element.body.clone(),
            value: String::new(),
            children: Vec::new(),
        };
        if element.missing > 0 && !ends_deeper(source, element, depth) {
            self.truncate(&part, element.missing);
        }
        if self.parts > PARTS_MAX || depth > DEPTH_MAX {
            part.value = format!("{} octets, not taken apart", part.body.len());
            return part;
        }
        if of.list {
            part.children = self.list(&part, of.element(), depth);
            part.value = counted(part.children.len());
            return part;
        }
        if value::is_secret(name, of.name) {
            part.value = value::redacted(part.octets());
            return part;
        }
        match of.info {
            Some(info) => self.shape(&mut part, element, info, depth),
            None => self.foreign(&mut part, element, of.name, depth),
        }
        part
    }

    fn truncate(&mut self, part: &Part, missing: usize) {
        if std::mem::replace(&mut self.truncated, true) {
            return;
        }
        let found = format!("{} lacks {missing} of its octets", part.name);
        self.findings.remark_part(&FIELD_TRUNCATED, part, found);
    }

    fn list(&mut self, list: &Part, of: Type, depth: usize) -> Vec<Part> {
        let source = Arc::clone(&list.source);
        let (found, rest) = elements(source.bytes(), &list.body);
        let mut parts = Vec::with_capacity(found.len());
        for (index, element) in found.iter().enumerate() {
            if self.parts > PARTS_MAX {
                break;
            }
            parts.push(self.part(&source, element, &format!("[{index}]"), of, depth + 1));
        }
        if !rest.is_empty() {
            parts.push(self.no_element(&source, rest, &list.name));
        }
        parts
    }

    fn shape(&mut self, part: &mut Part, element: &Element, info: &'static TypeInfo, depth: usize) {
        match &info.shape {
            Shape::Sequence(fields) => {
                part.children = self.fields(part, fields, depth);
                part.value = value::of_structure(info.name, part.der());
            }
            Shape::Choice(alternatives) => {
                part.children = vec![self.alternative(part, element, alternatives, depth)];
            }
            Shape::Alias { info: Some(other), .. } => self.shape(part, element, other, depth),
            Shape::Alias { info: None, type_name, .. } => {
                self.foreign(part, element, type_name, depth);
            }
            Shape::Octets { .. }
            | Shape::Text { .. }
            | Shape::Number { .. }
            | Shape::Enumerated(_) => {
                part.value = value::of_shape(info, part.octets()).unwrap_or_default();
                let fault = value::fault(info, part.octets());
                if let Some(fault) = fault.filter(|_| self.is_strict && element.missing == 0) {
                    let found = format!("{}: {fault}", part.name);
                    self.findings.remark_part(&VALUE_OUT_OF_BOUNDS, part, found);
                }
            }
        }
    }

    fn fields(&mut self, part: &Part, fields: &'static [Field], depth: usize) -> Vec<Part> {
        let source = Arc::clone(&part.source);
        let (found, rest) = elements(source.bytes(), &part.body);
        let mut found = found.into_iter().peekable();
        let mut parts = Vec::with_capacity(fields.len());
        for field in fields {
            match found.next_if(|element| accepts(field, element.tag)) {
                Some(element) => parts.push(self.field(&source, &element, field, depth)),
                None if field.presence == Presence::Required && rest.is_empty() => {
                    self.missing(part, field);
                }
                None => {}
            }
        }
        for element in found {
            let extra = self.generic(&source, &element, &tag_name(element.tag), depth + 1);
            if self.is_strict {
                let found = format!("{} holds {}, which it does not have", part.name, extra.name);
                self.findings.remark_part(&FIELD_UNEXPECTED, &extra, found);
            }
            parts.push(extra);
        }
        if !rest.is_empty() {
            parts.push(self.no_element(&source, rest, &part.name));
        }
        parts
    }

    fn missing(&mut self, part: &Part, field: &Field) {
        if self.is_strict && !self.truncated {
            let found = format!("{} lacks {}", part.name, field.name);
            self.findings.remark_part(&FIELD_MISSING, part, found);
        }
    }

    fn field(
        &mut self,
        source: &Arc<Source>,
        element: &Element,
        field: &Field,
        depth: usize,
    ) -> Part {
        let of = Type::of_field(field);
        if matches!(field.tag, Some((_, TagMode::Explicit))) {
            return self.value_at(source, element.body.clone(), field.name, of, depth + 1);
        }
        self.part(source, element, field.name, of, depth + 1)
    }

    fn alternative(
        &mut self,
        part: &Part,
        element: &Element,
        alternatives: &'static [Field],
        depth: usize,
    ) -> Part {
        let source = Arc::clone(&part.source);
        match alternatives.iter().find(|field| accepts(field, element.tag)) {
            Some(field) => self.field(&source, element, field, depth),
            None => {
                let name = tag_name(element.tag);
                let found = format!("{} has no alternative {name}", part.name);
                if self.is_strict && !self.truncated {
                    self.findings.remark_part(&FIELD_UNEXPECTED, part, found);
                }
                self.generic(&source, element, &name, depth + 1)
            }
        }
    }

    /// A type of another standard, by its name.
    fn foreign(&mut self, part: &mut Part, element: &Element, type_name: &str, depth: usize) {
        if let Some(shown) = value::of_foreign(type_name, part.octets(), part.der()) {
            part.value = shown;
            return;
        }
        match type_name.split('(').next().unwrap_or_default() {
            "ContentInfo" | "S" | "SO" | "Enc" | "EncK" | "EncX" | "EX" | "BrandCRLIdentifier" => {
                self.content_info(part, depth);
            }
            "Message" => self.message(part, element, depth),
            "EncapsulatedContentInfo" => self.encapsulated(part, depth),
            "SubjectPublicKeyInfo" => self.shape(part, element, &structure::PUBLIC_KEY, depth),
            "Time" => part.value = value::time(element.tag, part.octets()),
            "DetachedDigest" => self.detached_digest(part, depth),
            _ => *part = self.generic(&Arc::clone(&part.source), element, &part.name, depth),
        }
    }

    /// One alternative of `Message`, `[tag] EXPLICIT`.
    fn message(&mut self, part: &mut Part, element: &Element, depth: usize) {
        let Tag::ContextSpecific { number, .. } = element.tag else { return };
        let tag = number.value();
        let known = counterfoil_message::exchange::message_by_tag(tag);
        if known.is_none() && self.is_strict {
            let found = match message_name(tag) {
                Some(name) => format!("tag {tag} is {name} of SET 1.0"),
                None => format!("tag {tag}"),
            };
            self.findings.remark_part(&MESSAGE_UNKNOWN, part, found);
        }
        let of = match known.and_then(|(_, message)| message.info) {
            Some(info) => Type::of(info),
            None => Type::named("ANY"),
        };
        let name = message_name(tag).map_or_else(|| format!("[{tag}]"), str::to_owned);
        let source = Arc::clone(&part.source);
        part.children.push(self.value_at(&source, element.body.clone(), &name, of, depth + 1));
        part.type_name = "Message";
        part.value = format!("{name} [{tag}]");
    }

    /// `ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT }`.
    fn content_info(&mut self, part: &mut Part, depth: usize) {
        let source = Arc::clone(&part.source);
        let (found, _) = elements(source.bytes(), &part.body);
        let [content_type, rest @ ..] = found.as_slice() else { return };
        let oid_type = Type::named("OBJECT IDENTIFIER");
        let named = self.part(&source, content_type, "contentType", oid_type, depth + 1);
        let content = rest.first().map(|content| {
            let of = match named.value.as_str() {
                "id-signedData" => Type::of(&structure::SIGNED_DATA),
                "id-ct-authEnvelopedData" => Type::of(&structure::AUTH_ENVELOPED_DATA),
                "id-envelopedData" => Type::of(&structure::ENVELOPED_DATA),
                "id-digestedData" => Type::of(&structure::DIGESTED_DATA),
                "id-encryptedData" => Type::of(&structure::ENCRYPTED_DATA),
                _ => Type::named("ANY"),
            };
            self.value_at(&source, content.body.clone(), of.name, of, depth + 1)
        });
        part.children = std::iter::once(named).chain(content).collect();
    }

    /// What is signed: its type, and the content in an OCTET STRING (CMS) or as it is (PKCS #7).
    fn encapsulated(&mut self, part: &mut Part, depth: usize) {
        let source = Arc::clone(&part.source);
        let (found, _) = elements(source.bytes(), &part.body);
        let [content_type, rest @ ..] = found.as_slice() else { return };
        let oid_type = Type::named("OBJECT IDENTIFIER");
        let named = self.part(&source, content_type, "eContentType", oid_type, depth + 1);
        let form = Form::of_content_type(named.octets());
        part.children.push(named);
        let Some(explicit) = rest.first() else {
            part.value = "detached".to_owned();
            return;
        };
        let Some(inner) = element_at(source.bytes(), explicit.body.start, explicit.body.end) else {
            return;
        };
        let range = if inner.tag == Tag::OctetString { inner.body } else { inner.whole };
        part.children.push(self.form(&source, range, "content", &form, depth + 1));
    }

    /// The plaintext of an envelope, or what is signed.
    pub(super) fn content(
        &mut self,
        source: &Arc<Source>,
        range: Range<usize>,
        name: &str,
        form: &Form,
    ) -> Part {
        self.form(source, range, name, form, 0)
    }

    fn form(
        &mut self,
        source: &Arc<Source>,
        range: Range<usize>,
        name: &str,
        form: &Form,
        depth: usize,
    ) -> Part {
        let pieces = match form {
            Form::Value(of) => return self.value_at(source, range, name, *of, depth),
            Form::Pieces(pieces) => pieces,
        };
        let Some(outer) = element_at(source.bytes(), range.start, range.end) else {
            return self.no_element(source, range, name);
        };
        let mut part = self.part(source, &outer, name, Type::named("PIECES"), depth);
        part.children.clear();
        part.type_name = "PIECES";
        part.value.clear();
        let (found, _) = elements(source.bytes(), &part.body);
        // What is signed without its content is left out where nobody signs (EX).
        let skips = pieces.len().saturating_sub(found.len());
        let pieces = pieces.iter().filter(|piece| skips == 0 || piece.name != "signature");
        for (element, piece) in found.iter().zip(pieces) {
            let inner =
                self.form(source, element.whole.clone(), piece.name, &piece.form, depth + 1);
            part.children.push(inner);
        }
        part
    }

    fn detached_digest(&mut self, part: &mut Part, depth: usize) {
        part.value = value::of_structure("DetachedDigest", part.der());
        if part.value.is_empty() {
            let source = Arc::clone(&part.source);
            // SET 1.0 has a DigestedData here, with or without a ContentInfo around it.
            let (found, _) = elements(source.bytes(), &part.body);
            part.children = found
                .iter()
                .map(|f| self.generic(&source, f, &tag_name(f.tag), depth + 1))
                .collect();
        }
    }

    /// An element of which nothing is known but its tags.
    fn generic(
        &mut self,
        source: &Arc<Source>,
        element: &Element,
        name: &str,
        depth: usize,
    ) -> Part {
        self.parts += 1;
        let mut part = opaque(source, element.whole.clone(), name);
        part.body = element.body.clone();
        if element.missing > 0 && !ends_deeper(source, element, depth) {
            self.truncate(&part, element.missing);
        }
        let is_open = element.tag.is_constructed() && self.parts <= PARTS_MAX && depth <= DEPTH_MAX;
        if !is_open {
            part.value = value::of_tag(element.tag, part.octets());
            return part;
        }
        part.value.clear();
        let (found, rest) = elements(source.bytes(), &element.body);
        for inner in &found {
            if self.parts > PARTS_MAX {
                break;
            }
            part.children.push(self.generic(source, inner, &tag_name(inner.tag), depth + 1));
        }
        if !rest.is_empty() {
            part.children.push(opaque(source, rest, "octets"));
        }
        part
    }
}

/// Whether a constructed element that is cut off holds an element that is cut off, too: then that
/// one is the field to name.
fn ends_deeper(source: &Source, element: &Element, depth: usize) -> bool {
    if !element.tag.is_constructed() || depth > DEPTH_MAX {
        return false;
    }
    let (found, _) = elements(source.bytes(), &element.body);
    found.last().is_some_and(|last| last.missing > 0)
}

/// Octets that are shown by their number alone.
fn opaque(source: &Arc<Source>, range: Range<usize>, name: &str) -> Part {
    Part {
        name: name.to_owned(),
        type_name: "",
        source: Arc::clone(source),
        value: format!("{} octets", range.len()),
        whole: range.clone(),
        body: range,
        children: Vec::new(),
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// Whether an element with `tag` can be this field.
fn accepts(field: &Field, tag: Tag) -> bool {
    match field.tag {
        Some((number, _)) => {
            matches!(tag, Tag::ContextSpecific { number: found, .. } if found.value() == number)
        }
        None => natural(Type::of_field(field), tag),
    }
}

/// Whether a value of this type can begin with `tag` when the field has none of its own.
fn natural(of: Type, tag: Tag) -> bool {
    if of.list {
        return matches!(tag, Tag::Sequence | Tag::Set);
    }
    match of.info.map(|info| &info.shape) {
        Some(Shape::Sequence(_)) => tag == Tag::Sequence,
        Some(Shape::Choice(alternatives)) => alternatives.iter().any(|field| accepts(field, tag)),
        Some(Shape::Enumerated(_)) => tag == Tag::Enumerated,
        Some(Shape::Octets { .. }) => tag == Tag::OctetString,
        Some(Shape::Number { .. }) => tag == Tag::Integer,
        Some(Shape::Text { string, .. }) => is_string(string, tag),
        Some(Shape::Alias { info: Some(info), .. }) => natural(Type::of(info), tag),
        Some(Shape::Alias { info: None, type_name, .. }) => foreign_tag(type_name, tag),
        None => foreign_tag(of.name, tag),
    }
}

fn foreign_tag(type_name: &str, tag: Tag) -> bool {
    match type_name {
        "ANY" => true,
        "Message" => tag.is_context_specific(),
        "BOOLEAN" => tag == Tag::Boolean,
        "NULL" => tag == Tag::Null,
        "INTEGER" | "Version" => tag == Tag::Integer,
        "OBJECT IDENTIFIER" => tag == Tag::ObjectIdentifier,
        "OCTET STRING" | "Ciphertext" => tag == Tag::OctetString,
        "BIT STRING" => tag == Tag::BitString,
        "PAN" => tag == Tag::NumericString,
        "STRING" => is_string("UTF8String", tag),
        "Date" => tag == Tag::GeneralizedTime,
        "Time" => matches!(tag, Tag::GeneralizedTime | Tag::UtcTime),
        _ => tag == Tag::Sequence,
    }
}

/// SET 1.0 has a choice of VisibleString and BMPString where SET 2 has UTF8String.
fn is_string(string: &str, tag: Tag) -> bool {
    match string {
        "NumericString" => tag == Tag::NumericString,
        "VisibleString" => tag == Tag::VisibleString,
        _ => matches!(tag, Tag::Utf8String | Tag::VisibleString | Tag::BmpString),
    }
}

fn tag_name(tag: Tag) -> String {
    match tag {
        Tag::ContextSpecific { number, .. } => format!("[{}]", number.value()),
        other => other.to_string(),
    }
}

/// Tag of the message in a wrapper.
pub(super) fn message_tag(root: &Part) -> Option<u32> {
    let message = root.child("message")?;
    let element = element_at(message.source.bytes(), message.whole.start, message.whole.end)?;
    match element.tag {
        Tag::ContextSpecific { number, .. } => Some(number.value()),
        _ => None,
    }
}

/// Name of the message with this tag; SET 1.0 has some that SET 2 has not.
pub(super) fn message_name(tag: u32) -> Option<&'static str> {
    const SET_1_ONLY: &[(u32, &str)] = &[
        (8, "AuthRevReq"),
        (9, "AuthRevRes"),
        (12, "CapRevReq"),
        (13, "CapRevRes"),
        (14, "CredReq"),
        (15, "CredRes"),
        (16, "CredRevReq"),
        (17, "CredRevRes"),
        (20, "BatchAdminReq"),
        (21, "BatchAdminRes"),
    ];
    let of_set_1 = || SET_1_ONLY.iter().find(|(known, _)| *known == tag).map(|found| found.1);
    counterfoil_message::exchange::message_name(tag).or_else(of_set_1)
}

/// Whether octets can be the content type of something that is known.
pub(super) fn content_type_of(octets: &[u8]) -> Option<u32> {
    oid_name::content_number(&value::oid_of(octets)?)
}
