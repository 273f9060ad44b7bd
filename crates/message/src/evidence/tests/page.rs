//! `docs/evidence.md` says what the tables say: its lower half is made of them.
//!
//! `UPDATE_EXPECT=1 cargo test -p counterfoil-message evidence::tests::page` writes it anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::codec::{Field, Presence, Shape, TagMode, TypeInfo};
use crate::evidence::format::{
    EVIDENCE_ANSWERS_MAX, EVIDENCE_BCIS_MAX, EVIDENCE_BYTES_MAX, EVIDENCE_CERTIFICATES_MAX,
    EVIDENCE_CRLS_MAX, EVIDENCE_RECEIPTS_MAX, EvidenceVersion,
};
use crate::evidence::{Evidence, EvidenceFile, Exporter, Gap, Rule, SignedAnswer, SignedPurchase};

const BEGIN: &str = "<!-- The rest of this page is made from the tables in the code. -->\n";

#[test]
#[expect(clippy::disallowed_methods, reason = "the page is what is tested")]
fn the_page_is_what_the_tables_say() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/evidence.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let (by_hand, present) = text.split_once(BEGIN).expect("the page has the line that begins it");
    let expected = generated();
    if present == expected {
        return;
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page, format!("{by_hand}{BEGIN}{expected}")).unwrap();
        return;
    }
    let stale = present.lines().zip(expected.lines()).find(|(a, b)| a != b);
    panic!("docs/evidence.md is stale; run with UPDATE_EXPECT=1. First difference: {stale:?}");
}

fn generated() -> String {
    let mut page = String::from("\n## Structures\n");
    for info in [EvidenceFile::INFO, Evidence::INFO, SignedPurchase::INFO, SignedAnswer::INFO] {
        structure(&mut page, info);
    }
    exporters(&mut page);
    rules(&mut page);
    gaps(&mut page);
    bounds(&mut page);
    page
}

fn structure(page: &mut String, info: &TypeInfo) {
    let Shape::Sequence(fields) = info.shape else { panic!("{} is no SEQUENCE", info.name) };
    write!(page, "\n### {}\n\n{} `SEQUENCE`\n\n", info.name, info.doc.trim()).unwrap();
    page.push_str("| field | type | tag | presence | meaning |\n|---|---|---|---|---|\n");
    fields.iter().for_each(|field| page.push_str(&row(field)));
}

fn row(field: &Field) -> String {
    let of = if field.list { "SEQUENCE OF " } else { "" };
    let tag = match field.tag {
        None => String::new(),
        Some((number, TagMode::Implicit)) => format!("[{number}]"),
        Some((number, TagMode::Explicit)) => format!("[{number}] EXPLICIT"),
    };
    let presence = match field.presence {
        Presence::Required => "",
        Presence::Optional | Presence::Default(_) => "OPTIONAL",
    };
    let kind = match (field.name, field.type_name) {
        ("certificates", _) => "Certificate",
        ("crls", _) => "CertificateList",
        ("version", _) => "INTEGER (1)",
        ("pInitRes", _) => "`S(M, PInitResData)`",
        ("pRes", _) => "`S(M, PResData)`",
        ("inqReq", _) => "`S(C, InqReqData)`",
        ("piSignature", _) => "`SO(C, PI-TBS)`",
        ("authReceipts", _) => "`S(P, AuthReceipt)`",
        ("capReceipts", _) => "`S(P, CapReceipt)`",
        ("revReceipts", _) => "`S(P, AuthRevReceipt)`",
        ("seal", _) => "`SO(exporter, Evidence)`",
        (_, kind) => kind,
    };
    format!("| {} | {of}{kind} | {tag} | {presence} | {} |\n", field.name, field.doc.trim())
}

fn exporters(page: &mut String) {
    let Shape::Enumerated(values) = Exporter::INFO.shape else { panic!("not enumerated") };
    page.push_str("\n### Exporter\n\n`ENUMERATED`\n\n| number | name | meaning |\n|---|---|---|\n");
    for value in values {
        let (number, name) = (value.number, value.name);
        writeln!(page, "| {number} | {name} | {} |", value.doc.trim()).unwrap();
    }
}

fn rules(page: &mut String) {
    page.push_str(
        "\n## Rules\n\nEach names the part of the file that breaks it, and one sentence. Beside \
         these stand the ids of DER (`decode-...`), of signatures (`digest-mismatch`, \
         `signature-invalid`, ...) and of certificates and CRLs (`certificate-expired`, \
         `certificate-revoked`, `bci-missing`, `wrong-role`, ...).\n\n| id | says |\n|---|---|\n",
    );
    for rule in Rule::ALL {
        writeln!(page, "| `{}` | {} |", rule.id(), rule.sentence()).unwrap();
    }
}

fn gaps(page: &mut String) {
    page.push_str(
        "\n## Gaps\n\nWhat a verdict says is not proved. The last four always stand there.\n\n\
         | id | says |\n|---|---|\n",
    );
    for gap in Gap::EACH {
        writeln!(page, "| `{}` | {gap} |", gap.id()).unwrap();
    }
}

fn bounds(page: &mut String) {
    assert_eq!(EvidenceVersion::CURRENT.get(), 1);
    page.push_str("\n## Limits\n\n| limit | most |\n|---|---|\n");
    for (name, max) in [
        ("EVIDENCE_ANSWERS_MAX", EVIDENCE_ANSWERS_MAX),
        ("EVIDENCE_BCIS_MAX", EVIDENCE_BCIS_MAX),
        ("EVIDENCE_BYTES_MAX", EVIDENCE_BYTES_MAX),
        ("EVIDENCE_CERTIFICATES_MAX", EVIDENCE_CERTIFICATES_MAX),
        ("EVIDENCE_CRLS_MAX", EVIDENCE_CRLS_MAX),
        ("EVIDENCE_RECEIPTS_MAX", EVIDENCE_RECEIPTS_MAX),
    ] {
        writeln!(page, "| {name} | {max} |").unwrap();
    }
}
