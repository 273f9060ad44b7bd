//! One connection: made, the dialogue before TLS held, one hello sent, its answer read.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use counterfoil_tls::flight::FlightReader;
use counterfoil_tls::probe::{Answer, Ending};

use super::limit::DIALOGUE_BYTES_MAX;
use super::starttls::{StartTls, Turn};

/// Where to and how.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) address: SocketAddr,
    pub(super) host: String,
    pub(super) starttls: Option<&'static StartTls>,
    pub(super) connect_time: Duration,
    pub(super) answer_time: Duration,
}

/// Why there is no connection on which TLS can begin.
#[derive(Debug)]
pub(super) enum NoRoute {
    Connect(io::Error),
    ConnectTimeout,
    /// The dialogue before TLS failed: what the server said, or how it ended.
    Dialogue(String),
}

impl Route {
    /// A connection on which TLS can begin.
    pub(super) async fn open(&self) -> Result<TcpStream, NoRoute> {
        let connecting = timeout(self.connect_time, TcpStream::connect(self.address));
        let stream = connecting.await.map_err(|_| NoRoute::ConnectTimeout)?;
        let mut stream = stream.map_err(NoRoute::Connect)?;
        stream.set_nodelay(true).map_err(NoRoute::Connect)?;
        if let Some(protocol) = self.starttls {
            let talk = hold(&mut stream, protocol, &self.host);
            let held = timeout(self.answer_time, talk).await;
            held.map_err(|_| NoRoute::Dialogue("no answer in time".into()))??;
        }
        Ok(stream)
    }

    /// Sends `hello` on a connection of its own and reads the answer.
    pub(super) async fn ask(&self, hello: &[u8]) -> Result<Answer, NoRoute> {
        let mut stream = self.open().await?;
        let mut reader = FlightReader::new();
        let exchange = exchange(&mut stream, hello, &mut reader);
        let ending = timeout(self.answer_time, exchange).await.unwrap_or(Ending::Silent);
        Ok(Answer { flight: reader.into_flight(), ending })
    }
}

async fn exchange(stream: &mut TcpStream, hello: &[u8], reader: &mut FlightReader) -> Ending {
    if let Err(error) = stream.write_all(hello).await {
        return ending_of(&error);
    }
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return Ending::Closed,
            Ok(count) if reader.push(&buffer[..count]) => return Ending::Over,
            Ok(_) => {}
            Err(error) => return ending_of(&error),
        }
    }
}

fn ending_of(error: &io::Error) -> Ending {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Ending::Reset,
        _ => Ending::Closed,
    }
}

/// Holds the dialogue of `protocol`.
async fn hold(stream: &mut TcpStream, protocol: &StartTls, host: &str) -> Result<(), NoRoute> {
    let mut dialogue = (protocol.begin)(host);
    let mut turn = dialogue.receive(&[]);
    let mut left = DIALOGUE_BYTES_MAX;
    let lost = |error: io::Error| NoRoute::Dialogue(error.to_string());
    loop {
        match turn {
            Turn::Ready => return Ok(()),
            Turn::Refused(why) => return Err(NoRoute::Dialogue(why)),
            Turn::Last(octets) => return stream.write_all(&octets).await.map_err(lost),
            Turn::Send(octets) => stream.write_all(&octets).await.map_err(lost)?,
            Turn::Wait => {}
        }
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).await.map_err(lost)?;
        if count == 0 {
            return Err(NoRoute::Dialogue("the server closes the connection".into()));
        }
        left = left
            .checked_sub(count)
            .ok_or_else(|| NoRoute::Dialogue("the server says too much".into()))?;
        turn = dialogue.receive(&buffer[..count]);
    }
}
