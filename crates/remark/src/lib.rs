//! What is said of something that was looked at: a certificate, a server, a packet, a log.
//!
//! Everything that can be said is a [`Kind`]: a constant beside the code that says it. Saying it
//! of one subject is a [`Remark`]. Remarks of every command have the same JSON; the reference
//! page of a command is made from its kinds by [`page::reference`].

pub mod page;

use std::fmt;

use serde::Serialize;

/// How much a remark matters to whoever has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Notice,
    /// Will fail, or is weaker than it should be.
    Warning,
    /// Fails now, or must not be relied on.
    Error,
}

impl Severity {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that can be said, and the page that explains it.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable id in kebab-case, unique in the whole product, for example `chain-incomplete`.
    pub id: &'static str,
    /// What it belongs to, in kebab-case: a protocol layer, a set of rules.
    pub group: &'static str,
    /// How much it matters, where the subject does not change that.
    pub severity: Severity,
    /// One sentence that says what is so when this is remarked.
    pub title: &'static str,
    /// What it means, why it matters and what to do: paragraphs of Markdown.
    pub page: &'static str,
    /// Where the rule stands: an RFC and its section, a section of SET 1.0, a CVE.
    pub reference: &'static str,
}

impl Kind {
    /// Says this of `subject`. `summary` is one sentence with what was seen.
    pub fn of(&'static self, subject: impl Into<String>, summary: impl Into<String>) -> Remark {
        Remark {
            id: self.id,
            group: self.group,
            severity: self.severity,
            subject: subject.into(),
            summary: summary.into(),
            evidence: Vec::new(),
            reference: self.reference,
        }
    }
}

/// What a remark stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it is, in snake_case: `expected`, `seen`, `line`, `bytes`, `serial`.
    pub what: String,
    /// Its value as text, with its unit. Never a card number, an order's text or a key.
    pub value: String,
    /// Where it was found: `access.log:17`, `frame 12, octets 54..90`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A kind, said of one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The kind's id.
    pub id: &'static str,
    /// The kind's group.
    pub group: &'static str,
    /// How much it matters here.
    pub severity: Severity,
    /// What it is said of: a file, a certificate's subject, `host:port`, a connection.
    pub subject: String,
    /// One sentence: what was seen.
    pub summary: String,
    /// What it stands on.
    pub evidence: Vec<Evidence>,
    /// Where the rule stands.
    pub reference: &'static str,
}

impl Remark {
    /// Adds what the remark stands on.
    #[must_use]
    pub fn with(mut self, what: &str, value: impl Into<String>) -> Self {
        self.evidence.push(Evidence { what: what.into(), value: value.into(), at: None });
        self
    }

    /// Adds what the remark stands on, and where it was found.
    #[must_use]
    pub fn with_at(mut self, what: &str, value: impl Into<String>, at: impl Into<String>) -> Self {
        let (value, at) = (value.into(), Some(at.into()));
        self.evidence.push(Evidence { what: what.into(), value, at });
        self
    }

    /// Changes how much it matters, where the subject decides that.
    #[must_use]
    pub fn as_severe_as(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

impl fmt::Display for Remark {
    /// One line: `error    chain-incomplete  shop.example:443: the server sent ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {}  {}: {}", self.severity, self.id, self.subject, self.summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static STALE: Kind = Kind {
        id: "crl-stale",
        group: "revocation",
        severity: Severity::Error,
        title: "The CRL's next update has passed.",
        page: "Nothing can be said of revocation.\n\nPublish a new one.",
        reference: "RFC 5280 section 5.1.2.5",
    };

    #[test]
    fn a_remark_is_one_line_for_people() {
        let remark =
            STALE.of("ca.crl", "next update was 2026-01-01").as_severe_as(Severity::Notice);
        assert_eq!(remark.to_string(), "notice   crl-stale  ca.crl: next update was 2026-01-01");
    }

    #[test]
    fn a_remark_is_one_object_for_programs() {
        let remark = STALE.of("ca.crl", "stale").with("seen", "7").with_at("line", "x", "a.log:1");
        assert_eq!(
            serde_json::to_string(&remark).unwrap(),
            r#"{"id":"crl-stale","group":"revocation","severity":"error","subject":"ca.crl","summary":"stale","evidence":[{"what":"seen","value":"7"},{"what":"line","value":"x","at":"a.log:1"}],"reference":"RFC 5280 section 5.1.2.5"}"#
        );
    }

    #[test]
    fn errors_are_the_greatest_severity() {
        assert!(Severity::Error > Severity::Warning && Severity::Warning > Severity::Notice);
    }
}
