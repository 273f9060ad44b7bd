//! PKCS#7, PKCS#12 and what is not known: what they are; what they hold follows them.

use serde_json::json;

use super::Field;
use crate::file::{Bag, Keystore, content_type_name};

pub(super) fn bag_fields(bag: &Bag) -> Vec<Field> {
    let mut fields = vec![Field::line("content_type", "content type", bag.kind())];
    if let Some(holds) = bag.holds {
        let bytes = match bag.content_bytes {
            Some(bytes) => format!(", {bytes} octets"),
            None => ", none in it".to_owned(),
        };
        let name = content_type_name(holds);
        let line = format!("{name}{bytes}");
        fields.push(Field::both("holds", "holds", vec![line], name));
        fields.push(Field::data("content_bytes", bag.content_bytes));
        let line = format!(
            "{} certificates, {} CRLs, {} signatures",
            bag.certificates, bag.crls, bag.signers
        );
        let value = json!({
            "certificates": bag.certificates, "crls": bag.crls, "signatures": bag.signers,
        });
        fields.push(Field::both("carries", "carries", vec![line], value));
    }
    fields
}

pub(super) fn keystore_fields(store: &Keystore) -> Vec<Field> {
    let encryption = store.encryption.clone();
    vec![
        Field::line("mac", "MAC", store.mac),
        Field::both("encryption", "encrypted", encryption.clone(), json!(encryption)),
    ]
}

pub(super) fn unknown_fields(bytes: usize) -> Vec<Field> {
    vec![Field::both("bytes", "content", vec![format!("{bytes} octets")], bytes)]
}
