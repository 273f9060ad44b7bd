//! `set-setting`: changes one setting of a party, and nothing else in its file.

use std::path::PathBuf;

use counterfoil_doctor::Step;
use counterfoil_node::files;

use super::{Hands, StepError, Work, argument, failed, keep, wrong};

pub(super) static WORK: Work =
    Work { verb: "set-setting", undo: "the file is put back as it was", touches, run };

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    Ok(vec![hands.party(step)?.folder().config()])
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let file = hands.party(step)?.folder().config();
    let (key, value) = (argument(step, "key")?, argument(step, "value")?);
    let text = files::read_text(&file).map_err(|error| failed(step, &error))?;
    let changed = set(&text, key, value).map_err(|problem| wrong(step, "key", &problem))?;
    if changed != text {
        keep::write(&file, changed.as_bytes(), 0o644).map_err(|error| failed(step, &error))?;
    }
    Ok(format!("{key} of {} is {value}", step.party))
}

/// The text with `key` set to `value`, a TOML value. Comments and everything else stay.
///
/// # Errors
/// The text or the value is not TOML, or the key lies in a list.
pub(crate) fn set(text: &str, key: &str, value: &str) -> Result<String, String> {
    let wanted: toml::Table =
        format!("value = {value}").parse().map_err(|_| format!("`{value}` is not a TOML value"))?;
    let before: toml::Table = text.parse().map_err(|_| "the file is not TOML".to_owned())?;
    let changed = with_line(text, key, value);
    let after: toml::Table =
        changed.parse().map_err(|_| "the file would not be TOML".to_owned())?;
    let mut expected = before;
    put(&mut expected, key, wanted["value"].clone()).ok_or("it lies below what is no table")?;
    // Lines are looked at, not meaning: what came out must be what was meant, and nothing else.
    if after == expected { Ok(changed) } else { Err("it is not set on a line of its own".into()) }
}

fn with_line(text: &str, key: &str, value: &str) -> String {
    let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
    let line = format!("{name} = {value}\n");
    let mut out = String::new();
    let mut here = String::new();
    let mut end_of_table = table.is_empty().then_some(0);
    let mut is_set = false;
    for old in text.split_inclusive('\n') {
        let trimmed = old.trim();
        if trimmed.starts_with('[') {
            here = trimmed.trim_start_matches('[').split(']').next().unwrap_or_default().to_owned();
        }
        let names = trimmed.split_once('=').map(|(before, _)| before.trim());
        if here == table && names == Some(name) {
            out.push_str(&line);
            is_set = true;
        } else {
            out.push_str(old);
        }
        if here == table && !trimmed.is_empty() {
            end_of_table = Some(out.len());
        }
    }
    match end_of_table {
        _ if is_set => {}
        Some(end) => out.insert_str(end, &line),
        None => out.push_str(&format!("\n[{table}]\n{line}")),
    }
    out
}

fn put(table: &mut toml::Table, key: &str, value: toml::Value) -> Option<()> {
    let Some((first, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return Some(());
    };
    let below = table.entry(first).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    put(below.as_table_mut()?, rest, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# ours\n[node]\noperations = \"a\" # here\n\n[node.set]\nport = 1\n\n[party]\nx = 2\n";

    #[test]
    fn one_setting_changes_and_nothing_else() {
        for (key, value, expect) in [
            ("node.set.port", "7", TEXT.replace("port = 1", "port = 7")),
            ("node.set.host", "\"h\"", TEXT.replace("port = 1\n", "port = 1\nhost = \"h\"\n")),
            ("party.bank.mac", "\"m\"", format!("{TEXT}\n[party.bank]\nmac = \"m\"\n")),
            ("party.x", "2", TEXT.to_owned()),
        ] {
            assert_eq!(set(TEXT, key, value).unwrap(), expect, "{key}");
        }
    }

    #[test]
    fn what_cannot_be_set_changes_nothing() {
        assert_eq!(set(TEXT, "party.x", "a b").unwrap_err(), "`a b` is not a TOML value");
        assert_eq!(set("[[", "a", "1").unwrap_err(), "the file is not TOML");
        assert_eq!(set(TEXT, "party.x.y", "1").unwrap_err(), "the file would not be TOML");
        let list = "[[a]]\nb = 1\n[[a]]\nb = 2\n";
        assert!(set(list, "a.b", "3").is_err());
    }
}
