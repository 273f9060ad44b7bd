//! `unset-setting`: takes one setting out of a party's file, and nothing else.

use std::path::PathBuf;

use counterfoil_doctor::Step;
use counterfoil_node::files;

use super::{Hands, StepError, Work, argument, failed, keep, wrong};

pub(super) static WORK: Work =
    Work { verb: "unset-setting", undo: "the file is put back as it was", touches, run };

fn touches(hands: &Hands, step: &Step) -> Result<Vec<PathBuf>, StepError> {
    Ok(vec![hands.party(step)?.folder().config()])
}

fn run(hands: &Hands, step: &Step) -> Result<String, StepError> {
    let file = hands.party(step)?.folder().config();
    let key = argument(step, "key")?;
    let text = files::read_text(&file).map_err(|error| failed(step, &error))?;
    let changed = unset(&text, key).map_err(|problem| wrong(step, "key", problem))?;
    if changed != text {
        keep::write(&file, changed.as_bytes(), 0o644).map_err(|error| failed(step, &error))?;
    }
    Ok(format!("{} has no {key}", step.party))
}

/// The text without the line that sets `key`. Comments and everything else stay.
///
/// # Errors
/// The text is not TOML, or the setting does not stand on a line of its own.
fn unset(text: &str, key: &str) -> Result<String, &'static str> {
    let mut expected: toml::Table = text.parse().map_err(|_| "the file is not TOML")?;
    let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut parts = table.split('.').filter(|part| !part.is_empty());
    let below = parts.try_fold(&mut expected, |below, part| below.get_mut(part)?.as_table_mut());
    below.and_then(|below| below.remove(name));
    let mut here = String::new();
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.starts_with('[') {
            here = trimmed.trim_start_matches('[').split(']').next().unwrap_or_default().to_owned();
        }
        let sets = trimmed.split_once('=').map(|(before, _)| before.trim());
        if here != table || sets != Some(name) {
            out.push_str(line);
        }
    }
    let after: toml::Table = out.parse().map_err(|_| "the file would not be TOML")?;
    if after == expected { Ok(out) } else { Err("it is not set on a line of its own") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_setting_goes_and_everything_else_stays() {
        let text = "# ours\n[node]\na = 1 # here\nkey = \"x\"\n\n[party]\nkey = 2\n";
        assert_eq!(unset(text, "node.key").unwrap(), text.replacen("key = \"x\"\n", "", 1));
        assert_eq!(unset(text, "node.none").unwrap(), text);
        assert_eq!(unset(text, "none.key").unwrap(), text);
        assert_eq!(unset("[[", "a"), Err("the file is not TOML"));
        let list = "[a]\nb = [\n1,\n]\n";
        assert_eq!(unset(list, "a.b"), Err("the file would not be TOML"));
    }
}
