//! A TLS handshake that looks at what a server shows and judges nothing.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

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
    /// The version that was agreed upon, as on the wire: 0x0303 is TLS 1.2.
    pub(crate) version: Option<u16>,
}

/// What a client offers for the key exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// What the parties offer: X25519MLKEM768 first, whose share alone has 1,216 octets.
    Usual,
    /// X25519 only: a first message of some 250 octets, which fits every path.
    Small,
}

/// Shakes hands with a server over TLS 1.2 or 1.3 and takes leave. What was shown counts even
/// where the handshake did not end well.
pub(crate) fn handshake(
    socket: &mut TcpStream,
    host: &str,
    limit: Duration,
) -> (Shown, Result<()>) {
    let talked = talk(socket, host, limit, Offer::Usual, &[]);
    let ended = match talked.ended {
        Err(error) if !talked.hands_shaken => Err(error),
        _ => Ok(()),
    };
    (talked.shown, ended)
}

/// What came of a connection.
#[derive(Debug)]
pub(crate) struct Talked {
    /// What the server has shown.
    pub(crate) shown: Shown,
    /// Did the handshake end well?
    pub(crate) hands_shaken: bool,
    /// The version of TLS that was agreed on.
    pub(crate) version: Option<String>,
    /// What was answered, as far as it came.
    pub(crate) answer: Vec<u8>,
    /// How it ended: when something was said, whether the server answered and closed in time.
    pub(crate) ended: Result<()>,
}

/// Octets of an answer that are kept.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Shakes hands, says `request` when there is something to say, and hears the answer until the
/// server closes.
pub(crate) fn talk(
    socket: &mut TcpStream,
    host: &str,
    limit: Duration,
    offer: Offer,
    request: &[u8],
) -> Talked {
    let mut talked = Talked {
        shown: Shown::default(),
        hands_shaken: false,
        version: None,
        answer: Vec::new(),
        ended: Ok(()),
    };
    let (config, witness) = match config(offer) {
        Ok(both) => both,
        Err(error) => return Talked { ended: Err(Error::other(error)), ..talked },
    };
    let until = Instant::now() + limit;
    talked.ended = converse(socket, host, until, config, request, &mut talked);
    talked.shown = Shown { version: talked.shown.version, ..witness.shown() };
    talked
}

fn converse(
    socket: &mut TcpStream,
    host: &str,
    until: Instant,
    config: Arc<ClientConfig>,
    request: &[u8],
    talked: &mut Talked,
) -> Result<()> {
    let name = ServerName::try_from(host.to_owned()).map_err(Error::other)?;
    let mut connection = ClientConnection::new(config, name).map_err(Error::other)?;
    // A peer that trickles must not stretch the time for each read.
    let mut timed = Timed { socket, until };
    while connection.is_handshaking() {
        let step = connection.complete_io(&mut timed);
        talked.shown.version = connection.protocol_version().map(u16::from);
        step?;
    }
    talked.hands_shaken = true;
    talked.version = connection.protocol_version().and_then(|it| it.as_str().map(str::to_owned));
    if request.is_empty() {
        connection.send_close_notify();
        // The other side may be gone already, which is as good.
        drop(connection.write_tls(&mut timed));
        drop(timed.socket.set_read_timeout(Some(LEAVE)));
        drop(timed.socket.read(&mut [0u8; 1]));
        return Ok(());
    }
    let mut stream = rustls::Stream::new(&mut connection, &mut timed);
    stream.write_all(request)?;
    stream.flush()?;
    let mut piece = [0; 4096];
    while talked.answer.len() < ANSWER_BYTES_MAX {
        match stream.read(&mut piece)? {
            0 => break,
            read => talked.answer.extend_from_slice(&piece[..read]),
        }
    }
    if talked.answer.is_empty() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// How long a server is listened to that was told good-bye.
const LEAVE: Duration = Duration::from_millis(200);

/// A socket all of whose work has to be done by one time.
struct Timed<'a> {
    socket: &'a mut TcpStream,
    until: Instant,
}

impl Timed<'_> {
    fn left(&self) -> Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, octets: &mut [u8]) -> Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(octets)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, octets: &[u8]) -> Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(octets)
    }

    fn flush(&mut self) -> Result<()> {
        self.socket.flush()
    }
}

/// A client that trusts everybody, and what it has seen.
pub(crate) fn config(
    offer: Offer,
) -> std::result::Result<(Arc<ClientConfig>, Arc<Witness>), rustls::Error> {
    let witness = Arc::new(Witness::new());
    let mut provider = aws_lc_rs::default_provider();
    if offer == Offer::Small {
        provider.kx_groups = vec![aws_lc_rs::kx_group::X25519];
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(provider));
    let builder = builder.with_safe_default_protocol_versions()?;
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<Witness>::clone(&witness);
    let config = builder.dangerous().with_custom_certificate_verifier(verifier);
    Ok((Arc::new(config.with_no_client_auth()), witness))
}

/// Looks at the chain and judges nothing: that is done with everything that is known.
#[derive(Debug)]
pub(crate) struct Witness {
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
