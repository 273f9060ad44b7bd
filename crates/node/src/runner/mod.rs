//! One party as a process: records, thread, listeners, signals.
//!
//! Every file is read and checked before anything of the party's folder is opened, so that files
//! that cannot be used change nothing. SIGINT and SIGTERM end it in order; SIGHUP makes it look at
//! its files again: certificates and keys of the listeners, trust and endpoints of the client, the
//! bank link, and the party itself. What only a start can change is named in an event.

mod carrier;
mod listen;
pub mod reload;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use counterfoil_iso8583::Dialect;
use counterfoil_party::event::Event;
use counterfoil_party::machine::Party;
use counterfoil_secret::{Fault, Report};
use counterfoil_store::{Store, sqlite};

use self::carrier::{Carrier, Plan};
use self::listen::{Certificates, Listeners};
use self::reload::{Reloading, digests};
use crate::actor::{Actor, AnyReport, Build, Parts, Reason};
use crate::clock;
use crate::config::NodeConfig;
use crate::files::PartyFolder;
use crate::server::{ApiRoutes, stop_signal};
use crate::supervise::{Ready, follow_supervisor};
use crate::telemetry::{self, Telemetry};

/// Time for what is left of the runtime to end.
const SHUTDOWN_MS_MAX: u64 = 1_000;

/// Reads the dialect of a bank link from the party's settings, at the start and on each reload.
pub type ReadDialect = Box<dyn Fn() -> Result<&'static Dialect, AnyReport> + Send + Sync>;

/// A party with everything that runs around it.
pub struct Service<P: Party> {
    /// Its folder.
    pub folder: PartyFolder,
    /// What runs around it, from its settings.
    pub node: NodeConfig,
    /// Builds it from its files.
    pub build: Build<P>,
    /// Its own routes on the operator's listener.
    pub routes: Arc<dyn ApiRoutes<P>>,
    /// Reads the dialect of its bank link; needed only with one.
    pub dialect: Option<ReadDialect>,
    /// Files that are read only at the start, by the name that operators know them by.
    pub read_once: Vec<(&'static str, PathBuf)>,
    /// Whether events are also written for people, on the standard error output.
    pub for_people: bool,
}

impl<P: Party> fmt::Debug for Service<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A party could not be run.
#[derive(Debug, Error)]
pub enum RunError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address} for {listener}: {cause}")]
    Listen {
        /// Which listener.
        listener: &'static str,
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The settings lack something.
    #[error("the settings lack {what}")]
    Lacking {
        /// What is needed.
        what: &'static str,
    },
    /// The system refuses something that every process needs.
    #[error("the system refuses what a party needs: {0}")]
    System(std::io::Error),
    /// The party's thread ended by itself.
    #[error("the party's thread ended by itself")]
    Ended,
    /// The process that supervised this one is gone.
    #[error("the supervisor is gone")]
    Orphaned,
}

impl Report for RunError {
    fn id(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "listen-failed",
            Self::Lacking { .. } => "config-lacking",
            Self::System(_) => "system-refused",
            Self::Ended => "party-panicked",
            Self::Orphaned => "supervisor-gone",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Listen { address, .. } => format!(
                "end the process that uses {address} (`ss -ltnp`), or choose another address in \
                 config.toml"
            ),
            Self::Lacking { what } => format!("add {what} to the party's config.toml"),
            Self::System(_) => "check the limits of this user (`ulimit -a`)".into(),
            Self::Ended => {
                "report this with what stands on the standard error output above; records are safe"
                    .into()
            }
            Self::Orphaned => "start the deployment with `counterfoil up`".into(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Lacking { .. } => Fault::OurMisuse,
            Self::Listen { .. } | Self::System(_) | Self::Ended | Self::Orphaned => {
                Fault::Environment
            }
        }
    }
}

