//! The relay that ends TLS itself: a man in the middle, or a proxy that was put there.

use std::io::{Error, Result};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use counterfoil_node::tls::{self, Identity};
use counterfoil_secret::Secret;

use super::relay::{EndsTls, Relay};
use crate::witness::{self, Offer};

/// Octets that are passed on at once.
const PIECE_BYTES: usize = 16 * 1024;

/// Serves one client with the certificate `shown`, and passes on what it says to the party.
pub(super) fn pass(data: &Path, relay: &Relay, shown: &EndsTls, client: TcpStream) -> Result<()> {
    let key_path = data.join(&shown.key);
    let key = Secret::new(std::fs::read(&key_path)?);
    let identity = Identity { chain: tls::read_pem(&data.join(&shown.chain))?, key_path, key };
    let config = Arc::new(tls::server(&identity, None).map_err(Error::other)?);
    client.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = tokio::net::TcpStream::from_std(client)?;
        let client = TlsAcceptor::from(config).accept(client).await?;
        let party = tokio::net::TcpStream::connect(relay.to).await?;
        let connector = TlsConnector::from(witness::config(Offer::Usual).map_err(Error::other)?.0);
        let party = connector.connect(ServerName::from(relay.to.ip()), party).await?;
        let (from_client, to_client) = tokio::io::split(client);
        let (from_party, to_party) = tokio::io::split(party);
        let rewrites = &relay.act.rewrites;
        tokio::select! {
            passed = pipe(from_client, to_party, rewrites) => passed,
            passed = pipe(from_party, to_client, rewrites) => passed,
        }
    })
}

async fn pipe(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    rewrites: &[(String, String)],
) -> Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        let rewritten = rewrites.iter().fold(piece[..read].to_vec(), |octets, (old, new)| {
            replace(&octets, old.as_bytes(), new.as_bytes())
        });
        to.write_all(&rewritten).await?;
        to.flush().await?;
    }
}

/// The octets with each `old` replaced by `new`.
fn replace(octets: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while !rest.is_empty() {
        if !old.is_empty() && rest.starts_with(old) {
            replaced.extend_from_slice(new);
            rest = &rest[old.len()..];
        } else {
            replaced.push(rest[0]);
            rest = &rest[1..];
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_replaced_and_nothing_else() {
        assert_eq!(replace(b"a-bc-b", b"b", b"xy"), b"a-xyc-xy");
        assert_eq!(replace(b"abc", b"", b"x"), b"abc");
        assert_eq!(replace(b"", b"a", b"x"), b"");
    }
}
