//! Bundles: facts in a file, one JSON document a line, the first one its head.

use counterfoil_secret::{Fault, Report};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::fact::{Fact, Facts, KINDS};

/// The version of bundles that this release writes and reads.
pub const VERSION: u32 = 1;
/// Octets of a bundle.
pub const BUNDLE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Facts of a bundle.
pub const FACTS_MAX: usize = 500_000;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    counterfoil_bundle: u32,
    at: Timestamp,
    facts: usize,
}

/// A file that is not a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BundleError {
    /// The first line is not a head.
    #[error("the first line is not the head of a bundle: {0}")]
    Head(String),
    /// A later release wrote it.
    #[error("the bundle has version {0}, this release reads version {VERSION}")]
    Version(u32),
    /// A line is no fact.
    #[error("line {line} is not a fact: {problem}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Lines are missing.
    #[error("the bundle holds {found} facts and its head says {said}")]
    Cut {
        /// Facts that are there.
        found: usize,
        /// Facts that should be.
        said: usize,
    },
    /// There is more than a diagnosis looks at.
    #[error("the bundle is larger than {BUNDLE_BYTES_MAX} octets or {FACTS_MAX} facts")]
    TooLarge,
}

impl Report for BundleError {
    fn id(&self) -> &'static str {
        match self {
            Self::Head(_) | Self::Line { .. } => "bundle-malformed",
            Self::Version(_) => "bundle-version",
            Self::Cut { .. } => "bundle-cut",
            Self::TooLarge => "bundle-too-large",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Head(_) | Self::Line { .. } => {
                "give a file that `counterfoil support-bundle` wrote, unchanged".into()
            }
            Self::Version(_) => "read it with the release that wrote it".into(),
            Self::Cut { .. } => "copy the file again; it was cut on its way".into(),
            Self::TooLarge => "make the bundle anew for fewer parties".into(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

/// Writes facts as a bundle.
pub fn write(facts: &Facts) -> String {
    let head = Head { counterfoil_bundle: VERSION, at: facts.now(), facts: facts.all().len() };
    let mut text = line(&head);
    facts.all().iter().for_each(|fact| text.push_str(&line(fact)));
    text
}

fn line(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value);
    text.expect("invariant: heads and facts have text keys and finite numbers") + "\n"
}

/// Reads a bundle.
///
/// # Errors
/// [`BundleError`] with the line.
pub fn read(text: &str) -> Result<Facts, BundleError> {
    if text.len() > BUNDLE_BYTES_MAX {
        return Err(BundleError::TooLarge);
    }
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, first) = lines.next().ok_or_else(|| BundleError::Head("the file is empty".into()))?;
    let head: Head =
        serde_json::from_str(first).map_err(|error| BundleError::Head(error.to_string()))?;
    if head.counterfoil_bundle != VERSION {
        return Err(BundleError::Version(head.counterfoil_bundle));
    }
    let mut facts = Vec::new();
    for (index, line) in lines {
        if facts.len() == FACTS_MAX {
            return Err(BundleError::TooLarge);
        }
        let wrong = |problem: String| BundleError::Line { line: index + 1, problem };
        let fact: Fact = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let kind = KINDS.iter().find(|kind| kind.name == fact.kind);
        let kind = kind.ok_or_else(|| wrong(format!("there is no kind `{}`", fact.kind)))?;
        (kind.check)(&fact.seen).map_err(wrong)?;
        facts.push(fact);
    }
    if facts.len() != head.facts {
        return Err(BundleError::Cut { found: facts.len(), said: head.facts });
    }
    Ok(Facts::new(head.at, facts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Unseen;

    fn facts() -> Facts {
        let seen = Unseen { kind: "file".into(), why: "locked".into() };
        let fact = Fact::of("bank", "bank/keys", Timestamp::UNIX_EPOCH, &seen);
        Facts::new(Timestamp::UNIX_EPOCH, vec![fact])
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(read(&write(&facts())).unwrap(), facts());
    }

    #[test]
    fn what_is_no_bundle_is_refused_with_its_line() {
        let good = write(&facts());
        for (text, expect) in [
            (String::new(), "the first line is not the head of a bundle: the file is empty"),
            (
                good.replace("bundle\":1", "bundle\":9"),
                "the bundle has version 9, this release reads version 1",
            ),
            (
                good.replace("\"unseen\"", "\"dream\""),
                "line 2 is not a fact: there is no kind `dream`",
            ),
            (
                good.replace("\"why\"", "\"wy\""),
                "line 2 is not a fact: unknown field `wy`, expected `kind` or `why`",
            ),
            (
                good.lines().next().unwrap().to_owned(),
                "the bundle holds 0 facts and its head says 1",
            ),
        ] {
            assert_eq!(read(&text).unwrap_err().to_string(), expect);
        }
        assert!(read("\u{0}\u{1}").unwrap_err().to_string().starts_with("the first line"));
    }
}
