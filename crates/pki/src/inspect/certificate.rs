//! Certificates.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Field, days_left, extension, hex, key, validity};
use crate::{
    file::Item,
    oid::Oid,
    view::{CertificateView, Flaw},
};

/// The parts of a certificate.
pub(super) fn fields(view: &CertificateView, all: &[&Item], now: Timestamp) -> Vec<Field> {
    let self_signed = view.is_self_signed();
    let issuer = match (view.is_self_issued(), self_signed) {
        (_, true) => format!("{} (self-signed)", view.issuer),
        (true, false) => format!("{} (self-issued)", view.issuer),
        _ => view.issuer.to_string(),
    };
    let (state, said) = validity(view.not_before.at, view.not_after.at, now);
    let valid = format!("{} to {}, {said}", view.not_before, view.not_after);
    let mut fields = vec![
        Field::line("subject", "subject", view.subject.to_string()),
        Field::both("issuer", "issuer", vec![issuer], view.issuer.to_string()),
        Field::data("self_signed", self_signed),
        Field::line("serial", "serial", hex(number(&view.serial))),
        Field::both("validity", "valid", vec![valid], state),
        Field::data("not_before", view.not_before.at.map(|at| at.to_string())),
        Field::data("not_after", view.not_after.at.map(|at| at.to_string())),
        Field::data("days_left", days_left(view.not_after.at, now)),
    ];
    fields.extend(key::key_fields(&view.key));
    fields.push(Field::line("signature_algorithm", "signature", view.outer_algorithm.name()));
    let version = view.version_number();
    let odd = if version == Some(3) { vec![] } else { vec![version_text(view)] };
    fields.push(Field::both("version", "version", odd, version));
    fields.extend(extension::fields(&view.extensions));
    fields.push(Field::line("sha256", "sha256", view.thumb().to_string()));
    fields.push(Field::line("spki_sha256", "key sha256", view.key.thumb().to_string()));
    let keys = key::private_halves(&view.key.der, all);
    if !keys.is_empty() {
        fields.push(Field::both("private_key", "private key", keys.clone(), json!(keys)));
    }
    fields.push(Field::data("is_ca", view.is_ca()));
    fields.extend(refusal_fields(
        view.refusal.as_ref().map(ToString::to_string),
        &view.flaws,
        &view.bad_extensions,
    ));
    fields
}

fn version_text(view: &CertificateView) -> String {
    match view.version_number() {
        Some(number) => number.to_string(),
        None => format!("unknown ({})", hex(view.version.as_deref().unwrap_or_default())),
    }
}

/// Why the product refuses it, and what could not be read.
pub(super) fn refusal_fields(
    refusal: Option<String>,
    flaws: &[Flaw],
    bad: &[(Oid, Flaw)],
) -> Vec<Field> {
    let mut lines = Vec::new();
    lines.extend(flaws.iter().map(|f| format!("{} at offset {}: {}", f.field, f.offset, f.reason)));
    lines.extend(bad.iter().map(|(oid, flaw)| {
        let name = extension::name(oid).map_or_else(|| oid.to_string(), str::to_owned);
        format!("extension {name}: {} ({})", flaw.reason, flaw.field)
    }));
    let unread = json!(lines);
    let mut fields = Vec::new();
    if !lines.is_empty() {
        fields.push(Field::both("unread", "not readable", lines, unread));
    }
    match refusal {
        Some(refusal) => fields.push(Field::line("refused", "refused here", refusal)),
        None => fields.push(Field::data("refused", Value::Null)),
    }
    fields
}

/// A serial number without the octet that only says that it is positive (X.690 8.3), as everybody
/// else writes it.
fn number(serial: &[u8]) -> &[u8] {
    match serial {
        [0, rest @ ..] if rest.first().is_some_and(|first| first & 0x80 != 0) => rest,
        all => all,
    }
}
