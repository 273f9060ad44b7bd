//! SET's own: the brand CRL identifier, and the extensions of its certificates.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Field, days_left, extension::Shown, hex, validity};
use crate::{
    bci::Bci,
    error::FieldError,
    extension::{
        CardCertRequired, HashedRootKey, MerNames, MerchantData, Roles, SetExtensions, Tunneling,
    },
};

/// The parts of a brand CRL identifier.
pub(super) fn bci_fields(bci: &Bci, now: Timestamp) -> Vec<Field> {
    let (state, said) = validity(Some(bci.not_before()), Some(bci.not_after()), now);
    let valid = format!("{} to {}, {said}", bci.not_before(), bci.not_after());
    let lines: Vec<String> =
        bci.crls().iter().map(|crl| format!("number {} of {}", crl.number, crl.issuer)).collect();
    let crls: Vec<Value> = bci
        .crls()
        .iter()
        .map(|crl| json!({"issuer": crl.issuer.to_string(), "number": crl.number.to_string()}))
        .collect();
    vec![
        Field::line("brand", "brand", bci.brand()),
        Field::both("sequence", "sequence", vec![bci.sequence().to_string()], bci.sequence()),
        Field::both("validity", "valid", vec![valid], state),
        Field::data("not_before", bci.not_before().to_string()),
        Field::data("not_after", bci.not_after().to_string()),
        Field::data("days_left", days_left(Some(bci.not_after()), now)),
        Field::both("crls", "current CRLs", lines, crls),
        Field::data("certificate_count", bci.certificates().len()),
        Field::line("sha256", "sha256", bci.thumb().to_string()),
    ]
}

pub(super) fn certificate_type(der: &[u8]) -> Result<Shown, FieldError> {
    const WORDS: [(Roles, &str); 10] = [
        (Roles::CARD, "cardholder"),
        (Roles::MER, "merchant"),
        (Roles::PGWY, "payment gateway"),
        (Roles::CCA, "cardholder CA"),
        (Roles::MCA, "merchant CA"),
        (Roles::PCA, "payment gateway CA"),
        (Roles::GCA, "geo-political CA"),
        (Roles::BCA, "brand CA"),
        (Roles::RCA, "root CA"),
        (Roles::ACQ, "acquirer"),
    ];
    let roles = Roles::from_der(der)?;
    let words: Vec<&str> =
        WORDS.iter().filter(|(role, _)| roles.contains(*role)).map(|(_, word)| *word).collect();
    let line = format!("{roles}: {}", words.join(", "));
    Ok(Shown::new(vec![line], json!(roles.names().collect::<Vec<_>>())))
}

pub(super) fn merchant_data(der: &[u8]) -> Result<Shown, FieldError> {
    let data = MerchantData::from_der(der)?;
    let mut lines = vec![
        format!("merID {}, acquirer BIN {}", data.mer_id, data.mer_acquirer_bin),
        format!("country {}, merAuthFlag {}", data.mer_country, data.mer_auth_flag),
    ];
    lines.extend(data.mer_names.iter().map(names_line));
    let names: Vec<Value> = data
        .mer_names
        .iter()
        .map(|names| {
            json!({
                "language": names.language, "name": names.name, "city": names.city,
                "state_province": names.state_province, "postal_code": names.postal_code,
                "country_name": names.country_name,
            })
        })
        .collect();
    let value = json!({
        "mer_id": data.mer_id, "mer_acquirer_bin": data.mer_acquirer_bin, "mer_names": names,
        "mer_country": data.mer_country, "mer_auth_flag": data.mer_auth_flag,
    });
    Ok(Shown::new(lines, value))
}

fn names_line(names: &MerNames) -> String {
    let parts = [
        Some(names.name.as_str()),
        names.postal_code.as_deref(),
        Some(names.city.as_str()),
        names.state_province.as_deref(),
        Some(names.country_name.as_str()),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    let language = names.language.as_ref().map(|language| format!(" ({language})"));
    format!("{}{}", parts.join(", "), language.unwrap_or_default())
}

pub(super) fn card_cert_required(der: &[u8]) -> Result<Shown, FieldError> {
    let required = CardCertRequired::from_der(der)?.0;
    let line = if required { "cardholders need certificates" } else { "cardholders need none" };
    Ok(Shown::new(vec![line.into()], json!(required)))
}

pub(super) fn tunneling(der: &[u8]) -> Result<Shown, FieldError> {
    let tunneling = Tunneling::from_der(der)?;
    let suites: Vec<String> = tunneling
        .suites
        .iter()
        .map(|oid| {
            let known = counterfoil_crypto::suite::Suite::by_oid(*oid);
            known.map_or_else(|_| oid.to_string(), |suite| suite.name.to_owned())
        })
        .collect();
    let word = if tunneling.tunneling { "yes" } else { "no" };
    let line = format!("{word}, suites {}", suites.join(", "));
    Ok(Shown::new(vec![line], json!({"tunneling": tunneling.tunneling, "suites": suites})))
}

pub(super) fn hashed_root_key(der: &[u8]) -> Result<Shown, FieldError> {
    let hashed = hex(&HashedRootKey::from_der(der)?.0);
    Ok(Shown::new(vec![format!("next root key sha256 {hashed}")], json!(hashed)))
}

pub(super) fn set_extensions(der: &[u8]) -> Result<Shown, FieldError> {
    let list: Vec<String> =
        SetExtensions::from_der(der)?.0.iter().map(ToString::to_string).collect();
    Ok(Shown::new(list.clone(), json!(list)))
}
