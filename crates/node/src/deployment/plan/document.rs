//! The text of settings files that are read by [`crate::config`].

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Serialize;

use counterfoil_party::machine::Role;

/// `counterfoil.toml`.
#[derive(Serialize)]
pub(super) struct DeploymentText {
    /// In the order of starting.
    pub(super) party: Vec<PartyText>,
}

#[derive(Serialize)]
pub(super) struct PartyText {
    pub(super) name: &'static str,
    pub(super) role: Role,
}

/// `config.toml` of a party.
#[derive(Serialize)]
pub(super) struct ConfigText<'a, S> {
    pub(super) node: &'a NodeText,
    pub(super) party: &'a S,
}

/// `[node]`.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct NodeText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operations: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url_trust: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) set: Option<ListenerText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bank_listener: Option<ListenerText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bank_link: Option<BankText>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) endpoints: BTreeMap<&'static str, EndpointText>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ListenerText {
    pub(super) listen: SocketAddr,
    pub(super) certificate: String,
    pub(super) key: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct BankText {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) trust: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct EndpointText {
    pub(super) url: String,
    pub(super) trust: String,
}
