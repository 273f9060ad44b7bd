//! What every error of the product says about itself: an id, whose fault, and what to do.

/// Whose fault an error is. One total function maps these to wire codes and exit statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The bytes or the text are not what they claim to be.
    Malformed,
    /// Well formed, but the peer broke a rule: a wrong signature, a replay, a mismatch.
    PeerMisbehaved,
    /// The peer speaks something that this side does not (version, suite, extension).
    PeerIncompatible,
    /// This side was used or configured wrongly.
    OurMisuse,
    /// Disk, network, clock or another part of the surroundings failed.
    Environment,
}

impl Fault {
    /// Stable name for logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::PeerMisbehaved => "peer_misbehaved",
            Self::PeerIncompatible => "peer_incompatible",
            Self::OurMisuse => "our_misuse",
            Self::Environment => "environment",
        }
    }
}

/// An error that can be shown: `Display` is its one sentence.
pub trait Report: std::error::Error {
    /// Stable id in kebab-case, for example `signature-invalid`.
    fn id(&self) -> &'static str;
    /// One sentence that a person can act on.
    fn hint(&self) -> String;
    /// Whose fault it is.
    fn fault(&self) -> Fault;
}
