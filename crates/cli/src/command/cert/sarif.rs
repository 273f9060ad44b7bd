//! Remarks as SARIF 2.1.0 (OASIS), which code hosts and editors show.

use serde_json::{Value, json};

use counterfoil_remark::{Kind, Remark, Severity};

/// One run with every rule of `kinds` and a result for each of `remarks`; `file_of` tells the
/// file that a remark is about.
pub fn document<'a>(
    kinds: &[&'static Kind],
    remarks: &[Remark],
    file_of: impl Fn(&Remark) -> &'a str,
) -> Value {
    let results: Vec<Value> =
        remarks.iter().map(|remark| result(kinds, remark, file_of(remark))).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "counterfoil",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": kinds.iter().map(|kind| rule(kind)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(kind: &Kind) -> Value {
    json!({
        "id": kind.id,
        "shortDescription": { "text": kind.title },
        "fullDescription": { "text": kind.page },
        "help": { "text": format!("{} ({})", kind.page, kind.reference) },
        "defaultConfiguration": { "level": level(kind.severity) },
        "properties": { "tags": [kind.group], "reference": kind.reference },
    })
}

fn result(kinds: &[&'static Kind], remark: &Remark, file: &str) -> Value {
    let mut result = json!({
        "ruleId": remark.id,
        "level": level(remark.severity),
        "message": { "text": format!("{}: {}", remark.subject, remark.summary) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": uri(file) } },
            "logicalLocations": [{ "fullyQualifiedName": remark.subject }],
        }],
    });
    if let Some(index) = kinds.iter().position(|kind| kind.id == remark.id) {
        result["ruleIndex"] = json!(index);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A file's name as a URI reference (RFC 3986).
fn uri(file: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet);
    let path: String = file
        .bytes()
        .map(|o| if plain(o) { char::from(o).to_string() } else { format!("%{o:02X}") })
        .collect();
    if path.starts_with('/') { format!("file://{path}") } else { path }
}
