//! [`ProbeError`]: why nothing can be said of a server.

use counterfoil_secret::{Fault, Report};
use thiserror::Error;

/// Why a server could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProbeError {
    /// The target is no host and port.
    #[error("`{text}` is not HOST:PORT")]
    Target {
        /// What was given.
        text: String,
    },
    /// The name has no address.
    #[error("could not look at {target}: the name has no address ({cause})")]
    Unresolved {
        /// What was to be probed.
        target: String,
        /// What the resolver said.
        cause: String,
    },
    /// The connection was refused, or the network does not lead there.
    #[error("could not look at {target}: no connection ({cause})")]
    NotConnected {
        /// What was to be probed.
        target: String,
        /// What the system said.
        cause: String,
    },
    /// Nobody answers the attempt to connect.
    #[error("could not look at {target}: nobody answered within {seconds} s")]
    ConnectTimeout {
        /// What was to be probed.
        target: String,
        /// How long was waited.
        seconds: u64,
    },
    /// It accepts connections and says nothing.
    #[error("could not look at {target}: it accepts connections and then says nothing")]
    Silent {
        /// What was to be probed.
        target: String,
    },
    /// It hangs up on every hello.
    #[error("could not look at {target}: it {how} every connection without a word of TLS")]
    HangsUp {
        /// What was to be probed.
        target: String,
        /// `closes` or `resets`.
        how: &'static str,
    },
    /// It answers with something else.
    #[error("could not look at {target}: its answer is not TLS; it begins with {start}")]
    NotTls {
        /// What was to be probed.
        target: String,
        /// The first octets, made printable.
        start: String,
    },
    /// It does not begin TLS in the protocol that was said.
    #[error("could not look at {target}: {protocol} does not begin TLS ({cause})")]
    StartTls {
        /// What was to be probed.
        target: String,
        /// The protocol.
        protocol: &'static str,
        /// What the server said.
        cause: String,
    },
}

impl Report for ProbeError {
    fn id(&self) -> &'static str {
        match self {
            Self::Target { .. } => "target-malformed",
            Self::Unresolved { .. } => "target-unresolved",
            Self::NotConnected { .. } => "target-not-connected",
            Self::ConnectTimeout { .. } => "target-connect-timeout",
            Self::Silent { .. } => "target-silent",
            Self::HangsUp { .. } => "target-hangs-up",
            Self::NotTls { .. } => "target-not-tls",
            Self::StartTls { .. } => "target-starttls-refused",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Target { .. } => "write it as shop.example:443 or [2001:db8::1]:443",
            Self::Unresolved { .. } => "check the name, and the resolver of this machine",
            Self::NotConnected { .. } => {
                "check that the service runs and listens on this address and port"
            }
            Self::ConnectTimeout { .. } => {
                "a firewall may drop packets from here; try from the network of its clients"
            }
            Self::Silent { .. } | Self::HangsUp { .. } | Self::NotTls { .. } => {
                "check the port; if TLS begins inside another protocol, name it with --starttls; \
                 if the server tells sites apart by name, give it with --name"
            }
            Self::StartTls { .. } => "check that this protocol is spoken there and offers TLS",
        }
        .into()
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Target { .. } => Fault::Malformed,
            _ => Fault::Environment,
        }
    }
}

/// The first octets of an answer, made printable.
pub(crate) fn printable(octets: &[u8]) -> String {
    let text: String =
        octets.iter().take(32).map(|octet| octet.escape_ascii().to_string()).collect();
    format!("\"{text}\"")
}
