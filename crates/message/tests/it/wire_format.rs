//! `docs/wire-format.md` says what the tables say: its lower half is made of them.
//!
//! `UPDATE_EXPECT=1 cargo test -p counterfoil-message wire_format` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use counterfoil_message::codec::{Field, Presence, Shape, TagMode, TypeInfo};
use counterfoil_message::exchange::EXCHANGES;
use counterfoil_message::limits::{self, LIST_LIMITS};
use counterfoil_message::pdu::Family;
use counterfoil_message::{account, instruction, primitive, token, wrapper};

const BEGIN: &str = "<!-- The rest of this page is made from the tables in the code. -->\n";

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/wire-format.md")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the page is what is tested")]
fn the_page_is_what_the_tables_say() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (by_hand, present) = text.split_once(BEGIN).expect("the page has the line that begins it");
    let expected = generated();
    if present == expected {
        return;
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page(), format!("{by_hand}{BEGIN}{expected}")).unwrap();
        return;
    }
    let stale = present.lines().zip(expected.lines()).find(|(a, b)| a != b);
    panic!("docs/wire-format.md is stale; run with UPDATE_EXPECT=1. First difference: {stale:?}");
}

fn generated() -> String {
    let types = all_types();
    let mut page = String::from("\n");
    messages(&mut page);
    contents(&mut page);
    structures(&mut page, &types);
    enumerations(&mut page, &types);
    leaves(&mut page, &types);
    bounds(&mut page);
    page
}

/// Every type that a message or its contents reach, by name.
fn all_types() -> BTreeMap<&'static str, &'static TypeInfo> {
    let mut found = BTreeMap::new();
    let roots = [
        wrapper::MessageWrapper::INFO,
        instruction::PiContext::INFO,
        instruction::PiTbs::INFO,
        instruction::PiDualSignedTbe::INFO,
        account::CardIdInput::INFO,
        primitive::AcctInfo::INFO,
        token::AuthTokenTbe::INFO,
    ];
    roots.into_iter().for_each(|info| collect(info, &mut found));
    for exchange in EXCHANGES {
        let infos = exchange.messages.iter().map(|message| message.info);
        let infos = infos.chain(exchange.contents.iter().map(|content| content.info));
        infos.flatten().for_each(|info| collect(info, &mut found));
    }
    found
}

fn collect(info: &'static TypeInfo, found: &mut BTreeMap<&'static str, &'static TypeInfo>) {
    if let Some(before) = found.insert(info.name, info) {
        let same = format!("{:?}", before.shape) == format!("{:?}", info.shape);
        assert!(same, "two types with the name {}", info.name);
        return;
    }
    match info.shape {
        Shape::Sequence(fields) | Shape::Choice(fields) => {
            fields.iter().filter_map(|field| field.info).for_each(|info| collect(info, found));
        }
        Shape::Alias { info: Some(info), .. } => collect(info, found),
        _ => {}
    }
}

fn messages(page: &mut String) {
    page.push_str("## Messages\n\n| tag | message | exchange | media type | type |\n");
    page.push_str("|---|---|---|---|---|\n");
    let mut rows = BTreeMap::new();
    for exchange in EXCHANGES {
        let media = match exchange.family {
            Family::Payment => "set-payment",
            Family::Registration => "set-registration",
        };
        for message in exchange.messages {
            let kind = match message.info.map(|info| &info.shape) {
                Some(Shape::Alias { notation, .. }) => format!("`{notation}`"),
                _ => format!("[{}](#{})", message.name, anchor(message.name)),
            };
            let (tag, name) = (message.tag, message.name);
            let row = format!("| {tag} | {name} | {} | {media} | {kind} |\n", exchange.name);
            rows.insert(tag, row);
        }
    }
    rows.values().for_each(|row| page.push_str(row));
}

fn contents(page: &mut String) {
    page.push_str("\n## Content types\n\nThe last arc under `ROOT.0`.\n\n");
    page.push_str("| arc | name | content |\n|---|---|---|\n");
    let rows: BTreeMap<u32, String> = EXCHANGES
        .iter()
        .flat_map(|exchange| exchange.contents)
        .map(|content| {
            let row =
                format!("| {} | {} | `{}` |\n", content.number, content.name, content.notation);
            (content.number, row)
        })
        .collect();
    rows.values().for_each(|row| page.push_str(row));
}

