//! Presses on a listener: really opens the connections and sends the requests of an attacker, from
//! an address of this machine's own, in numbers that it survives.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Bench, InjectError};
use crate::witness::{self, Offer};

/// Connections at once.
pub const CONNECTIONS_MAX: usize = 250;
/// Time after which it ends by itself.
const SECONDS_MAX: u64 = 180;
/// Refusals in a row after which nobody listens any more: longer than a party needs to start.
const REFUSED_MAX: u32 = 200;
/// Pause of one connection between two things that it does.
const PAUSE_MS: u64 = 60;
/// Pause between two octets of a slow request.
const TRICKLE_MS: u64 = 400;

/// How a listener is pressed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Connections on which nothing is said.
    Connections,
    /// Requests of a media type that is refused.
    Refused,
    /// Messages that are none.
    Garbage,
    /// Requests that never end.
    Slow,
}

impl Way {
    const ALL: [(&'static str, Self); 4] = [
        ("connections", Self::Connections),
        ("refused", Self::Refused),
        ("garbage", Self::Garbage),
        ("slow", Self::Slow),
    ];

    /// The way of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, way)| *way)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, way)| *way == self).map_or("connections", |(name, _)| name)
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Press {
    /// How.
    pub way: Way,
    /// The listener.
    pub to: SocketAddr,
    /// Where it comes from: an address of this machine.
    pub from: IpAddr,
    /// Connections at once.
    pub count: usize,
}

impl Press {
    /// Does it, until it is killed or its time is over.
    ///
    /// # Errors
    /// Nothing can be begun.
    pub fn run(self) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let config = witness::config(Offer::Small).map_err(io::Error::other)?.0;
        runtime.block_on(async {
            let mut attackers = tokio::task::JoinSet::new();
            for _ in 0..self.count.min(CONNECTIONS_MAX) {
                attackers.spawn(self.attack(Arc::clone(&config)));
            }
            let all_gone = async { while attackers.join_next().await.is_some() {} };
            drop(tokio::time::timeout(Duration::from_secs(SECONDS_MAX), all_gone).await);
        });
        Ok(())
    }

    /// One connection after the other, for as long as somebody listens.
    async fn attack(self, config: Arc<ClientConfig>) {
        let mut refused = 0;
        while refused < REFUSED_MAX {
            // That one ends is what the attacked party does about it.
            refused = match self.one(&config).await {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => refused + 1,
                _ => 0,
            };
            pause(PAUSE_MS).await;
        }
    }

    async fn one(self, config: &Arc<ClientConfig>) -> io::Result<()> {
        let socket = if self.to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.bind(SocketAddr::new(self.from, 0))?;
        let mut stream = socket.connect(self.to).await?;
        if self.way == Way::Connections {
            // It is held until the other side ends it.
            return stream.read(&mut [0; 1]).await.map(drop);
        }
        let mut stream = handshake(config, stream, self.to.ip()).await?;
        match self.way {
            Way::Slow => trickle(&mut stream).await,
            Way::Garbage => ask(&mut stream, "application/set-payment", "no message at all").await,
            _ => ask(&mut stream, "text/plain", "").await,
        }
    }
}

async fn handshake(
    config: &Arc<ClientConfig>,
    stream: TcpStream,
    host: IpAddr,
) -> io::Result<TlsStream<TcpStream>> {
    TlsConnector::from(Arc::clone(config)).connect(ServerName::from(host), stream).await
}

async fn trickle(stream: &mut TlsStream<TcpStream>) -> io::Result<()> {
    for octet in b"POST /set HTTP/1.1\r\nx-slow: ".iter().chain([b'0'].iter().cycle()) {
        stream.write_all(std::slice::from_ref(octet)).await?;
        stream.flush().await?;
        pause(TRICKLE_MS).await;
    }
    Ok(())
}

/// Asks again and again, until the other side closes.
async fn ask(stream: &mut TlsStream<TcpStream>, media_type: &str, body: &str) -> io::Result<()> {
    let request = format!(
        "POST /set HTTP/1.1\r\nhost: x\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n\
         {body}",
        body.len()
    );
    loop {
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await?;
        if stream.read(&mut [0; 4096]).await? == 0 {
            return Ok(());
        }
        pause(PAUSE_MS).await;
    }
}

async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

impl Bench {
    /// Starts a process that presses on the set listener of `party`, and returns it.
    pub(super) fn press(
        &self,
        party: &str,
        way: Way,
        from: &str,
        count: u64,
    ) -> Result<i32, InjectError> {
        let to = self.listener(party)?;
        let mut command = Command::new(&self.hands.executable);
        command.args(["lab", "press", way.name(), "--to", &to, "--from", from]);
        command.args(["--count", &count.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(|error| self.failed(error))?;
        i32::try_from(child.id()).map_err(|error| self.failed(error))
    }

    /// Where a party listens itself.
    pub(super) fn listener(&self, party: &str) -> Result<String, InjectError> {
        let text =
            String::from_utf8_lossy(&self.read(&format!("{party}/config.toml"))?).into_owned();
        let table: toml::Table = text.parse().map_err(|error| self.failed(error))?;
        let listen = table.get("node").and_then(|node| node.get("set")?.get("listen")?.as_str());
        let listen = listen.ok_or_else(|| self.failed(format!("{party} has no set listener")))?;
        Ok(listen.to_owned())
    }
}
