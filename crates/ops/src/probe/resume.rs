//! Is a session really resumed, and how long may its ticket be used? rustls makes a handshake and
//! then another with what the first has left.
//!
//! rustls speaks TLS 1.2 with ECDHE and AEAD suites alone: of a server without any of them nothing
//! is said.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::{ClientSessionMemoryCache, Resumption, Tls12Resumption};
use rustls::{ClientConfig, HandshakeKind, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use counterfoil_tls::Version;
use counterfoil_tls::handshake::{HandshakeType, Joiner};
use counterfoil_tls::message::NewSessionTicket;
use counterfoil_tls::probe::Facts;
use counterfoil_tls::probe::facts::Known;
use counterfoil_tls::record::{self, ContentType};

use super::ask::Route;
use super::limit::{FLIGHT_BYTES_KEPT_MAX, TICKET_WAIT_MS};
use super::tls13::{Witness, server_name};

/// What a session is resumed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Ticket,
    SessionId,
    TicketOfTls13,
}

/// Most connections that [`look`] makes: two for each way.
pub(super) const CONNECTIONS_MAX: usize = 6;

/// Tries every way that the facts leave open; gives the connections made.
pub(super) async fn look(route: &Route, name: Option<&str>, facts: &mut Facts) -> usize {
    let mut connections = 0;
    for by in [By::Ticket, By::SessionId, By::TicketOfTls13] {
        let version = if by == By::TicketOfTls13 { Version::TLS13 } else { Version::TLS12 };
        if !facts.speaks(version) {
            continue;
        }
        let Some(config) = config(by) else { continue };
        connections += 1;
        let Some(first) = shake(route, name, &config).await else { continue };
        if by == By::Ticket {
            facts.ticket_lifetime_seconds = first.ticket_lifetime_seconds;
        }
        connections += 1;
        let Some(second) = shake(route, name, &config).await else { continue };
        let resumed = second.is_resumed.into();
        match by {
            // Without a ticket it was the id that resumed the session.
            By::Ticket if first.ticket_lifetime_seconds.is_none() => {
                facts.tickets_resumed = Known::No;
            }
            By::Ticket => facts.tickets_resumed = resumed,
            By::SessionId => facts.session_ids_resumed = resumed,
            By::TicketOfTls13 => facts.tickets_tls13_resumed = resumed,
        }
    }
    connections
}

fn config(by: By) -> Option<Arc<ClientConfig>> {
    let version: &SupportedProtocolVersion = match by {
        By::TicketOfTls13 => &rustls::version::TLS13,
        By::Ticket | By::SessionId => &rustls::version::TLS12,
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Witness::of_any()))
        .with_no_client_auth();
    let way = match by {
        By::SessionId => Tls12Resumption::SessionIdOnly,
        By::Ticket | By::TicketOfTls13 => Tls12Resumption::SessionIdOrTickets,
    };
    let store = Arc::new(ClientSessionMemoryCache::new(1));
    config.resumption = Resumption::store(store).tls12_resumption(way);
    Some(Arc::new(config))
}

/// What one handshake has shown.
struct Shaken {
    is_resumed: bool,
    ticket_lifetime_seconds: Option<u32>,
}

/// Makes one handshake; `None` when it does not come to its end.
async fn shake(route: &Route, name: Option<&str>, config: &Arc<ClientConfig>) -> Option<Shaken> {
    let stream = Tap { stream: route.open().await.ok()?, kept: Vec::new() };
    let connecting =
        TlsConnector::from(Arc::clone(config)).connect(server_name(route, name)?, stream);
    let mut stream = timeout(route.answer_time, connecting).await.ok()?.ok()?;
    // A ticket of TLS 1.3 comes after the handshake.
    let _ = timeout(TICKET_WAIT_MS, stream.read(&mut [0; 64])).await;
    // OpenSSL forgets a session whose connection is not closed in form.
    let _ = timeout(TICKET_WAIT_MS, stream.shutdown()).await;
    let (tap, connection) = stream.get_ref();
    Some(Shaken {
        is_resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        ticket_lifetime_seconds: lifetime(&tap.kept),
    })
}

/// The lifetime of the ticket that a server of TLS 1.2 gives in clear (RFC 5077 3.3).
fn lifetime(octets: &[u8]) -> Option<u32> {
    let (mut joiner, mut at) = (Joiner::default(), 0);
    while let Ok(Some(record)) = record::read(&octets[at..]) {
        if record.content_type != ContentType::HANDSHAKE {
            return None;
        }
        joiner.push(record.payload);
        while let Ok(Some(message)) = joiner.next_message() {
            if message.kind == HandshakeType::NEW_SESSION_TICKET {
                let ticket = NewSessionTicket::read(&message.body, Version::TLS12).ok()?;
                return Some(ticket.lifetime_seconds);
            }
        }
        at += record.len();
    }
    None
}

/// Keeps the first octets that come.
struct Tap {
    stream: TcpStream,
    kept: Vec<u8>,
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let new = &buffer.filled()[before..];
        let room = FLIGHT_BYTES_KEPT_MAX.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(&new[..room.min(new.len())]);
        polled
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
