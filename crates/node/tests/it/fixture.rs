//! Certificates made with the `openssl` program, and an echo party on real sockets.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use counterfoil_node::BoxFuture;
use counterfoil_node::actor::{self, Actor, Outbound, Parts};
use counterfoil_node::client::{self, Client, ClientBuilder};
use counterfoil_node::server::{
    Http, Limits, NoRoutes, Operations, Server, SetService, stop_signal,
};
use counterfoil_node::telemetry::{self, Telemetry};
use counterfoil_node::tls::{self, Identity, PemFile, ServerTls};
use counterfoil_party::machine::{CallFailure, Channel, Destination};
use counterfoil_secret::SecretBytes;
use counterfoil_store::{Storage, Store};

use crate::echo::Echo;

/// Folder with `ca.pem`, `other-ca.pem`, and `<name>.pem`, `<name>.key` for `server`, `client`
/// (of `ca`), `stranger` (of `other-ca`) and `elsewhere` (of `ca`, for another host). `None`,
/// said loudly, when there is no `openssl`.
pub(crate) fn certificates() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let name = format!("certificates-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        make_all(&folder).map(|()| folder)
    });
    if folder.is_none() {
        // Past the capture of the test harness, so that it is seen.
        drop(writeln!(std::io::stderr(), "SKIPPED: openssl not found"));
    }
    folder.as_deref()
}

fn make_all(folder: &Path) -> Option<()> {
    for ca in ["ca", "other-ca"] {
        openssl(
            folder,
            &format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 \
             -subj /CN={ca} -addext basicConstraints=critical,CA:TRUE -keyout {ca}.key -out {ca}.pem"
            ),
        )?;
    }
    let local = "IP:127.0.0.1,DNS:localhost";
    for (name, ca, host) in [
        ("server", "ca", local),
        ("client", "ca", local),
        ("stranger", "other-ca", local),
        ("elsewhere", "ca", "DNS:elsewhere.example"),
    ] {
        openssl(
            folder,
            &format!(
                "req -x509 -CA {ca}.pem -CAkey {ca}.key -newkey ec \
             -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name} -addext subjectAltName={host} \
             -addext basicConstraints=critical,CA:FALSE -keyout {name}.key -out {name}.pem"
            ),
        )?;
    }
    Some(())
}

/// Runs `openssl`; `None` when there is no such program.
fn openssl(folder: &Path, arguments: &str) -> Option<()> {
    let run = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    let output = run.ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

pub(crate) fn pem(folder: &Path, name: &str) -> PemFile {
    tls::read_pem(&folder.join(format!("{name}.pem"))).unwrap()
}

pub(crate) fn identity(folder: &Path, name: &str) -> Identity {
    let key_path = folder.join(format!("{name}.key"));
    let key = SecretBytes::new(std::fs::read(&key_path).unwrap());
    Identity { chain: pem(folder, name), key_path, key }
}

/// A runtime as a party has it, running `test` to its end.
pub(crate) fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            tokio::time::timeout(Duration::from_secs(120), test).await.expect("the test hangs");
        });
}

/// Carries HTTP calls through a client, if there is one.
pub(crate) struct Carrier(pub(crate) Option<Client>);

impl Outbound for Carrier {
    fn call(
        &self,
        to: Destination,
        channel: Channel,
        body: Vec<u8>,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<Vec<u8>, CallFailure>> {
        let client = self.0.clone();
        Box::pin(async move {
            match client {
                Some(client) => client.call(&to, channel, body, timeout).await,
                None => Err(CallFailure::NotSent),
            }
        })
    }
}

/// How an echo party is run.
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) actor: actor::Settings,
    pub(crate) client: Option<Client>,
    pub(crate) server_certificate: &'static str,
    pub(crate) client_issuers: Option<&'static str>,
    pub(crate) storage: Option<Box<dyn Storage>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            actor: actor::Settings::default(),
            client: None,
            server_certificate: "server",
            client_issuers: None,
            storage: None,
        }
    }
}

/// An echo party that serves.
pub(crate) struct Node {
    pub(crate) set: SocketAddr,
    pub(crate) operations: SocketAddr,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) telemetry: Telemetry,
    actor: Actor<Echo>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

