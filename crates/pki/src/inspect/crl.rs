//! Certificate revocation lists.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Field, certificate, extension, hex, validity};
use crate::{
    crl::Reason,
    oid,
    view::{CrlView, EntryView},
};

/// Entries that are shown one by one.
const ENTRIES_SHOWN: usize = 5;

/// The parts of a CRL.
pub(super) fn fields(view: &CrlView, now: Timestamp) -> Vec<Field> {
    let mut fields = vec![
        Field::line("issuer", "issuer", view.issuer.to_string()),
        Field::line("signature_algorithm", "signature", view.outer_algorithm.name()),
        Field::both(
            "this_update",
            "issued",
            vec![view.this_update.to_string()],
            view.this_update.at.map(|at| at.to_string()),
        ),
    ];
    let next = view.next_update.as_ref();
    let (state, said) = match next {
        Some(next) => validity(view.this_update.at, next.at, now),
        None => ("unknown", "it does not say when the next one is due".to_owned()),
    };
    let line = next.map_or_else(|| said.clone(), |next| format!("{next}, {said}"));
    let due = next.and_then(|next| next.at).map(|at| at.to_string());
    fields.push(Field::both("next_update", "next", vec![line], due));
    fields.push(Field::data("validity", state));
    let version = view.version.as_ref().map_or_else(
        || "1".into(),
        |number| {
            if number == &[1] { "2".to_owned() } else { format!("unknown ({})", hex(number)) }
        },
    );
    fields.push(Field::data("version", version));
    fields.extend(extension::fields(&view.extensions));
    let flaw = entries(view, &mut fields);
    fields.push(Field::line("sha256", "sha256", view.thumb().to_string()));
    let mut flaws = view.flaws.clone();
    flaws.extend(flaw);
    let refusal = view.refusal.as_ref().map(ToString::to_string);
    fields.extend(certificate::refusal_fields(refusal, &flaws, &[]));
    fields
}

/// How many, why, and the first of them; the flaw that ended them.
fn entries(view: &CrlView, fields: &mut Vec<Field>) -> Option<crate::view::Flaw> {
    let mut count = 0u64;
    let mut reasons: BTreeMap<&'static str, u64> = BTreeMap::new();
    let (mut lines, mut first, mut flaw) = (Vec::new(), Vec::new(), None);
    for entry in view.entries() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                flaw = Some(error);
                break;
            }
        };
        count += 1;
        let reason = reason(&entry);
        *reasons.entry(reason).or_default() += 1;
        if first.len() < ENTRIES_SHOWN {
            let serial = hex(entry.serial);
            lines.push(format!("{serial} at {}, {reason}", entry.revoked_at));
            first.push(json!({
                "serial": serial, "revoked_at": entry.revoked_at.at.map(|at| at.to_string()),
                "reason": reason,
            }));
        }
    }
    let why: Vec<String> = reasons.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let line = match count {
        0 => "0".to_owned(),
        count => format!("{count}: {}", why.join(", ")),
    };
    fields.push(Field::both("entry_count", "revoked", vec![line], count));
    fields.push(Field::data("reasons", json!(reasons)));
    if count > ENTRIES_SHOWN as u64 {
        lines.push(format!("and {} more", count - ENTRIES_SHOWN as u64));
    }
    fields.push(Field::both("first_entries", "first of them", lines, Value::Array(first)));
    flaw
}

fn reason(entry: &EntryView<'_>) -> &'static str {
    let all = entry.extensions.iter().map(|view| &view.extension);
    let found = all.into_iter().find(|extension| extension.oid == oid::REASON_CODE);
    match found.map(|extension| Reason::from_der(&extension.value)) {
        None => "unspecified",
        Some(Ok(reason)) => reason.name(),
        Some(Err(_)) => "unknown reason",
    }
}
