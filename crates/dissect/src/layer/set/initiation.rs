//! Initiation messages: the lines by which a shop or a CA wakes a wallet.

use counterfoil_remark::{Kind, Severity};

use super::value;
use crate::layer::{Document, Reading};
use crate::message::Placed;
use crate::tree::Node;

/// Most lines that are read.
const LINES_MAX: usize = 128;

pub(super) static INITIATION_UNREADABLE: Kind = Kind {
    id: "set-initiation-unreadable",
    group: "set",
    severity: Severity::Warning,
    title: "An initiation message has a line that is no field, or lacks its empty line.",
    page: "Initiation messages are lines of `name: value`, an empty line, then the order. A wallet \
           that cannot read one does nothing, and the customer sees a shop that does not answer.",
    reference: "SET 1.0 External Interface Guide, initiation messages",
};

/// Whether a body is an initiation message.
pub(super) fn is_initiation(document: &Document<'_>) -> bool {
    document.media_type.is_some_and(|media_type| media_type.ends_with("-initiation"))
}

/// Reads one. The order is never shown.
pub(super) fn read(document: &Document<'_>, trees: bool) -> Reading {
    let text = String::from_utf8_lossy(document.bytes);
    let head = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n"));
    let mut reading = Reading { summary: "initiation".to_owned(), ..Reading::default() };
    let mut node = Node::group("set", "SET initiation", document.span);
    let mut unreadable = head.is_none().then(|| "no empty line ends its fields".to_owned());
    let lines = head.map_or(text.as_ref(), |(head, _)| head).lines();
    for (number, line) in lines.take(LINES_MAX).enumerate() {
        let Some((name, content)) = line.split_once(':') else {
            unreadable.get_or_insert_with(|| format!("line {} is no field", number + 1));
            continue;
        };
        let (name, content) = (value::text(name.trim().as_bytes()), content.trim());
        let shown = value::text(content.as_bytes());
        if name.eq_ignore_ascii_case("SET-Initiation-Type") {
            reading.summary = shown.clone();
        }
        if name.eq_ignore_ascii_case("SET-LID-M") {
            reading.facts.push(("lid_m", shown.clone().into()));
        }
        node.push(Node::field("set.field", name, shown, document.span));
    }
    if let Some((_, order)) = head {
        node.push(Node::field(
            "set.order",
            "order",
            value::redacted(order.as_bytes()),
            document.span,
        ));
    }
    reading.facts.insert(0, ("message", reading.summary.clone().into()));
    reading.tree = trees.then_some(node);
    if let Some(found) = unreadable {
        let remark = INITIATION_UNREADABLE.of(document.subject, found);
        reading.remarks.push(Placed { remark, span: Some(document.span) });
    }
    reading
}
