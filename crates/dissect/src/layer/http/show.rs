//! How messages are shown: summary, facts, tree; redacted.

use serde_json::Value;

use super::body::is_other;
use super::head::Start;
use super::{Asked, Current, kind};
use crate::layer::{Document, DocumentLayer, Out, subject};
use crate::limit::BODY_SHOWN_BYTES_MAX;
use crate::message::{Direction, Message, Moment, Placed};
use crate::redact::{card_numbers, card_numbers_of_part, is_shown};
use crate::tree::{Node, Span};

/// Headers whose values are not shown, beside those with a name that says so.
const HIDDEN_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// The message that was read.
pub(super) fn message(
    current: &Current,
    direction: Direction,
    (time, frame): (Moment, u64),
    is_whole: bool,
    out: &mut Out<'_>,
) -> Message {
    let mut message = out.message(direction, time, frame);
    let is_whole = is_whole && current.kept.missing == 0;
    describe(current, is_whole, &mut message);
    message.remarks.extend(current.remarks.iter().cloned());
    let says = &current.head.says;
    let media_type = says.media_type.as_deref().filter(|_| says.encoding.is_none());
    let other = media_type.and_then(|media_type| is_other(media_type, &current.kept.bytes));
    if let (Some(media_type), Some(other)) = (media_type, other) {
        let said = format!("Content-Type says {media_type}, the body is {other}");
        let remark = kind::BODY_OTHER.of(out.subject(), said);
        message.remarks.push(Placed { remark, span: Some(current.span) });
    }
    let mut tree = out.context.trees.then(|| tree(current));
    match current.kept.reader.filter(|_| other.is_none()) {
        Some(layer) => read_body(layer, current, is_whole, &mut message, &mut tree, out),
        None => {
            if let Some(tree) = tree.as_mut().filter(|_| !current.kept.bytes.is_empty()) {
                tree.push(body_node(current));
            }
        }
    }
    message.tree = tree;
    message
}

fn describe(current: &Current, is_whole: bool, message: &mut Message) {
    let (head, kept) = (&current.head, &current.kept);
    let octets = kept.received + kept.missing;
    let mut parts: Vec<String> = Vec::new();
    match (&head.start, &current.question) {
        (Start::Request { method, target: raw }, _) => {
            let shown = target(raw);
            message.facts.push(("method", method.as_str().into()));
            message.facts.push(("target", shown.as_str().into()));
            message.facts.push(("host", head.says.host.as_deref().into()));
            parts.push(format!("{method} {shown}"));
            parts.extend(head.says.host.clone());
        }
        (Start::Answer { status, reason }, asked) => {
            message.facts.push(("status", (*status).into()));
            parts.push(format!("{status} {}", card_numbers(reason)).trim_end().to_owned());
            if let Asked::Question(Some(question)) = asked {
                message.facts.push(("method", question.method.as_str().into()));
                message.facts.push(("target", question.target.as_str().into()));
                message.facts.push(("request_frame", question.frame.into()));
                let after = milliseconds(current.time.since(question.time));
                message.facts.push(("answer_ms", after.into()));
                parts.push(format!("after {after} ms"));
            }
        }
    }
    if let Some(media_type) = &head.says.media_type {
        message.facts.push(("media_type", media_type.as_str().into()));
        parts.push(media_type.clone());
    }
    message.facts.push(("body_octets", octets.into()));
    message.facts.push(("is_whole", is_whole.into()));
    if octets > 0 {
        parts.push(format!("{octets} octets"));
    }
    if !is_whole {
        parts.push("incomplete".into());
    }
    message.summary = parts.join(", ");
}

/// Gives the body to the layer that reads it, and takes what that made of it.
fn read_body(
    layer: &'static DocumentLayer,
    current: &Current,
    is_whole: bool,
    message: &mut Message,
    tree: &mut Option<Node>,
    out: &mut Out<'_>,
) {
    let kept = &current.kept;
    let document = Document {
        media_type: current.head.says.media_type.as_deref(),
        bytes: &kept.bytes,
        span: Span::of("body", 0, kept.bytes.len() as u64),
        is_whole: is_whole && kept.is_all(),
        direction: message.direction,
        time: message.time,
        subject: &subject(out.connection),
    };
    let reading = out.readers.read(layer, &document, out.context);
    message.layers.push(layer.id);
    message.ids.extend(reading.ids);
    message.remarks.extend(reading.remarks);
    if !reading.summary.is_empty() {
        message.summary = format!("{}: {}", message.summary, reading.summary);
    }
    if !reading.facts.is_empty() {
        let members = reading.facts.into_iter().map(|(name, value)| (name.to_owned(), value));
        message.facts.push((layer.id, Value::Object(members.collect())));
    }
    if let (Some(tree), Some(inner)) = (tree, reading.tree) {
        tree.push(inner);
    }
}

