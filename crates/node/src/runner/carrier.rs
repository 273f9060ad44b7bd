//! A party's calls, by the kind of connection: HTTPS or the bank link.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use rustls::ClientConfig;

use counterfoil_party::event::Event;
use counterfoil_party::machine::{CallFailure, Channel, Destination};

use super::{ReadDialect, RunError, boxed};
use crate::BoxFuture;
use crate::actor::{AnyReport, Outbound};
use crate::bank_link::{BankLink, Correlate, by_trace_number};
use crate::client::{Client, ClientBuilder};
use crate::config::{BankEndpoint, Endpoint, NodeConfig};
use crate::files::{self, PartyFolder, read_secret};
use crate::telemetry::Telemetry;
use crate::tls::{self, Identity, PemFile};

/// Carries calls. What calls go through can be exchanged while calls are under way: those that
/// are begun end where they began.
pub(super) struct Carrier {
    client: RwLock<Client>,
    bank: RwLock<Option<OpenLink>>,
}

/// A bank link with what it was made of.
struct OpenLink {
    made_of: MadeOf,
    link: BankLink,
}

/// What a bank link is made of: one that would be made of the same stays connected.
#[derive(PartialEq, Eq)]
struct MadeOf {
    endpoint: BankEndpoint,
    dialect: &'static str,
    /// The PEM files of trust and certificate. A new key has a new certificate.
    files: Vec<Vec<u8>>,
}

/// Where calls shall go, read from settings and files; nothing is connected yet.
pub(super) struct Plan {
    client: ClientBuilder,
    bank: Option<PlannedLink>,
}

struct PlannedLink {
    made_of: MadeOf,
    tls: Option<ClientConfig>,
    correlate: Correlate,
}

impl Plan {
    /// Reads every file that the settings name.
    pub(super) fn read(
        folder: &PartyFolder,
        node: &NodeConfig,
        dialect: Option<&ReadDialect>,
    ) -> Result<Self, AnyReport> {
        let client = client(folder, node)?;
        let Some(endpoint) = &node.bank_link else { return Ok(Self { client, bank: None }) };
        let Some(dialect) = dialect else {
            return Err(boxed(RunError::Lacking { what: "a dialect for the bank link" }));
        };
        let dialect = dialect()?;
        let files = [&endpoint.trust, &endpoint.certificate].into_iter().flatten();
        let files = files.map(|path| read_pem(folder, path).map(|file| file.octets));
        let made_of = MadeOf {
            endpoint: endpoint.clone(),
            dialect: dialect.name,
            files: files.collect::<Result<_, _>>()?,
        };
        let tls = bank_tls(folder, endpoint)?;
        let correlate = by_trace_number(dialect);
        Ok(Self { client, bank: Some(PlannedLink { made_of, tls, correlate }) })
    }
}

impl PlannedLink {
    fn open(self, telemetry: &Telemetry) -> OpenLink {
        let Self { made_of, tls, correlate } = self;
        let (host, port, limits) =
            (made_of.endpoint.host.as_str(), made_of.endpoint.port, made_of.endpoint.limits);
        let link = BankLink::start(host, port, tls, correlate, limits, telemetry.clone());
        OpenLink { made_of, link }
    }
}

impl Carrier {
    /// Goes by this plan.
    pub(super) fn new(plan: Plan, telemetry: &Telemetry) -> Self {
        let client = RwLock::new(plan.client.build(telemetry.clone()));
        let bank = RwLock::new(plan.bank.map(|bank| bank.open(telemetry)));
        Self { client, bank }
    }

    /// Goes by another plan from now on.
    pub(super) fn replace(&self, plan: Plan, telemetry: &Telemetry) {
        let client = plan.client.build(telemetry.clone());
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
        let mut bank = self.bank.write().unwrap_or_else(PoisonError::into_inner);
        let same = match (&*bank, &plan.bank) {
            (Some(open), Some(planned)) => open.made_of == planned.made_of,
            (open, planned) => open.is_none() && planned.is_none(),
        };
        if !same {
            *bank = plan.bank.map(|bank| bank.open(telemetry));
            telemetry.tell(&Event::info("bank_link.replaced"));
        }
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
            let bank = self.bank.read().unwrap_or_else(PoisonError::into_inner);
            let bank = bank.as_ref().map(|open| open.link.clone());
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
fn client(folder: &PartyFolder, node: &NodeConfig) -> Result<ClientBuilder, AnyReport> {
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
    Ok(builder)
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