/// Runs a party until SIGINT or SIGTERM. `announce` is called once, when it is ready.
///
/// # Errors
/// Whatever keeps it from starting, each with its own id; [`RunError::Ended`] when it panicked.
pub fn serve<P: Party + 'static>(
    service: Service<P>,
    announce: impl FnOnce(&Ready),
) -> Result<(), AnyReport> {
    if !follow_supervisor() {
        return Err(Box::new(RunError::Orphaned));
    }
    raise_open_files();
    clock::move_by(service.node.clock_offset_ms);
    let (folder, node) = (&service.folder, &service.node);
    let files = Files {
        calls: Plan::read(folder, node, service.dialect.as_ref())?,
        certificates: Certificates::read(folder, node)?,
    };
    let log = telemetry::Settings {
        folder: Some(service.folder.log()),
        file_bytes_max: service.node.log.file_bytes_max,
        files_max: service.node.log.files_max,
        for_people: service.for_people,
    };
    let telemetry = Telemetry::new(service.folder.name(), log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(service.node.runtime.workers_max)
        .enable_all()
        .build()
        .map_err(|error| Box::new(RunError::System(error)) as AnyReport)?;
    let ended = runtime.block_on(run(service, files, &telemetry, announce));
    if let Err(error) = &ended {
        telemetry.tell(&Reason::of(&**error).onto(Event::error("party.failed")));
    }
    runtime.shutdown_timeout(Duration::from_millis(SHUTDOWN_MS_MAX));
    ended
}

/// What was read of the party's files.
struct Files {
    calls: Plan,
    certificates: Certificates,
}

async fn run<P: Party + 'static>(
    service: Service<P>,
    files: Files,
    telemetry: &Telemetry,
    announce: impl FnOnce(&Ready),
) -> Result<(), AnyReport> {
    let Service { folder, node, build, routes, dialect, read_once, .. } = service;
    let system = |error| Box::new(RunError::System(error)) as AnyReport;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(system)?;

    let limits = sqlite::Settings {
        cache_kib_max: node.store.cache_kib_max,
        bytes_max: Some(node.store.bytes_max),
        journal_days_max: node.store.journal_days_max,
    };
    let storage = Store::open_with(&folder.state(), limits).map_err(boxed)?;
    let carrier = Arc::new(Carrier::new(files.calls, telemetry));
    // Addresses are taken first: a party that cannot be reached does not begin to work.
    let listeners = Listeners::bind(&node, files.certificates).await?;
    let actor = Actor::start(Parts {
        build,
        storage: Box::new(storage),
        outbound: Arc::clone(&carrier) as Arc<_>,
        telemetry: telemetry.clone(),
        settings: node.queue,
    })?;
    let (stop, stopped) = stop_signal();
    let ready = listeners.ready(folder.name());
    let reloading = Reloading {
        tls: listeners.tls(),
        carrier: Arc::clone(&carrier),
        read_once: digests(read_once),
        folder,
        dialect,
        telemetry: telemetry.clone(),
    };
    let servers = listeners.serve(&node, &actor.handle(), routes, telemetry, &stopped);
    telemetry.tell(&ready_event(&ready.addresses));
    announce(&ready);

    let ended = loop {
        tokio::select! {
            biased;
            _ = interrupt.recv() => break Ok(()),
            _ = terminate.recv() => break Ok(()),
            () = actor.ended() => break Err(Box::new(RunError::Ended) as AnyReport),
            _ = hangup.recv() => reloading.reload(&node, &actor.handle()),
        }
    };
    telemetry.tell(&Event::info("party.stopping"));
    stop.send_replace(true);
    wait_for(servers).await;
    actor.stop().await;
    telemetry.tell(&Event::info("party.stopped"));
    ended
}

fn ready_event(addresses: &BTreeMap<String, String>) -> Event {
    addresses.iter().fold(Event::info("party.ready"), |event, (name, address)| {
        event.with(name, address.as_str())
    })
}

async fn wait_for(servers: Vec<JoinHandle<()>>) {
    for server in servers {
        // One that panicked has closed its connections.
        drop(server.await);
    }
}

/// Every connection is an open file: takes as many as the system allows.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    // What cannot be raised stays: accepting connections then pauses at the limit.
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).ok();
}

fn boxed(error: impl Report + Send + Sync + 'static) -> AnyReport {
    Box::new(error)
}
