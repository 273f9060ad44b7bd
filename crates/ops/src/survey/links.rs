//! Links: every address that a party's settings name is called once, as that party would.

use std::io::ErrorKind;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;

use counterfoil_doctor::fact::{Fact, Link, Outcome};
use counterfoil_node::client::target::Target;

use super::{Gatherer, Place};
use crate::witness::{self, Shown};

pub(super) static GATHERER: Gatherer = Gatherer { name: "links", run };

/// Time for one connection, handshake included.
const LINK_MS_MAX: u64 = 1_500;

/// A connection to be tried.
struct Call {
    from: String,
    setting: String,
    to: Option<String>,
    host: String,
    port: u16,
    tls: bool,
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
fn calls(place: &Place) -> Vec<Call> {
    let mut calls = Vec::new();
    let listeners = listeners(place);
    let to = |port: u16| {
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
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let address = match (host, self.port).to_socket_addrs().map(|mut all| all.next()) {
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
        let (shown, ended) = witness::handshake(&mut socket, host, limit);
        match ended {
            Ok(()) => (Outcome::Reached, None, shown),
            Err(error) => (outcome(&error), Some(error.to_string()), shown),
        }
    }
}

/// How a handshake that did not end well counts.
fn outcome(error: &std::io::Error) -> Outcome {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Outcome::Silent,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
            Outcome::Reset
        }
        _ => Outcome::Disagreed,
    }
}
