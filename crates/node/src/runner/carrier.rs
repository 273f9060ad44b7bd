//! A party's calls, by the kind of connection: HTTPS or the bank link.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use rustls::ClientConfig;

use counterfoil_party::machine::{CallFailure, Channel, Destination};

use super::{RunError, boxed};
use crate::BoxFuture;
use crate::actor::{AnyReport, Outbound};
use crate::bank_link::{BankLink, Correlate};
use crate::client::{Client, ClientBuilder};
use crate::config::{BankEndpoint, Endpoint, NodeConfig};
use crate::files::{self, PartyFolder, read_secret};
use crate::telemetry::Telemetry;
use crate::tls::{self, Identity, PemFile};

/// Carries calls. The HTTPS side can be exchanged while calls are under way.
pub(super) struct Carrier {
    client: RwLock<Client>,
    bank: Option<BankLink>,
}

impl Carrier {
    /// Endpoints and bank link as the settings have them.
    pub(super) fn new(
        folder: &PartyFolder,
        node: &NodeConfig,
        correlate: Option<Correlate>,
        telemetry: &Telemetry,
    ) -> Result<Self, AnyReport> {
        let client = RwLock::new(client(folder, node, telemetry)?);
        let bank = match (&node.bank_link, correlate) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(boxed(RunError::Lacking { what: "a dialect for the bank link" }));
            }
            (Some(bank), Some(correlate)) => {
                let tls = bank_tls(folder, bank)?;
                let (host, limits) = (bank.host.as_str(), bank.limits);
                let telemetry = telemetry.clone();
                Some(BankLink::start(host, bank.port, tls, correlate, limits, telemetry))
            }
        };
        Ok(Self { client, bank })
    }

    /// Uses other endpoints and trust from now on. The bank link stays as it is.
    pub(super) fn replace(&self, client: Client) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }
}

impl Outbound for Carrier {
    fn call(
        &self,
        to: Destination,
        channel: Channel,
        body: Vec<u8>,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<Vec<u8>, CallFailure>> {
        if channel == Channel::Bank {
            let bank = self.bank.clone();
            return Box::pin(async move {
                match bank {
                    Some(bank) => bank.call(&body, timeout).await,
                    None => Err(CallFailure::NotSent),
                }
            });
        }
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move { client.call(&to, channel, body, timeout).await })
    }
}

/// The HTTPS client that the settings describe.
pub(super) fn client(
    folder: &PartyFolder,
    node: &NodeConfig,
    telemetry: &Telemetry,
) -> Result<Client, AnyReport> {
    let mut builder = ClientBuilder::new(node.client);
    for (name, endpoint) in &node.endpoints {
        let Endpoint { url, trust, certificate, key } = endpoint;
        let target = url.parse().map_err(boxed)?;
        let identity = identity(folder, certificate.as_ref(), key.as_ref())?;
        let trust = read_pem(folder, trust)?;
        let tls = tls::client(&trust, identity.as_ref()).map_err(boxed)?;
        builder = builder.endpoint(name, target, tls);
    }
    if let Some(trust) = &node.url_trust {
        let tls = tls::client(&read_pem(folder, trust)?, None).map_err(boxed)?;
        builder = builder.any_url(tls);
    }
    Ok(builder.build(telemetry.clone()))
}

fn bank_tls(folder: &PartyFolder, bank: &BankEndpoint) -> Result<Option<ClientConfig>, AnyReport> {
    let Some(trust) = &bank.trust else { return Ok(None) };
    let identity = identity(folder, bank.certificate.as_ref(), bank.key.as_ref())?;
    tls::client(&read_pem(folder, trust)?, identity.as_ref()).map(Some).map_err(boxed)
}

/// A certificate chain with its key, where both are given.
pub(super) fn identity(
    folder: &PartyFolder,
    certificate: Option<&PathBuf>,
    key: Option<&PathBuf>,
) -> Result<Option<Identity>, AnyReport> {
    let (Some(certificate), Some(key)) = (certificate, key) else { return Ok(None) };
    let chain = read_pem(folder, certificate)?;
    let key_path = folder.resolve(key);
    let key = read_secret(&key_path).map_err(boxed)?;
    Ok(Some(Identity { chain, key_path, key }))
}

/// A PEM file of the party's folder.
pub(super) fn read_pem(folder: &PartyFolder, path: &Path) -> Result<PemFile, AnyReport> {
    let path = folder.resolve(path);
    let octets = files::read(&path).map_err(boxed)?;
    Ok(PemFile { path, octets })
}
