//! TLS servers: the chain and the stapled OCSP response that each shows, and its newest version.
//!
//! One handshake of today tells all that. Where it cannot be made, the server is probed
//! ([`crate::probe`]): that reads what old servers show as well.

use std::fmt;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use counterfoil_pki::host::HostName;
use counterfoil_pki::watch::{Facts, Holding, Unseen};
use counterfoil_pki::{Certificate, OcspResponse, purpose};
use counterfoil_tls::probe::facts::ServedChain;

use crate::probe::{Options, Target, probe};
use crate::witness::{self, Shown};

/// Time for a handshake, and as much again for a probe where there can be none.
const HANDSHAKE_MS_MAX: u64 = 5_000;

/// Time for one server, from its name to its chain.
const SERVER_MS_MAX: u64 = 2 * HANDSHAKE_MS_MAX + 2_000;

/// Servers that are asked at once.
const AT_ONCE_MAX: usize = 16;

/// A TLS server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The name or address under which it is reached.
    pub host: HostName,
    /// TCP port.
    pub port: u16,
}

/// Text that is neither a file that exists nor `HOST` or `HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTarget(pub String);

impl Server {
    /// Reads `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`.
    ///
    /// # Errors
    /// [`UnknownTarget`].
    pub fn parse(text: &str) -> Result<Self, UnknownTarget> {
        let unknown = || UnknownTarget(text.to_owned());
        if let Ok(host) = text.parse() {
            return Ok(Self { host, port: 443 });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(unknown)?;
        let port = port.parse().map_err(|_| unknown())?;
        Ok(Self { host: host.parse().map_err(|_| unknown())?, port })
    }

    /// Does a target of the command line name a file rather than a server?
    pub fn is_file(text: &str) -> bool {
        text.contains('/') || Path::new(text).exists()
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            HostName::Ip(std::net::IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            host => write!(f, "{host}:{}", self.port),
        }
    }
}

/// Asks every server, some at once.
pub(super) fn gather(servers: &[Server], anchors: &[Certificate], facts: &mut Facts) {
    for group in servers.chunks(AT_ONCE_MAX) {
        let asked: Vec<_> = group.iter().map(|server| (server, ask(server.clone()))).collect();
        for (server, answer) in asked {
            let limit = Duration::from_millis(SERVER_MS_MAX);
            let late = || Err(format!("no answer within {SERVER_MS_MAX} ms"));
            let shown = answer.recv_timeout(limit).unwrap_or_else(|_| late());
            match shown.and_then(|shown| holding(server, &shown, anchors)) {
                Ok(holding) => facts.holdings.push(holding),
                Err(why) => facts.unseen.push(Unseen { place: server.to_string(), why }),
            }
        }
    }
}

/// In a thread of its own: names are looked up by a call that has no time limit.
fn ask(server: Server) -> mpsc::Receiver<Result<Shown, String>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Whoever asked may have given up; then nobody wants the answer.
        drop(sender.send(look(&server)));
    });
    receiver
}

/// A handshake, and a probe if that shows nothing.
fn look(server: &Server) -> Result<Shown, String> {
    handshake(server).or_else(|why| probed(server).ok_or(why))
}

/// What a probe has seen with the newest version; `None` when it saw no certificate.
fn probed(server: &Server) -> Option<Shown> {
    let target = Target { host: server.host.to_string(), port: server.port };
    let total_time_max = Duration::from_millis(HANDSHAKE_MS_MAX);
    let options = Options { total_time_max, ..Options::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let facts = runtime.block_on(probe(&target, &options)).ok()?.facts;
    let version = facts.spoken().next_back()?.version;
    let newest = |chain: &&ServedChain| chain.versions.contains(&version);
    let served = facts.chains.iter().find(newest).or(facts.chains.first())?;
    Some(Shown {
        chain: served.certificates.clone(),
        ocsp: served.stapled_ocsp.clone().unwrap_or_default(),
        version: Some(version.0),
    })
}

fn handshake(server: &Server) -> Result<Shown, String> {
    let text = |error: &dyn fmt::Display| error.to_string();
    let place = server.to_string();
    let address = place.to_socket_addrs().map_err(|error| text(&error))?.next();
    let address = address.ok_or("its name has no address")?;
    let limit = Duration::from_millis(HANDSHAKE_MS_MAX);
    let mut socket = TcpStream::connect_timeout(&address, limit).map_err(|error| text(&error))?;
    let (shown, ended) = witness::handshake(&mut socket, &server.host.to_string(), limit);
    // What was shown counts even if the server then wanted a certificate of the client.
    if shown.chain.is_empty() {
        ended.map_err(|error| text(&error))?;
        return Err("it showed no certificate".into());
    }
    Ok(shown)
}

fn holding(server: &Server, shown: &Shown, anchors: &[Certificate]) -> Result<Holding, String> {
    let chain: Result<Vec<Certificate>, _> =
        shown.chain.iter().map(|der| Certificate::from_der(der)).collect();
    let chain = chain.map_err(|error| error.to_string().trim_end_matches('.').to_owned())?;
    let mut holding = Holding::at(server.to_string(), chain);
    holding.purpose = purpose::named("tls-server").filter(|_| !anchors.is_empty());
    holding.anchors = anchors.to_vec();
    holding.names = vec![server.host.clone()];
    holding.served = true;
    holding.newest_tls = shown.version;
    holding.stapled = Some(!shown.ocsp.is_empty());
    holding.ocsp.extend(OcspResponse::from_der(&shown.ocsp).ok());
    holding.serves = vec![format!("all connections to {server}")];
    Ok(holding)
}
