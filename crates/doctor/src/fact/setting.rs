//! A party's settings as its file says them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Observation;

/// `config.toml` of a party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Values by their full keys: `node.set.listen`, `party.links.0.acquirer`.
    pub values: BTreeMap<String, Value>,
    /// Why the party refuses the file, in one sentence.
    pub refused: Option<String>,
}

impl Observation for Settings {
    const KIND: &'static str = "settings";
}

impl Settings {
    /// A value that is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_str()
    }

    /// A value that is a whole number.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.values.get(key)?.as_u64()
    }

    /// A value that is yes or no.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.values.get(key)?.as_bool()
    }

    /// The numbers or names that follow `prefix.` in keys: entries of a table or list.
    pub fn entries(&self, prefix: &str) -> Vec<&str> {
        let after =
            |key: &'_ String| key.starts_with(prefix) && key[prefix.len()..].starts_with('.');
        let mut names: Vec<&str> = self
            .values
            .keys()
            .filter(|key| after(key))
            .filter_map(|key| key[prefix.len() + 1..].split('.').next())
            .collect();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_lists_and_tables_are_named_once() {
        let keys = ["party.links.0.acquirer", "party.links.0.mac", "party.links.1.mac", "party.x"];
        let values = keys.iter().map(|key| ((*key).to_owned(), Value::from(1))).collect();
        let settings = Settings { values, refused: None };
        assert_eq!(settings.entries("party.links"), ["0", "1"]);
        assert!(settings.entries("party.link").is_empty());
        assert_eq!(settings.number("party.x"), Some(1));
    }
}
