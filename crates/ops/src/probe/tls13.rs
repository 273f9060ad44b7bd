//! What TLS 1.3 encrypts: certificates, the staple, ALPN, tickets. rustls makes the handshake,
//! with a verifier that believes everything and writes down what it saw. [`super::resume`] makes
//! its handshakes with the same verifier.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::{CertificateDer, IpAddr, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, NamedGroup, SignatureScheme};
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::ask::Route;
use super::limit::TICKET_WAIT_MS;

/// What one handshake has shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) stapled_ocsp: Option<Vec<u8>>,
    pub(super) alpn: Option<Vec<u8>>,
    /// Lifetimes of the tickets that came, in seconds; `None` when they were not waited for.
    pub(super) tickets: Option<usize>,
}

/// Which kind of certificate is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Rsa,
    Curve,
}

impl Key {
    fn schemes(self) -> Vec<SignatureScheme> {
        use SignatureScheme as S;
        match self {
            Self::Rsa => vec![
                S::RSA_PSS_SHA256,
                S::RSA_PSS_SHA384,
                S::RSA_PSS_SHA512,
                S::RSA_PKCS1_SHA256,
                S::RSA_PKCS1_SHA384,
                S::RSA_PKCS1_SHA512,
            ],
            Self::Curve => vec![
                S::ECDSA_NISTP256_SHA256,
                S::ECDSA_NISTP384_SHA384,
                S::ECDSA_NISTP521_SHA512,
                S::ED25519,
                S::ED448,
            ],
        }
    }
}

/// Makes one handshake; `None` when the server has no such key, or it cannot be made.
pub(super) async fn look(route: &Route, name: Option<&str>, key: Key) -> Option<Seen> {
    let stream = route.open().await.ok()?;
    let witness = Arc::new(Witness { schemes: key.schemes(), seen: Mutex::default() });
    let tickets = Arc::new(Tickets::default());
    let connector = TlsConnector::from(Arc::new(config(&witness, &tickets)?));
    let server = server_name(route, name)?;
    let connected = timeout(route.answer_time, connector.connect(server, stream)).await;
    let Ok(Ok(mut stream)) = connected else {
        // It may have ended after the certificates had been shown, as for want of one of ours.
        return witness.take().filter(|seen| !seen.certificates.is_empty());
    };
    let mut seen = witness.take()?;
    seen.alpn = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
    let mut buffer = [0; 64];
    let _ = timeout(TICKET_WAIT_MS, stream.read(&mut buffer)).await;
    seen.tickets = Some(tickets.count());
    Some(seen)
}

/// An address stands for no name: rustls sends server_name for names only.
pub(super) fn server_name(route: &Route, name: Option<&str>) -> Option<ServerName<'static>> {
    match name {
        Some(name) => ServerName::try_from(name.to_owned()).ok(),
        None => Some(ServerName::IpAddress(IpAddr::from(route.address.ip()))),
    }
}

fn config(witness: &Arc<Witness>, tickets: &Arc<Tickets>) -> Option<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(witness) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.resumption = Resumption::store(Arc::clone(tickets) as Arc<dyn ClientSessionStore>);
    Some(config)
}

/// Believes everything: what it is shown is judged later, and nothing is sent over the connection.
#[derive(Debug)]
pub(super) struct Witness {
    schemes: Vec<SignatureScheme>,
    seen: Mutex<Option<Seen>>,
}

impl Witness {
    /// One that takes certificates of every kind.
    pub(super) fn of_any() -> Self {
        let schemes = [Key::Rsa, Key::Curve].map(Key::schemes).concat();
        Self { schemes, seen: Mutex::default() }
    }

    fn take(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        let seen = Seen {
            certificates: all.map(|certificate| certificate.as_ref().to_vec()).collect(),
            stapled_ocsp: (!ocsp_response.is_empty()).then(|| ocsp_response.to_vec()),
            ..Seen::default()
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// Counts tickets and forgets them.
#[derive(Debug, Default)]
struct Tickets(Mutex<usize>);

impl Tickets {
    fn count(&self) -> usize {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _server_name: ServerName<'static>, _group: NamedGroup) {}

    fn kx_hint(&self, _server_name: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _name: ServerName<'static>, _value: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _server_name: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _name: ServerName<'static>, _value: Tls13ClientSessionValue) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn take_tls13_ticket(&self, _name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}
