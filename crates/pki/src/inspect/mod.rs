//! What an item of a file says, for people and for programs, from one description.

mod bag;
mod certificate;
mod crl;
mod extension;
mod key;
mod name;
mod request;
mod set;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::file::{Content, Item};

pub(crate) use extension::{count_timestamps, name as extension_name};
pub(crate) use name::text as name_text;

/// What one item says.
#[derive(Debug, Clone)]
pub struct Description {
    /// Where the item stands.
    pub place: Value,
    /// Its first line, for people.
    pub title: String,
    /// What it is, as in JSON.
    pub kind: &'static str,
    /// Its parts in order.
    pub fields: Vec<Field>,
}

/// One part of a description.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name in JSON, snake_case.
    pub key: &'static str,
    /// Name for people; empty for what only programs are told.
    pub label: String,
    /// Lines for people.
    pub lines: Vec<String>,
    /// Value for programs.
    pub value: Value,
}

impl Field {
    /// A part with one line, which is also its value.
    pub(crate) fn line(key: &'static str, label: &str, line: impl Into<String>) -> Self {
        let line = line.into();
        Self { key, label: label.into(), value: json!(line), lines: vec![line] }
    }

    /// A part that people read otherwise than programs.
    pub(crate) fn both(
        key: &'static str,
        label: &str,
        lines: Vec<String>,
        value: impl Into<Value>,
    ) -> Self {
        Self { key, label: label.into(), lines, value: value.into() }
    }

    /// A part for programs alone.
    pub(crate) fn data(key: &'static str, value: impl Into<Value>) -> Self {
        Self { key, label: String::new(), lines: Vec::new(), value: value.into() }
    }
}

/// Describes `item`; `all` are the items of the same call, among which keys and certificates are
/// matched.
pub fn describe(item: &Item, all: &[&Item], now: Timestamp) -> Description {
    let (title, fields) = match &item.content {
        Content::Certificate(view) => ("certificate", certificate::fields(view, all, now)),
        Content::Crl(view) => ("CRL", crl::fields(view, now)),
        Content::Bci(bci) => ("brand CRL identifier", set::bci_fields(bci, now)),
        Content::PrivateKey(facts) => ("private key", key::private_fields(facts, all)),
        Content::PublicKey(key) => ("public key", key::public_fields(key, all)),
        Content::Request(view) => ("certification request", request::fields(view, all)),
        Content::Bag(bag) => ("PKCS#7 or CMS object", bag::bag_fields(bag)),
        Content::Keystore(store) => ("PKCS#12 file", bag::keystore_fields(store)),
        Content::Unknown { bytes } => ("PEM block of another kind", bag::unknown_fields(*bytes)),
    };
    let label = item.label.as_deref().filter(|_| matches!(item.content, Content::Unknown { .. }));
    let label = label.map(|label| format!(" `{label}`")).unwrap_or_default();
    let name = item.friendly_name.as_ref().map(|n| format!(" `{n}`")).unwrap_or_default();
    Description {
        title: format!("{}: {title}{label}{name}", item.place),
        place: json!({
            "file": item.place.file, "block": item.place.block, "offset": item.place.offset,
            "within": item.place.within, "label": item.label, "name": item.friendly_name,
        }),
        kind: item.content.name(),
        fields,
    }
}

impl Description {
    /// For programs: one object.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("kind".into(), json!(self.kind));
        object.insert("place".into(), self.place.clone());
        for field in &self.fields {
            object.insert(field.key.into(), field.value.clone());
        }
        Value::Object(object)
    }

    /// For people: a line for the item, then its parts with their labels in a column.
    pub fn text(&self) -> String {
        let shown = self.fields.iter().filter(|field| !field.lines.is_empty());
        let labels = shown.clone().map(|field| field.label.chars().count());
        let width = labels.filter(|width| *width <= LABEL_CHARS_MAX).max().unwrap_or(0);
        let mut text = format!("{}\n", self.title);
        for field in shown {
            for (index, line) in field.lines.iter().enumerate() {
                let label = if index == 0 { field.label.as_str() } else { "" };
                text.push_str(format!("  {label:width$}  {line}").trim_end());
                text.push('\n');
            }
        }
        text
    }
}

/// Characters of a label that the column makes room for.
const LABEL_CHARS_MAX: usize = 32;

/// Octets as hexadecimal text.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The first octets of something longer.
pub(crate) fn hex_head(octets: &[u8]) -> String {
    const HEAD_BYTES: usize = 24;
    if octets.len() <= HEAD_BYTES {
        return hex(octets);
    }
    format!("{}... ({} octets)", hex(&octets[..HEAD_BYTES]), octets.len())
}

/// What the time from `not_before` to `not_after` means at `now`.
pub(crate) fn validity(
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    now: Timestamp,
) -> (&'static str, String) {
    let days = |seconds: i64| {
        let days = seconds / 86_400;
        if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
    };
    if let Some(begin) = not_before.filter(|begin| now < *begin) {
        return (
            "not_yet",
            format!("not valid yet, for {}", days(begin.as_second() - now.as_second())),
        );
    }
    match not_after {
        Some(end) if end < now => {
            ("expired", format!("expired {} ago", days(now.as_second() - end.as_second())))
        }
        Some(end) => ("valid", format!("{} left", days(end.as_second() - now.as_second()))),
        None => ("unknown", "its end cannot be read".into()),
    }
}

/// Whole days from `now` to `end`, negative when it has passed.
pub(crate) fn days_left(end: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    end.map(|end| (end.as_second() - now.as_second()).div_euclid(86_400))
}
