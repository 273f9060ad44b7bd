//! [`PathError`]: which rule of path validation refused which certificate.

use std::fmt;

use counterfoil_remark::Remark;
use counterfoil_secret::report::{Fault, Report};

use super::rule::Rule;
use crate::certificate::Certificate;

/// The first rule that a path broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// The rule.
    pub rule: Rule,
    /// Which certificate: 0 is the leaf, 1 its issuer and so on.
    pub index: usize,
    /// The subject of that certificate (RFC 4514).
    pub subject: String,
    /// More about it, for people; empty when there is nothing to add.
    pub detail: String,
    /// Where the rule is written.
    pub section: &'static str,
}

impl PathError {
    pub(crate) fn new(rule: Rule, index: usize, certificate: &Certificate) -> Self {
        let subject = certificate.subject().to_string();
        let detail = match rule {
            Rule::NotYetValid => format!("it begins at {}", certificate.not_before()),
            Rule::Expired => format!("it ended at {}", certificate.not_after()),
            _ => String::new(),
        };
        Self { rule, index, subject, detail, section: rule.section() }
    }

    /// A rule that has its place elsewhere.
    pub(crate) fn at(self, section: &'static str) -> Self {
        Self { section, ..self }
    }

    /// As every command says what it has seen.
    pub fn remark(&self) -> Remark {
        let kind = self.rule.kind();
        let mut remark = kind.of(self.subject.clone(), format!("{}.", self.wrong()));
        remark.reference = self.section;
        remark.with("index", self.index.to_string())
    }

    /// What is wrong, to follow "the certificate is refused: ".
    pub fn wrong(&self) -> String {
        match (self.rule, self.detail.is_empty()) {
            (Rule::Profile, false) => self.detail.clone(),
            (rule, true) => rule.wrong(),
            (rule, false) => format!("{} ({})", rule.wrong(), self.detail),
        }
    }

    pub(crate) fn with(self, detail: impl fmt::Display) -> Self {
        Self { detail: detail.to_string(), ..self }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The certificate of `{}` is refused: ", self.subject)?;
        write!(f, "{} [{}].", self.wrong(), self.section)
    }
}

impl std::error::Error for PathError {}

impl Report for PathError {
    fn id(&self) -> &'static str {
        self.rule.id()
    }

    fn hint(&self) -> String {
        self.rule.hint().into()
    }

    fn fault(&self) -> Fault {
        match self.rule {
            Rule::AlgorithmRefused
            | Rule::CriticalExtension
            | Rule::NameConstraintUnsupported
            | Rule::WorkLimit => Fault::PeerIncompatible,
            _ => Fault::PeerMisbehaved,
        }
    }
}