pub(crate) fn start_actor(setup: &mut Setup, folder: &Path, telemetry: &Telemetry) -> Actor<Echo> {
    let storage = setup
        .storage
        .take()
        .unwrap_or_else(|| Box::new(Store::open(&folder.join("state.sqlite")).unwrap()));
    let parts = Parts {
        build: Box::new(|| Ok(Echo::default())),
        storage,
        outbound: Arc::new(Carrier(setup.client.take())),
        telemetry: telemetry.clone(),
        settings: setup.actor,
    };
    Actor::start(parts).map_err(|error| error.to_string()).unwrap()
}

impl Node {
    pub(crate) async fn start(certificates: &Path, mut setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let telemetry =
            Telemetry::new("echo", telemetry::Settings::in_folder(&folder.path().join("log")));
        let actor = start_actor(&mut setup, folder.path(), &telemetry);
        let party = actor.handle();
        let issuers = setup.client_issuers.map(|name| pem(certificates, name));
        let server = identity(certificates, setup.server_certificate);
        let tls = ServerTls::new(tls::server(&server, issuers.as_ref()).unwrap());
        let (stop, stopped) = stop_signal();
        let drain = Duration::from_secs(5);

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let set = listener.local_addr().unwrap();
        let service = SetService::new(party.clone(), setup.limits, &telemetry);
        let http = Http::new("set", service, setup.limits, telemetry.clone());
        let server = Server::new("set", http, Some(tls), &setup.limits, telemetry.clone());
        let set_task = tokio::spawn(server.run(listener, stopped.clone(), drain));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let operations = listener.local_addr().unwrap();
        let service =
            Operations::new(party.clone(), Arc::new(NoRoutes), setup.limits, telemetry.clone());
        let http = Http::new("operations", service, setup.limits, telemetry.clone());
        let server = Server::new("operations", http, None, &setup.limits, telemetry.clone());
        let operations_task = tokio::spawn(server.run(listener, stopped, drain));
        let servers = vec![set_task, operations_task];
        Self { set, operations, folder, telemetry, actor, stop, servers }
    }

    pub(crate) async fn stop(self) -> tempfile::TempDir {
        self.stop.send(true).unwrap();
        for server in self.servers {
            server.await.unwrap();
        }
        self.actor.stop().await;
        self.folder
    }

    /// Sends `head` and `body` as they are over TLS and returns all that comes back until the
    /// other side closes.
    pub(crate) async fn exchange(&self, certificates: &Path, request: &[u8]) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = connect(self.set, certificates).await;
        // It may be refused, and the connection closed, before it is written to its end.
        drop(stream.write_all(request).await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// What `GET path` on the operator's listener answers.
    pub(crate) async fn operations(&self, path: &str) -> String {
        let address = self.operations;
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let read = move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    /// The value of a series in `/metrics`, 0 when it is not there.
    pub(crate) async fn metric(&self, series: &str) -> f64 {
        let text = self.operations("/metrics").await;
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Waits until the series has at least this value.
    pub(crate) async fn wait_for(&self, series: &str, at_least: f64) {
        while self.metric(series).await < at_least {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A TLS connection that trusts `ca`.
pub(crate) async fn connect(address: SocketAddr, certificates: &Path) -> TlsStream<TcpStream> {
    let config = tls::client(&pem(certificates, "ca"), None).unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = tls::server_name("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// A client with the endpoint `peer` at this address, trusting `ca`.
pub(crate) fn client(certificates: &Path, address: SocketAddr, limits: client::Limits) -> Client {
    let target = format!("https://{address}/set").parse().unwrap();
    let tls = tls::client(&pem(certificates, "ca"), None).unwrap();
    let telemetry = Telemetry::new("caller", telemetry::Settings::nowhere());
    ClientBuilder::new(limits).endpoint("peer", target, tls.clone()).any_url(tls).build(telemetry)
}

/// `POST /set` with this body, closing afterwards.
pub(crate) fn post(body: &str) -> Vec<u8> {
    format!(
        "POST /set HTTP/1.1\r\nHost: x\r\nContent-Type: application/set-payment\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
