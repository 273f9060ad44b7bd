//! A TLS handshake that looks at what a server shows and judges nothing.

use std::io::{Error, Read as _, Result, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};

/// What a server has shown.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shown {
    /// DER of its certificates, its own first.
    pub(crate) chain: Vec<Vec<u8>>,
    /// DER of the stapled OCSP response, or nothing.
    pub(crate) ocsp: Vec<u8>,
}

/// Shakes hands with a server over TLS 1.2 or 1.3 and takes leave. What was shown counts even
/// where the handshake did not end well.
pub(crate) fn handshake(
    socket: &mut TcpStream,
    host: &str,
    limit: Duration,
) -> (Shown, Result<()>) {
    let witness = Arc::new(Witness::new());
    let ended = talk(socket, host, limit, &witness);
    (witness.shown(), ended)
}

fn talk(socket: &mut TcpStream, host: &str, limit: Duration, witness: &Arc<Witness>) -> Result<()> {
    socket.set_read_timeout(Some(limit))?;
    socket.set_write_timeout(Some(limit))?;
    let name = ServerName::try_from(host.to_owned()).map_err(Error::other)?;
    let config = config(witness).map_err(Error::other)?;
    let mut connection = ClientConnection::new(config, name).map_err(Error::other)?;
    connection.complete_io(socket)?;
    connection.send_close_notify();
    // The other side may be gone already, which is as good.
    drop(connection.write_tls(socket));
    drop(socket.flush());
    drop(socket.read(&mut [0u8; 1]));
    Ok(())
}

fn config(witness: &Arc<Witness>) -> std::result::Result<Arc<ClientConfig>, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(&witness.provider));
    let builder = builder.with_safe_default_protocol_versions()?;
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<Witness>::clone(witness);
    let config = builder.dangerous().with_custom_certificate_verifier(verifier);
    Ok(Arc::new(config.with_no_client_auth()))
}

/// Looks at the chain and judges nothing: that is done with everything that is known.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    shown: Mutex<Shown>,
}

impl Witness {
    fn new() -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        Self { provider, shown: Mutex::new(Shown::default()) }
    }

    fn shown(&self) -> Shown {
        self.shown.lock().map(|shown| shown.clone()).unwrap_or_default()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp_response: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        if let Ok(mut shown) = self.shown.lock() {
            let all = std::iter::once(end_entity).chain(intermediates);
            shown.chain = all.map(|der| der.to_vec()).collect();
            shown.ocsp = ocsp_response.to_vec();
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
