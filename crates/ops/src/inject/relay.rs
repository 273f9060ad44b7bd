//! What stands in front of a listener in the laboratory, where a real deployment has a firewall or
//! load balancer: it passes octets on, and does to them what it is told.
//!
//! The list of relays is a file, [`FILE`], which is read anew for every connection and every piece:
//! whoever changes it changes what happens to connections that stand.

use std::io::{Read as _, Result, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::intercept;

/// The list of relays, in the deployment's folder.
pub const FILE: &str = "lab/relays.json";
/// Octets that are passed on at once.
const PIECE_BYTES: usize = 16 * 1024;
/// Time after which a connection that says nothing is looked at again.
const IDLE_MS: u64 = 100;

/// A relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// The party behind it.
    pub party: String,
    /// Where it listens: the party's public address.
    pub listen: SocketAddr,
    /// Where the party listens.
    pub to: SocketAddr,
    /// What it does.
    #[serde(default)]
    pub act: Act,
}

/// What a relay does to what passes. By default, nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Act {
    /// Takes connections and passes nothing on, either way.
    pub swallow: bool,
    /// Passes nothing on towards the party.
    pub swallow_requests: bool,
    /// Passes nothing on from the party.
    pub swallow_answers: bool,
    /// Breaks each connection after so many octets, counted both ways.
    pub reset_after: Option<u64>,
    /// Loses pieces longer than this, and what follows them, as a path whose MTU nobody is told.
    pub longest_piece: Option<usize>,
    /// Loses pieces from the party that are shorter than this: its short answers, and not the long
    /// ones with which a connection begins.
    pub short_answers_lost: Option<usize>,
    /// Waits so long before each piece.
    pub delay_ms: u64,
    /// Connections go here instead of to the party.
    pub diverted_to: Option<SocketAddr>,
    /// Ends TLS itself and begins it anew towards the party.
    pub tls: Option<EndsTls>,
    /// What is replaced in what passes, both ways, when it ends TLS itself.
    pub rewrites: Vec<(String, String)>,
}

/// What a relay that ends TLS shows. Paths are relative to the deployment's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndsTls {
    /// PEM file of the certificates, its own first.
    pub chain: PathBuf,
    /// PEM file of the key.
    pub key: PathBuf,
}

/// The relays of a deployment.
///
/// # Errors
/// The file cannot be read or is not a list of relays.
pub fn read(data: &Path) -> Result<Vec<Relay>> {
    Ok(serde_json::from_slice(&std::fs::read(data.join(FILE))?)?)
}

/// Runs every relay of a deployment; ends only when a listener cannot be had.
///
/// # Errors
/// As [`read`], or a port is taken.
pub fn run(data: &Path) -> Result<()> {
    let mut threads = Vec::new();
    for relay in read(data)? {
        let listener = TcpListener::bind(relay.listen)?;
        let one = Arc::new(One { data: data.to_owned(), party: relay.party });
        threads.push(std::thread::spawn(move || one.serve(&listener)));
    }
    threads.into_iter().for_each(|thread| drop(thread.join()));
    Ok(())
}

struct One {
    data: PathBuf,
    party: String,
}

impl One {
    /// The relay as its file says now. A file that is being replaced is as good as unchanged.
    fn now(&self) -> Option<Relay> {
        read(&self.data).ok()?.into_iter().find(|relay| relay.party == self.party)
    }

    fn serve(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming().flatten() {
            let one = Arc::clone(self);
            std::thread::spawn(move || drop(one.pass(client)));
        }
    }

    fn pass(self: Arc<Self>, client: TcpStream) -> Result<()> {
        let Some(relay) = self.now() else { return Ok(()) };
        if let Some(shown) = &relay.act.tls {
            return intercept::pass(&self.data, &relay, shown, client);
        }
        let server = TcpStream::connect(relay.act.diverted_to.unwrap_or(relay.to))?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let counted = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let (there, back) = ((client.try_clone()?, server.try_clone()?), (server, client));
        let one = Arc::clone(&self);
        let count = Arc::clone(&counted);
        std::thread::spawn(move || drop(one.pipe(there.0, there.1, true, &count)));
        self.pipe(back.0, back.1, false, &counted)
    }

    fn pipe(
        &self,
        mut from: TcpStream,
        mut to: TcpStream,
        is_request: bool,
        counted: &std::sync::atomic::AtomicU64,
    ) -> Result<()> {
        from.set_read_timeout(Some(Duration::from_millis(IDLE_MS)))?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut lost = false;
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if is_idle(&error) => continue,
                Err(_) => break,
            };
            let act = self.now().map(|relay| relay.act).unwrap_or_default();
            let swallowed =
                act.swallow || if is_request { act.swallow_requests } else { act.swallow_answers };
            lost |= act.longest_piece.is_some_and(|longest| read > longest);
            if act.longest_piece.is_none() {
                lost = false;
            }
            let short = !is_request && act.short_answers_lost.is_some_and(|least| read < least);
            if swallowed || lost || short {
                continue;
            }
            std::thread::sleep(Duration::from_millis(act.delay_ms));
            let all = counted.fetch_add(read as u64, std::sync::atomic::Ordering::Relaxed);
            if act.reset_after.is_some_and(|most| all + read as u64 > most) {
                break;
            }
            if to.write_all(&piece[..read]).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Both).ok();
        from.shutdown(Shutdown::Both).ok();
        Ok(())
    }
}

fn is_idle(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
