//! Links: every address that a party's settings name is called once, as that party would; and each
//! listener at its own address, where nothing stands in between.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;

use counterfoil_doctor::fact::{Fact, Link, Outcome};
use counterfoil_node::client::target::Target;
use counterfoil_node::config::NodeConfig;
use counterfoil_node::deployment::layout;
use counterfoil_party::machine::Role;
use counterfoil_party::merchant::MerchantSettings;

use super::{Gatherer, Place};
use crate::witness::{self, Shown};

pub(super) static GATHERER: Gatherer = Gatherer { name: "links", run };

/// Time for one connection, handshake included.
const LINK_MS_MAX: u64 = 1_500;

/// A connection to be tried.
pub(crate) struct Call {
    pub(crate) from: String,
    pub(super) setting: String,
    pub(super) to: Option<String>,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
}

fn run(place: &Place) -> Vec<Fact> {
    let calls = calls(place);
    let tried: Vec<Link> = std::thread::scope(|scope| {
        let threads: Vec<_> = calls.iter().map(|call| scope.spawn(|| call.place())).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let source = |link: &Link| format!("{} -> {}", link.from, link.address);
    tried.iter().map(|link| Fact::of(&link.from, source(link), place.now, link)).collect()
}

/// What the settings of all parties name.
pub(super) fn calls(place: &Place) -> Vec<Call> {
    let mut calls = Vec::new();
    let listeners = listeners(place);
    let to = |port: u16| -> Option<String> {
        listeners.iter().find(|(listens, _)| *listens == port).map(|(_, party)| party.clone())
    };
    for (entry, material) in place.materials() {
        let Ok(config) = material.config::<IgnoredAny>() else { continue };
        for (name, endpoint) in &config.node.endpoints {
            let Ok(target) = endpoint.url.parse::<Target>() else { continue };
            calls.push(Call {
                from: entry.name.clone(),
                setting: format!("node.endpoints.{name}.url"),
                to: to(target.port),
                host: target.host.clone(),
                port: target.port,
                tls: true,
            });
        }
        if let Some(bank) = &config.node.bank_link {
            calls.push(Call {
                from: entry.name.clone(),
                setting: "node.bank_link".to_owned(),
                to: to(bank.port),
                host: bank.host.clone(),
                port: bank.port,
                tls: bank.trust.is_some(),
            });
        }
        calls.extend(direct(&entry.name, &config.node));
    }
    calls.extend(purchases(place, &to));
    calls
}

/// A party's listeners at their own addresses.
fn direct(party: &str, node: &NodeConfig) -> Vec<Call> {
    let set = node.set.as_ref().map(|set| (Link::SET_LISTENER, set.listen, true));
    let bank = node.bank_listener.as_ref();
    let bank = bank.map(|bank| (Link::BANK_LISTENER, bank.listen, bank.certificate.is_some()));
    let listeners = set.into_iter().chain(bank);
    listeners
        .map(|(setting, listen, tls)| Call {
            from: party.to_owned(),
            setting: setting.to_owned(),
            to: Some(party.to_owned()),
            host: reachable(listen.ip()),
            port: listen.port(),
            tls,
        })
        .collect()
}

/// An address at which a listener on this machine is reached.
fn reachable(listens: IpAddr) -> String {
    match listens {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Merchants, at the URL that they give to wallets.
fn purchases(place: &Place, to: &dyn Fn(u16) -> Option<String>) -> Vec<Call> {
    let mut calls = Vec::new();
    for (entry, material) in place.materials() {
        if entry.role != Role::Merchant || !material.is_certified() {
            continue;
        }
        let Ok(config) = material.config::<MerchantSettings>() else { continue };
        let Ok(target) = config.party.set_url.parse::<Target>() else { continue };
        calls.push(Call {
            from: layout::WALLET.to_owned(),
            setting: "party.set_url".to_owned(),
            to: to(target.port),
            host: target.host,
            port: target.port,
            tls: true,
        });
    }
    calls
}

/// Ports and whose they are.
fn listeners(place: &Place) -> Vec<(u16, String)> {
    let mut listeners = Vec::new();
    for (entry, material) in place.materials() {
        let Ok(config) = material.config::<IgnoredAny>() else { continue };
        let set = config.node.set.map(|listener| (listener.listen, listener.public));
        let bank = config.node.bank_listener.map(|listener| (listener.listen, listener.public));
        for (listen, public) in set.into_iter().chain(bank) {
            listeners.push((listen.port(), entry.name.clone()));
            let port = public.and_then(|public| public.rsplit_once(':')?.1.parse().ok());
            listeners.extend(port.map(|port| (port, entry.name.clone())));
        }
    }
    listeners
}

impl Call {
    /// The party that is meant, or nothing.
    pub(crate) fn party(&self) -> &str {
        self.to.as_deref().unwrap_or_default()
    }

    /// Is it a party's own listener?
    pub(crate) fn is_direct(&self) -> bool {
        [Link::SET_LISTENER, Link::BANK_LISTENER].contains(&self.setting.as_str())
    }

    /// Does a bank listen there, which speaks ISO 8583?
    pub(super) fn is_bank(&self) -> bool {
        self.setting.starts_with("node.bank_")
    }

    /// The name of the link as a source of facts.
    pub(crate) fn source(&self) -> String {
        format!("{} -> {}:{}", self.from, self.host, self.port)
    }

    /// The address, in the first form that the system has for it.
    pub(super) fn resolve(&self) -> std::io::Result<Option<SocketAddr>> {
        let mut all = (self.bare_host(), self.port).to_socket_addrs()?;
        Ok(all.next())
    }

    /// The host without the brackets of IPv6.
    pub(super) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    fn place(&self) -> Link {
        let started = Instant::now();
        let (outcome, said, shown) = self.try_it();
        Link {
            from: self.from.clone(),
            setting: self.setting.clone(),
            to: self.to.clone(),
            address: format!("{}:{}", self.host, self.port),
            outcome,
            said,
            millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            served: shown.chain.iter().map(|der| STANDARD.encode(der)).collect(),
        }
    }

    fn try_it(&self) -> (Outcome, Option<String>, Shown) {
        let said = |outcome: Outcome, what: String| (outcome, Some(what), Shown::default());
        let address = match self.resolve() {
            Ok(Some(address)) => address,
            Ok(None) => return said(Outcome::Unresolved, "its name has no address".into()),
            Err(error) => return said(Outcome::Unresolved, error.to_string()),
        };
        let limit = Duration::from_millis(LINK_MS_MAX);
        let mut socket = match TcpStream::connect_timeout(&address, limit) {
            Ok(socket) => socket,
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                return said(Outcome::Refused, error.to_string());
            }
            Err(error) => return said(Outcome::Unanswered, error.to_string()),
        };
        if !self.tls {
            return (Outcome::Plain, None, Shown::default());
        }
        let (shown, ended) = witness::handshake(&mut socket, self.bare_host(), limit);
        match ended {
            Ok(()) => (Outcome::Reached, None, shown),
            Err(error) => (outcome(&error), Some(error.to_string()), shown),
        }
    }
}

/// How a handshake that did not end well counts.
pub(super) fn outcome(error: &std::io::Error) -> Outcome {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Outcome::Silent,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
            Outcome::Reset
        }
        _ => Outcome::Disagreed,
    }
}