fn structures(page: &mut String, types: &BTreeMap<&str, &TypeInfo>) {
    page.push_str("\n## Structures\n");
    for (name, info) in types {
        let (fields, kind) = match info.shape {
            Shape::Sequence(fields) if !name.contains('(') => (fields, "SEQUENCE"),
            Shape::Choice(fields) => (fields, "CHOICE"),
            _ => continue,
        };
        let doc = info.doc.trim();
        write!(page, "\n### {name}\n\n{doc} `{kind}`\n\n").unwrap();
        page.push_str("| field | type | tag | presence | meaning |\n|---|---|---|---|---|\n");
        fields.iter().for_each(|field| page.push_str(&row(field)));
    }
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
        Presence::Optional => "OPTIONAL",
        Presence::Default("true") => "DEFAULT TRUE",
        Presence::Default("false") => "DEFAULT FALSE",
        Presence::Default(_) => "DEFAULT 0",
    };
    let kind = link(field);
    format!("| {} | {of}{kind} | {tag} | {presence} | {} |\n", field.name, field.doc.trim())
}

fn link(field: &Field) -> String {
    let name = field.type_name;
    match field.info.map(|info| &info.shape) {
        Some(Shape::Sequence(_)) if name.contains('(') => format!("`{name}`"),
        Some(Shape::Alias { notation, .. }) => format!("`{notation}`"),
        Some(Shape::Sequence(_) | Shape::Choice(_) | Shape::Enumerated(_)) => {
            format!("[{name}](#{})", anchor(name))
        }
        _ => name.to_owned(),
    }
}

fn anchor(name: &str) -> String {
    name.to_lowercase()
}

fn enumerations(page: &mut String, types: &BTreeMap<&str, &TypeInfo>) {
    page.push_str("\n## Enumerations\n");
    for (name, info) in types {
        let Shape::Enumerated(values) = info.shape else { continue };
        write!(page, "\n### {name}\n\n{}\n\n", info.doc.trim()).unwrap();
        page.push_str("| number | name | meaning |\n|---|---|---|\n");
        for value in values {
            let (number, name) = (value.number, value.name);
            writeln!(page, "| {number} | {name} | {} |", value.doc.trim()).unwrap();
        }
    }
}

fn leaves(page: &mut String, types: &BTreeMap<&str, &TypeInfo>) {
    page.push_str("\n## Leaves\n\n| type | definition | meaning |\n|---|---|---|\n");
    for (name, info) in types {
        let definition = match info.shape {
            Shape::Octets { min, max } if min == max => format!("OCTET STRING (SIZE ({min}))"),
            Shape::Octets { min, max } => format!("OCTET STRING (SIZE ({min}..{max}))"),
            Shape::Text { string, min, max } if min == max => format!("{string} (SIZE ({min}))"),
            Shape::Text { string, min, max } => format!("{string} (SIZE ({min}..{max}))"),
            Shape::Number { min, max } => format!("INTEGER ({min}..{max})"),
            Shape::Alias { notation, info: None, .. } if !is_message(name) => notation.to_owned(),
            _ => continue,
        };
        writeln!(page, "| {name} | `{definition}` | {} |", info.doc.trim()).unwrap();
    }
}

fn is_message(name: &str) -> bool {
    EXCHANGES.iter().flat_map(|exchange| exchange.messages).any(|message| message.name == name)
}

fn bounds(page: &mut String) {
    page.push_str(
        "\n## Limits\n\nA message over a limit is refused with an error that names it.\n\n",
    );
    page.push_str("| limit | most |\n|---|---|\n");
    let single = [
        ("MESSAGE_BYTES_MAX", limits::MESSAGE_BYTES_MAX),
        ("DEPTH_MAX", limits::DEPTH_MAX),
        ("BAD_WRAPPER_BYTES_MAX", limits::BAD_WRAPPER_BYTES_MAX),
    ];
    let all: BTreeMap<&str, usize> =
        single.into_iter().chain(LIST_LIMITS.iter().copied()).collect();
    for (name, max) in all {
        writeln!(page, "| {name} | {max} |").unwrap();
    }
}
