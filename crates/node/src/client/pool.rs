//! Connections to one server: made when needed, kept for a while, never shared by two calls.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use counterfoil_party::machine::{CallFailure, Channel};

use super::Limits;
use super::target::Target;
use crate::server::set::media_type;
use crate::tls;

/// Addresses of a name that are tried.
const ADDRESSES_MAX: usize = 4;
/// Octets of a refusal's body that are read.
const REFUSAL_BYTES_MAX: usize = 8 * 1024;
/// Octets of a refusal's explanation that go into the log.
const EXPLANATION_BYTES_MAX: usize = 300;

/// Why a call failed: what the party is told, and the cause for the log.
type Failure = (CallFailure, String);

/// Connections to one server.
#[derive(Debug)]
pub(super) struct Pool {
    target: Target,
    tls: Arc<ClientConfig>,
    limits: Limits,
    places: Semaphore,
    idle: Mutex<VecDeque<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

/// A connection; its task ends with it.
#[derive(Debug)]
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Pool {
    pub(super) fn new(target: Target, tls: Arc<ClientConfig>, limits: Limits) -> Self {
        Self {
            target,
            tls,
            places: Semaphore::new(limits.connections_per_endpoint_max),
            limits,
            idle: Mutex::default(),
        }
    }

    /// Sends one message and receives the answer.
    pub(super) async fn call(
        &self,
        channel: Channel,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Vec<u8>, Failure> {
        let deadline = Instant::now() + timeout;
        let mut request = self.request(channel, body)?;
        let _place = match timeout_at(deadline, self.places.acquire()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) | Err(_) => {
                return Err(not_sent("all connections to this endpoint are in use"));
            }
        };
        loop {
            let (mut connection, is_kept) = self.connection(deadline).await?;
            let sent = timeout_at(deadline, connection.sender.try_send_request(request)).await;
            match sent {
                Ok(Ok(response)) => {
                    let received = timeout_at(deadline, self.receive(channel, response)).await;
                    let received = received
                        .unwrap_or_else(|_| Err(no_answer("the answer did not end in time")));
                    // After any other failure the connection may hold the rest of an answer.
                    if matches!(received, Ok(_) | Err((CallFailure::Busy, _))) {
                        self.keep(connection);
                    }
                    return received;
                }
                Ok(Err(mut error)) => match error.take_message() {
                    // Closed while it was idle, before anything of this request was written.
                    Some(unsent) if is_kept => request = unsent,
                    Some(_) => return Err(not_sent(&chain(&error.into_error()))),
                    None => return Err(no_answer(&chain(&error.into_error()))),
                },
                Err(_) => return Err(no_answer("no answer came in time")),
            }
        }
    }

    /// A connection that takes a request now, and whether it was kept from before.
    async fn connection(&self, deadline: Instant) -> Result<(Connection, bool), Failure> {
        while let Some(mut kept) = self.take_idle() {
            if matches!(timeout_at(deadline, kept.sender.ready()).await, Ok(Ok(()))) {
                return Ok((kept, true));
            }
        }
        Ok((self.connect(deadline).await?, false))
    }

    fn request(&self, channel: Channel, body: Vec<u8>) -> Result<Request<Full<Bytes>>, Failure> {
        let Some(media_type) = media_type(channel) else {
            return Err(not_sent("this channel does not travel over HTTP"));
        };
        let Target { host, port, path } = &self.target;
        let host = HeaderValue::try_from(format!("{host}:{port}"));
        let (Ok(host), Ok(path)) = (host, path.parse::<Uri>()) else {
            return Err(not_sent("the URL cannot be written in a request"));
        };
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path;
        request.headers_mut().insert(HOST, host);
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        Ok(request)
    }

    /// A connection that was kept and still seems to live, the one used last first.
    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = Instant::now().checked_sub(Duration::from_millis(self.limits.idle_ms_max));
        while let Some(Idle { connection, since }) = idle.pop_back() {
            let is_fresh = oldest.is_none_or(|oldest| since >= oldest);
            if is_fresh && !connection.sender.is_closed() {
                return Some(connection);
            }
        }
        None
    }

