//! One request to a party's API or a shop, for commands that a person gives.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use counterfoil_secret::{Fault, Report, Secret};

use crate::tls::{self, PemFile};

/// Octets of an answer.
pub const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Time for a request and its answer: longer than a merchant waits for its gateway.
pub const REQUEST_MS_MAX: u64 = 60_000;

/// A request.
#[derive(Debug)]
pub struct Fetch<'a> {
    /// `http` or `https` URL.
    pub url: &'a str,
    /// The header `Authorization`.
    pub authorization: Option<Secret<String>>,
    /// JSON that is posted; without, the request is a `GET`.
    pub post: Option<String>,
    /// Issuers of the server's certificate, for `https`.
    pub trust: Option<&'a PemFile>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// Media type, without parameters.
    pub media_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// Not a URL of http or https.
    #[error("`{url}` is not a URL that can be fetched")]
    Url {
        /// The URL.
        url: String,
    },
    /// Nobody answers there.
    #[error("{host} does not answer: {cause}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the system or the peer said.
        cause: String,
    },
}

impl Report for FetchError {
    fn id(&self) -> &'static str {
        match self {
            Self::Url { .. } => "url-malformed",
            Self::Unreachable { .. } => "party-unreachable",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Url { .. } => "give the URL as the shop wrote it".into(),
            Self::Unreachable { .. } => {
                "start the deployment with `counterfoil up`, or check the address".into()
            }
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Url { .. } => Fault::OurMisuse,
            Self::Unreachable { .. } => Fault::Environment,
        }
    }
}

impl Fetch<'_> {
    /// Sends the request and waits for the whole answer. Blocks; not to be called in a runtime.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn run(self) -> Result<Fetched, FetchError> {
        let bad = || FetchError::Url { url: self.url.to_owned() };
        let uri: Uri = self.url.parse().map_err(|_| bad())?;
        let host = uri.host().ok_or_else(bad)?.to_owned();
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(bad()),
        };
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let place = format!("{host}:{port}");
        let unreachable = |cause: String| FetchError::Unreachable { host: place.clone(), cause };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unreachable(error.to_string()))?;
        let limit = Duration::from_millis(REQUEST_MS_MAX);
        runtime.block_on(async {
            let fetching = self.exchange(&uri, &host, &place, is_tls);
            match tokio::time::timeout(limit, fetching).await {
                Ok(fetched) => fetched.map_err(unreachable),
                Err(_) => Err(unreachable("it takes too long".into())),
            }
        })
    }

    async fn exchange(
        self,
        uri: &Uri,
        host: &str,
        place: &str,
        is_tls: bool,
    ) -> Result<Fetched, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let stream = TcpStream::connect(place).await.map_err(|error| text(&error))?;
        let request = self.request(uri, place)?;
        if !is_tls {
            return send(stream, request).await;
        }
        let trust = self.trust.ok_or("no issuers of TLS certificates are given")?;
        let config = tls::client(trust, None).map_err(|error| text(&error))?;
        let name = tls::server_name(host).map_err(|error| text(&error))?;
        let connector = TlsConnector::from(Arc::new(tls::for_http(config)));
        let stream = connector.connect(name, stream).await.map_err(|error| text(&error))?;
        send(stream, request).await
    }

    fn request(&self, uri: &Uri, place: &str) -> Result<Request<Full<Bytes>>, String> {
        let method = if self.post.is_some() { Method::POST } else { Method::GET };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(HOST, place);
        if let Some(authorization) = &self.authorization {
            let mut value = HeaderValue::from_str(authorization.expose())
                .map_err(|_| "the token is not printable".to_owned())?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let body = match &self.post {
            None => Bytes::new(),
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Bytes::from(body.clone())
            }
        };
        request.body(Full::new(body)).map_err(|error| error.to_string())
    }
}

async fn send<T>(stream: T, request: Request<Full<Bytes>>) -> Result<Fetched, String>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    let media_type = media_type.trim().to_owned();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| error.to_string())?.to_bytes().to_vec();
    driver.abort();
    Ok(Fetched { status, media_type, body })
}
