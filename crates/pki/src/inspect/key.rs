//! Public and private keys, and which belong together.

use counterfoil_crypto::private_key::PrivateKeyFacts;
use serde_json::{Value, json};

use super::Field;
use crate::{
    file::{Content, Item},
    thumb::Thumb,
    view::PublicKeyView,
};

/// Kind and size of a key.
pub(super) fn key_fields(key: &PublicKeyView) -> Vec<Field> {
    let value = json!({
        "algorithm": key.algorithm.name(), "bits": key.bits(), "curve": key.curve_name(),
    });
    vec![Field::both("key", "key", vec![key.describe()], value)]
}

/// The parts of a public key.
pub(super) fn public_fields(key: &PublicKeyView, all: &[&Item]) -> Vec<Field> {
    let mut fields = key_fields(key);
    fields.push(Field::line("spki_sha256", "key sha256", key.thumb().to_string()));
    fields.extend(belongs_fields(&key.der, all));
    fields
}

/// The parts of a private key. Never its value.
pub(super) fn private_fields(facts: &PrivateKeyFacts, all: &[&Item]) -> Vec<Field> {
    let mut fields = vec![Field::line("form", "form", facts.form)];
    if let Some(encryption) = &facts.encryption {
        fields.push(Field::line("encryption", "encrypted", encryption.as_str()));
    } else {
        fields.push(Field::data("encryption", Value::Null));
    }
    match &facts.spki_der {
        Some(spki) => {
            match PublicKeyView::read(spki) {
                Ok(key) => fields.extend(key_fields(&key)),
                Err(error) => fields.push(Field::line("key", "key", error.reason)),
            }
            fields.push(Field::line("spki_sha256", "key sha256", Thumb::of(spki).to_string()));
            fields.extend(belongs_fields(spki, all));
        }
        None => {
            let name = facts.algorithm.map(|oid| oid.to_string());
            let line = match (&name, &facts.unread, &facts.encryption) {
                (_, Some(error), _) => format!("not told: {error}"),
                (None, None, Some(_)) => "not told without the passphrase".into(),
                (name, ..) => format!("algorithm {}", name.as_deref().unwrap_or("unknown")),
            };
            fields.push(Field::both("key", "key", vec![line], json!({"algorithm": name})));
        }
    }
    fields
}

/// Certificates and requests of the same call with this key.
fn belongs_fields(spki: &[u8], all: &[&Item]) -> Vec<Field> {
    let found: Vec<String> = all
        .iter()
        .filter(|item| match &item.content {
            Content::Certificate(view) => view.key.der == spki,
            Content::Request(view) => view.key.der == spki,
            _ => false,
        })
        .map(|item| item.place.to_string())
        .collect();
    let others = all.iter().any(|item| matches!(item.content, Content::Certificate(_)));
    let lines = match (found.is_empty(), others) {
        (false, _) => found.clone(),
        (true, true) => vec!["to no certificate that was given".into()],
        (true, false) => vec![],
    };
    vec![Field::both("belongs_to", "belongs to", lines, json!(found))]
}

/// Private keys of the same call whose public half is `spki`.
pub(super) fn private_halves(spki: &[u8], all: &[&Item]) -> Vec<String> {
    all.iter()
        .filter(|item| match &item.content {
            Content::PrivateKey(facts) => facts.spki_der.as_deref() == Some(spki),
            _ => false,
        })
        .map(|item| item.place.to_string())
        .collect()
}
