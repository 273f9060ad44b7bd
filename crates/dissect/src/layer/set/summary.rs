//! A message in one line, and in the facts that a program reads.

use serde_json::{Value, json};

use super::part::Part;
use super::{header, walk};
use crate::layer::Reading;

/// Characters of an id in the summary; the whole of it is among the ids.
const SHORT_ID_CHARS: usize = 12;

/// Types that say what became of a request.
const OUTCOMES: [&str; 6] =
    ["ErrorCode", "AuthCode", "CapCode", "CompletionCode", "CertStatusCode", "PCertCode"];

/// Summary, ids and facts of a message; `signatures_hold` says whose signatures were verified.
pub(super) fn of(root: &Part, signatures_hold: Vec<String>) -> Reading {
    let mut reading = Reading::default();
    let tag = walk::message_tag(root);
    let name = match tag.map(|tag| (tag, walk::message_name(tag))) {
        Some((_, Some(name))) => name.to_owned(),
        Some((tag, None)) => format!("unknown message [{tag}]"),
        None => "unreadable message".to_owned(),
    };
    let xid = header::field(root, "xID").or_else(|| root.find(&|part| part.type_name == "XID"));
    let rrpid = header::field(root, "rrpid").or_else(|| root.named("rrpid"));
    let text = |field: &str| header::field(root, field).map(|part| part.value.clone());
    reading.facts.push(("message", json!(name)));
    reading.summary = name;
    for (id, part) in [("xid", xid), ("rrpid", rrpid)] {
        let Some(part) = part else { continue };
        let whole = hex::encode(part.octets().get(..20).unwrap_or(part.octets()));
        let short: String = whole.chars().take(SHORT_ID_CHARS).collect();
        reading.summary.push_str(&format!(", {} {short}", id.to_uppercase()));
        reading.facts.push((id, json!(whole)));
        reading.ids.push((id, whole));
    }
    for (fact, field) in [("version", "version"), ("date", "date"), ("software", "swIdent")] {
        reading.facts.extend(text(field).map(|value| (fact, json!(value))));
    }
    if let Some(amount) = root.find(&|part| part.type_name == "CurrencyAmount") {
        reading.summary.push_str(&format!(", {}", amount.value));
        reading.facts.push(("amount", json!(amount.value)));
    }
    if let Some(outcome) = root.find(&|part| OUTCOMES.contains(&part.type_name)) {
        let word = outcome.value.split(' ').next().unwrap_or_default();
        reading.summary.push_str(&format!(", {word}"));
        reading.facts.push(("outcome", json!(word)));
    }
    if !signatures_hold.is_empty() {
        reading.facts.push(("signatures_hold", json!(signatures_hold)));
    }
    let sealed = sealed(root);
    if !sealed.is_empty() {
        reading.facts.push(("sealed", Value::Array(sealed)));
    }
    reading
}

/// Every envelope: what is in it, how large, and whether it was opened.
fn sealed(root: &Part) -> Vec<Value> {
    let mut found = Vec::new();
    root.each(&mut |part| {
        let Some(data) = part.child("AuthEnvelopedData").or_else(|| part.child("EnvelopedData"))
        else {
            return;
        };
        let content = data.find(&|part| part.type_name == "EncryptedContentInfo");
        let Some(content) = content else { return };
        let of = content.child("contentType").map(|of| of.value.clone()).unwrap_or_default();
        let octets = content.child("encryptedContent").map_or(0, |sealed| sealed.octets().len());
        found.push(json!({
            "content_type": of,
            "octets": octets,
            "opened": part.child("opened").is_some(),
        }));
    });
    found
}
