//! The listeners of a party, taken from its settings.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use counterfoil_party::event::Event;
use counterfoil_party::machine::Party;

use super::carrier::{identity, read_pem};
use super::{RunError, boxed};
use crate::actor::{AnyReport, Handle};
use crate::bank_link::BankService;
use crate::config::NodeConfig;
use crate::files::PartyFolder;
use crate::key_log;
use crate::server::{ApiRoutes, Http, Operations, Server, SetService, Stop};
use crate::supervise::Ready;
use crate::telemetry::Telemetry;
use crate::tls::{self, ServerTls};

/// A listener that has its address.
struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<ServerTls>,
}

/// The listeners that the settings name.
pub(super) struct Listeners {
    set: Option<Bound>,
    operations: Option<Bound>,
    bank: Option<Bound>,
}

/// TLS settings of listeners, to be read anew.
pub(super) struct Reloadable {
    set: Option<ServerTls>,
    bank: Option<ServerTls>,
}

/// Certificates and keys of the listeners, read from their files.
pub(super) struct Certificates {
    set: Option<ServerConfig>,
    bank: Option<ServerConfig>,
}

impl Certificates {
    /// Reads every file that the settings name.
    pub(super) fn read(folder: &PartyFolder, node: &NodeConfig) -> Result<Self, AnyReport> {
        Ok(Self { set: set_tls(folder, node)?, bank: bank_tls(folder, node)? })
    }
}

impl Listeners {
    /// Takes the addresses.
    pub(super) async fn bind(node: &NodeConfig, tls: Certificates) -> Result<Self, AnyReport> {
        let set = match &node.set {
            None => None,
            Some(set) => Some(bind("set", set.listen, tls.set).await?),
        };
        let operations = match node.operations {
            None => None,
            Some(address) => Some(bind("operations", address, None).await?),
        };
        let bank = match &node.bank_listener {
            None => None,
            Some(bank) => Some(bind("bank", bank.listen, tls.bank).await?),
        };
        Ok(Self { set, operations, bank })
    }

    /// What is announced.
    pub(super) fn ready(&self, name: &str) -> Ready {
        let mut addresses = BTreeMap::new();
        if let Some(Bound { address, .. }) = &self.set {
            let path = crate::server::set::PATH;
            addresses.insert("set".to_owned(), format!("https://{address}{path}"));
        }
        if let Some(Bound { address, .. }) = &self.operations {
            addresses.insert("operations".to_owned(), format!("http://{address}"));
        }
        if let Some(Bound { address, .. }) = &self.bank {
            addresses.insert("bank".to_owned(), address.to_string());
        }
        Ready { ready: name.to_owned(), pid: std::process::id(), addresses }
    }

    /// TLS settings that a reload exchanges.
    pub(super) fn tls(&self) -> Reloadable {
        let tls_of = |bound: &Option<Bound>| bound.as_ref().and_then(|bound| bound.tls.clone());
        Reloadable { set: tls_of(&self.set), bank: tls_of(&self.bank) }
    }

    /// Starts to serve.
    pub(super) fn serve<P: Party + 'static>(
        self,
        node: &NodeConfig,
        party: &Handle<P>,
        routes: Arc<dyn ApiRoutes<P>>,
        telemetry: &Telemetry,
        stop: &Stop,
    ) -> Vec<JoinHandle<()>> {
        if let Some(file) = &node.tls_key_log {
            let event =
                Event::warning("tls.key_log_is_on").with("file", file.display().to_string());
            telemetry.tell(&event);
        }
        telemetry.visitors().deny(&node.deny);
        let limits = node.limits;
        let drain = Duration::from_millis(node.queue.drain_ms_max);
        let telemetry = || telemetry.clone();
        let mut tasks = Vec::new();
        if let Some(Bound { listener, tls, .. }) = self.set {
            let service = SetService::new(party.clone(), limits, &telemetry());
            let http = Http::new("set", service, limits, telemetry());
            let server = Server::new("set", http, tls, &limits, telemetry());
            tasks.push(tokio::spawn(server.run(listener, stop.clone(), drain)));
        }
        if let Some(Bound { listener, .. }) = self.operations {
            let service = Operations::new(party.clone(), routes, limits, telemetry());
            let http = Http::new("operations", service, limits, telemetry());
            let server = Server::new("operations", http, None, &limits, telemetry());
            tasks.push(tokio::spawn(server.run(listener, stop.clone(), drain)));
        }
        if let Some(Bound { listener, tls, .. }) = self.bank {
            let service = BankService::new(party.clone(), limits, telemetry());
            let server = Server::new("bank", service, tls, &limits, telemetry());
            tasks.push(tokio::spawn(server.run(listener, stop.clone(), drain)));
        }
        tasks
    }
}

impl Reloadable {
    /// Uses other certificates and keys from now on.
    pub(super) fn replace(&self, new: Certificates) {
        for (current, new) in [(&self.set, new.set), (&self.bank, new.bank)] {
            if let (Some(current), Some(new)) = (current, new) {
                current.replace(new);
            }
        }
    }
}

async fn bind(
    listener: &'static str,
    address: SocketAddr,
    tls: Option<ServerConfig>,
) -> Result<Bound, AnyReport> {
    let failure = |cause| boxed(RunError::Listen { listener, address, cause });
    let bound = TcpListener::bind(address).await.map_err(failure)?;
    let address = bound.local_addr().map_err(failure)?;
    Ok(Bound { listener: bound, address, tls: tls.map(ServerTls::new) })
}

fn set_tls(folder: &PartyFolder, node: &NodeConfig) -> Result<Option<ServerConfig>, AnyReport> {
    let Some(set) = &node.set else { return Ok(None) };
    let (certificate, key) = (Some(&set.certificate), Some(&set.key));
    let tls = server_tls(folder, certificate, key, set.client_trust.as_ref())?;
    with_key_log(folder, node, tls)
}

fn bank_tls(folder: &PartyFolder, node: &NodeConfig) -> Result<Option<ServerConfig>, AnyReport> {
    let Some(bank) = &node.bank_listener else { return Ok(None) };
    let (certificate, key) = (bank.certificate.as_ref(), bank.key.as_ref());
    let tls = server_tls(folder, certificate, key, bank.client_trust.as_ref())?;
    with_key_log(folder, node, tls)
}

/// Adds the key log to TLS settings, where the party's settings ask for one.
fn with_key_log(
    folder: &PartyFolder,
    node: &NodeConfig,
    tls: Option<ServerConfig>,
) -> Result<Option<ServerConfig>, AnyReport> {
    let Some(file) = &node.tls_key_log else { return Ok(tls) };
    let Some(mut tls) = tls else { return Ok(None) };
    key_log::attach(&mut tls, &folder.resolve(file)).map_err(boxed)?;
    Ok(Some(tls))
}

fn server_tls(
    folder: &PartyFolder,
    certificate: Option<&PathBuf>,
    key: Option<&PathBuf>,
    client_trust: Option<&PathBuf>,
) -> Result<Option<ServerConfig>, AnyReport> {
    let Some(identity) = identity(folder, certificate, key)? else { return Ok(None) };
    let clients = client_trust.map(|trust| read_pem(folder, trust)).transpose()?;
    tls::server(&identity, clients.as_ref()).map(Some).map_err(boxed)
}
