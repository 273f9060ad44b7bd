//! The text of a settings file, in which mistakes are found by line and key.

use std::path::PathBuf;

use serde::de::DeserializeOwned;

use super::ConfigError;
use crate::limit::OutOfRange;

/// A file's text, to find lines and keys in.
pub(super) struct Source {
    pub(super) file: PathBuf,
    pub(super) text: String,
}

impl Source {
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let (line, key) = self.place_of(offset);
            let problem = error.message().trim().replace('\n', ", ");
            ConfigError::Invalid {
                file: self.file.clone(),
                line,
                key: key.map_or_else(String::new, |key| format!("`{key}`: ")),
                problem,
            }
        })
    }

    pub(super) fn invalid(&self, key: &str, problem: String) -> ConfigError {
        ConfigError::Invalid {
            file: self.file.clone(),
            line: self.line_of(key),
            key: format!("`{key}`: "),
            problem,
        }
    }

    pub(super) fn out_of_range(&self, table: &str, wrong: OutOfRange) -> ConfigError {
        self.invalid(&format!("{table}.{}", wrong.key), wrong.problem)
    }

    /// Refuses a certificate without a key and the other way round.
    pub(super) fn both(
        &self,
        table: &str,
        certificate: &Option<PathBuf>,
        key: &Option<PathBuf>,
    ) -> Result<(), ConfigError> {
        match (certificate, key) {
            (Some(_), None) => {
                Err(self.invalid(&format!("{table}.certificate"), "needs `key` too".to_owned()))
            }
            (None, Some(_)) => {
                Err(self.invalid(&format!("{table}.key"), "needs `certificate` too".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Line and key at an octet of the text.
    fn place_of(&self, offset: usize) -> (usize, Option<String>) {
        let mut end = 0;
        let mut last = (1, None);
        for (line, key, text) in self.lines() {
            end += text.len();
            last = (line, key);
            if offset < end {
                break;
            }
        }
        last
    }

    /// The line where a key is set, else where its table begins, else the first.
    fn line_of(&self, key: &str) -> usize {
        let mut wanted = key;
        loop {
            let found = self.lines().find(|(_, here, _)| here.as_deref() == Some(wanted));
            if let Some((line, _, _)) = found {
                return line;
            }
            let Some((table, _)) = wanted.rsplit_once('.') else { return 1 };
            wanted = table;
        }
    }

    /// Each line with its number and the full key that it sets or the table that it opens. Good
    /// for one key per line, which is how people write these files.
    fn lines(&self) -> impl Iterator<Item = (usize, Option<String>, &str)> {
        let mut table = String::new();
        self.text.split_inclusive('\n').enumerate().map(move |(index, line)| {
            let text = line.trim();
            let key = if let Some(rest) = text.strip_prefix('[') {
                let name = rest.trim_start_matches('[').split(']').next().unwrap_or_default();
                table = name.split('.').map(str::trim).collect::<Vec<_>>().join(".");
                Some(table.clone())
            } else {
                let name = text.split_once('=').map(|(name, _)| name.trim());
                name.filter(|name| !name.is_empty() && !name.starts_with('#')).map(|name| {
                    if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") }
                })
            };
            (index + 1, key, line)
        })
    }
}