fn tree(current: &Current) -> Node {
    let head = &current.head;
    let span = current.span;
    let mut tree = Node::group("http", "HTTP", span);
    let version = format!("HTTP/1.{}", head.minor);
    match &head.start {
        Start::Request { method, target: raw } => {
            tree.push(Node::field("http.method", "Method", method.clone(), span));
            tree.push(Node::field("http.target", "Target", target(raw), span));
        }
        Start::Answer { status, reason } => {
            tree.push(Node::field("http.status", "Status", status.to_string(), span));
            tree.push(Node::field("http.reason", "Reason", card_numbers(reason), span));
        }
    }
    tree.push(Node::field("http.version", "Version", version, span));
    for (name, value) in &head.headers {
        let is_hidden = HIDDEN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
        let shown = match is_shown(name) && !is_hidden {
            true => card_numbers(value).into_owned(),
            false => format!("[redacted, {} octets]", value.len()),
        };
        tree.push(Node::field("http.header", name.clone(), shown, span));
    }
    tree
}

/// The body as text, where it is text.
fn body_node(current: &Current) -> Node {
    let kept = &current.kept;
    let span = Span::of("body", 0, kept.received);
    let media_type = current.head.says.media_type.as_deref().unwrap_or_default();
    let text = match std::str::from_utf8(&kept.bytes) {
        Ok(text) if current.head.says.encoding.is_none() => text,
        _ => return Node::field("http.body", "Body", format!("[{} octets]", kept.received), span),
    };
    let mut shown = match media_type {
        _ if media_type.ends_with("json") => json(text),
        "application/x-www-form-urlencoded" => form(text),
        _ => card_numbers_of_part(text).into_owned(),
    };
    if shown.len() > BODY_SHOWN_BYTES_MAX {
        let end = (0..=BODY_SHOWN_BYTES_MAX).rev().find(|at| shown.is_char_boundary(*at));
        shown.truncate(end.unwrap_or(0));
        shown.push_str("\n[more]");
    }
    Node::field("http.body", "Body", shown, span)
}

/// A target with the values of its query that may be shown.
pub(super) fn target(raw: &str) -> String {
    match raw.split_once('?') {
        None => card_numbers(raw).into_owned(),
        Some((path, query)) => format!("{}?{}", card_numbers(path), form(query)),
    }
}

fn form(text: &str) -> String {
    let pairs = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if !is_shown(name) && !value.is_empty() => format!("{name}=[redacted]"),
        _ => card_numbers(pair).into_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn json(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            redact(&mut value);
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
        // Without its structure nobody can tell which values are secret.
        Err(_) => format!("[{} octets that are no whole JSON]", text.len()),
    }
}

/// Hides what members' names say is secret. `serde_json` bounds the depth at 128.
fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = card_numbers(text).into_owned(),
        Value::Number(number) => {
            let text = number.to_string();
            let shown = card_numbers(&text);
            if shown != text.as_str() {
                *value = Value::String(shown.into_owned());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match is_shown(name) || matches!(member, Value::Null | Value::Bool(_)) {
                    true => redact(member),
                    false => *member = Value::String("[redacted]".into()),
                }
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Milliseconds with three places.
pub(super) fn milliseconds(ns: i64) -> f64 {
    (ns / 1_000) as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_targets_and_bodies_are_not_shown() {
        assert_eq!(
            target("/pay?token=abc&xid=1&n=4111111111111111"),
            "/pay?token=[redacted]&xid=1&n=411111******1111"
        );
        assert_eq!(form("cvv=123&amount=5"), "cvv=[redacted]&amount=5");
        assert_eq!(
            json(r#"{"description":"one book","amount":"5","a":[4111111111111111]}"#),
            "{\n  \"a\": [\n    \"411111******1111\"\n  ],\n  \"amount\": \"5\",\n  \"description\": \"[redacted]\"\n}"
        );
    }
}
