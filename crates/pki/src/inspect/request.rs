//! Certification requests.

use serde_json::json;

use super::{Field, certificate, extension, hex_head, key};
use crate::{file::Item, view::RequestView};

/// The parts of a request.
pub(super) fn fields(view: &RequestView, all: &[&Item]) -> Vec<Field> {
    let mut fields = vec![Field::line("subject", "subject", view.subject.to_string())];
    fields.extend(key::key_fields(&view.key));
    fields.push(Field::line("signature_algorithm", "signature", view.algorithm.name()));
    let (holds, line) = match &view.signature {
        Some(Ok(())) => (Some(true), "holds with its own key".to_owned()),
        Some(Err(error)) => (Some(false), format!("does not hold: {error}")),
        None => (None, "cannot be read".into()),
    };
    fields.push(Field::both("signature_holds", "proof", vec![line], holds));
    fields.extend(extension::fields(&view.extensions));
    let attributes: Vec<String> =
        view.attributes.iter().map(|(oid, value)| format!("{oid}: {}", hex_head(value))).collect();
    if !attributes.is_empty() {
        fields.push(Field::both("attributes", "attributes", attributes.clone(), json!(attributes)));
    }
    fields.push(Field::line("spki_sha256", "key sha256", view.key.thumb().to_string()));
    let keys = key::private_halves(&view.key.der, all);
    if !keys.is_empty() {
        fields.push(Field::both("private_key", "private key", keys.clone(), json!(keys)));
    }
    fields.extend(certificate::refusal_fields(None, &view.flaws, &[]));
    fields
}