    fn keep(&self, connection: Connection) {
        if connection.sender.is_closed() {
            return;
        }
        let now = Instant::now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = Duration::from_millis(self.limits.idle_ms_max);
        while idle.front().is_some_and(|first| {
            now.duration_since(first.since) > limit || first.connection.sender.is_closed()
        }) {
            idle.pop_front();
        }
        idle.push_back(Idle { connection, since: now });
    }

    async fn connect(&self, deadline: Instant) -> Result<Connection, Failure> {
        let limit = Instant::now() + Duration::from_millis(self.limits.connect_ms_max);
        match timeout_at(limit.min(deadline), self.try_connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(cause)) => Err(not_sent(&cause)),
            Err(_) => Err(not_sent("no connection came about in time")),
        }
    }

    async fn try_connect(&self) -> Result<Connection, String> {
        let name = tls::server_name(&self.target.host).map_err(|error| error.to_string())?;
        let stream = connect_tcp(&self.target.host, self.target.port).await?;
        let stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, stream)
            .await
            .map_err(|error| format!("TLS failed: {}", chain(&error)))?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| chain(&error))?;
        // The sender hears of whatever ends the connection.
        let task = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Connection { sender, task })
    }

    async fn receive(
        &self,
        channel: Channel,
        response: Response<Incoming>,
    ) -> Result<Vec<u8>, Failure> {
        let (head, body) = response.into_parts();
        match head.status {
            StatusCode::OK => {}
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                let explanation = explanation(body).await;
                return Err((CallFailure::Busy, format!("{}: {explanation}", head.status)));
            }
            status => {
                let explanation = explanation(body).await;
                return Err(no_answer(&format!("{status}: {explanation}")));
            }
        }
        let is_expected = head.headers.get(CONTENT_TYPE).is_some_and(|value| {
            media_type(channel).is_some_and(|name| value.as_bytes() == name.as_bytes())
        });
        if !is_expected {
            return Err(no_answer("the answer is not of the media type of the request"));
        }
        collect(body, self.limits.answer_bytes_max).await
    }
}

/// Connects to the first address of a host that takes the connection.
///
/// # Errors
/// One sentence on what failed last.
pub(crate) async fn connect_tcp(host: &str, port: u16) -> Result<TcpStream, String> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let addresses = lookup_host((bare, port))
        .await
        .map_err(|error| format!("the name {host} was not resolved: {error}"))?;
    let mut cause = format!("the name {host} has no address");
    for address in addresses.take(ADDRESSES_MAX) {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Only latency suffers when the system does not know this option.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
            Err(error) => cause = format!("no connection to {address}: {error}"),
        }
    }
    Err(cause)
}

async fn collect(mut body: Incoming, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let too_long = || no_answer("the answer is longer than `client.answer_bytes_max`");
    if usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) > bytes_max {
        return Err(too_long());
    }
    let mut collected = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| no_answer(&chain(&error)))?;
        let Ok(octets) = frame.into_data() else { continue };
        if octets.len() > bytes_max - collected.len() {
            return Err(too_long());
        }
        if collected.is_empty() {
            collected = Vec::from(octets);
        } else {
            collected.extend_from_slice(&octets);
        }
    }
    Ok(collected)
}

/// The beginning of a refusal's body, as one line of text.
async fn explanation(body: Incoming) -> String {
    let octets = collect(body, REFUSAL_BYTES_MAX).await.unwrap_or_default();
    let shown = &octets[..octets.len().min(EXPLANATION_BYTES_MAX)];
    String::from_utf8_lossy(shown).replace(char::is_control, " ")
}

fn not_sent(cause: &str) -> Failure {
    (CallFailure::NotSent, cause.to_owned())
}

fn no_answer(cause: &str) -> Failure {
    (CallFailure::NoAnswer, cause.to_owned())
}

/// An error with what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text
}
