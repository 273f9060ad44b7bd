//! Fields by name, with what may be shown of them.

use counterfoil_iso8583::codec::{self, Span as FieldSpan};
use counterfoil_iso8583::field::number::{EXPIRY, PAN, PRIVATE_DATA, RESPONSE_CODE};
use counterfoil_iso8583::message::FieldValue;
use counterfoil_iso8583::{Dialect, Message, ResponseCode, field};
use counterfoil_secret::pan::mask;

use super::MAC_FIELDS;
use crate::redact::card_numbers;
use crate::tree::{Node, Span};

/// The tree of a message that can be read.
pub(super) fn tree(
    message: &Message,
    bytes: &[u8],
    dialect: &Dialect,
    mac: &str,
    span: Span,
) -> Node {
    let title = format!("{} {}, dialect {}", message.mti, message.mti.name(), dialect.name);
    let mut node = Node::field("iso8583", "ISO 8583", title, span);
    let layout = codec::lay_out(bytes, dialect);
    for place in layout.iter().flat_map(|layout| &layout.spans) {
        let number = place.field.number;
        let mut shown = message.fields.get(&number).map(|value| value_of(number, value));
        if MAC_FIELDS.contains(&number) {
            shown = shown.map(|shown| format!("{shown}, {mac}"));
        }
        node.push(field_node(place, shown.unwrap_or_default(), span));
    }
    node
}

/// The tree of a message that cannot be read: its fields as far as they can be found.
pub(super) fn layout(bytes: &[u8], dialect: &Dialect, span: Span) -> Node {
    let title = format!("{} octets, dialect {}", bytes.len(), dialect.name);
    let mut node = Node::field("iso8583", "ISO 8583", title, span);
    let layout = codec::lay_out(bytes, dialect);
    for place in layout.iter().flat_map(|layout| &layout.spans) {
        node.push(field_node(place, format!("{} octets", place.value.len()), span));
    }
    node
}

fn field_node(place: &FieldSpan, shown: String, span: Span) -> Node {
    let number = place.field.number;
    let name = format!("{number} {}", field::name(number));
    Node::field("iso8583.field", name, shown, span.part(place.start, place.value.end))
}

fn value_of(number: u8, value: &FieldValue) -> String {
    match (number, value) {
        (EXPIRY, _) => "[redacted, 4 digits]".to_owned(),
        (PAN, FieldValue::Protected(digits)) => {
            std::str::from_utf8(digits.expose()).map(mask).unwrap_or_default()
        }
        (_, FieldValue::Protected(secret)) => {
            format!("[redacted, {} octets]", secret.expose().len())
        }
        (RESPONSE_CODE, FieldValue::Text(text)) => match ResponseCode::parse(text) {
            Some(code) => format!("{text} ({})", code.meaning()),
            None => text.clone(),
        },
        (PRIVATE_DATA, FieldValue::Text(text)) => card_numbers(text).into_owned(),
        (_, FieldValue::Text(text)) => card_numbers(text).into_owned(),
        (_, FieldValue::Octets(octets)) => hex::encode(octets),
    }
}

/// An amount in minor units, with its currency.
pub(super) fn amount(minor: u64, currency: &str) -> String {
    let known = currency.parse().ok().and_then(iso_currency::Currency::from_numeric);
    let Some(known) = known else { return format!("{minor} (currency {currency})") };
    match u32::from(known.exponent().unwrap_or(0)) {
        0 => format!("{minor} {}", known.code()),
        digits => {
            let unit = 10_u64.pow(digits);
            let width = digits as usize;
            format!("{}.{:0width$} {}", minor / unit, minor % unit, known.code())
        }
    }
}

/// Answers that say that something does not work, rather than that a payment is declined.
pub(super) fn is_trouble(code: ResponseCode) -> bool {
    matches!(
        code,
        ResponseCode::FormatError
            | ResponseCode::SecurityViolation
            | ResponseCode::Inoperative
            | ResponseCode::Duplicate
            | ResponseCode::SystemMalfunction
            | ResponseCode::NotSupported
    )
}
