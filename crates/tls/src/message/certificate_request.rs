//! CertificateRequest: the server wants to know its client (RFC 5246 7.4.4).

use crate::{Malformed, Version, wire::Reader};

/// What a server before TLS 1.3 asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Kinds of certificates: 1 RSA, 2 DSA, 64 ECDSA.
    pub certificate_types: Vec<u8>,
    /// What the client may sign with (TLS 1.2).
    pub signature_schemes: Vec<u16>,
    /// DER of the names of CAs; empty when any will do.
    pub authorities: Vec<Vec<u8>>,
}

impl CertificateRequest {
    /// Reads the body of a certificate_request message of `version`, at most TLS 1.2.
    ///
    /// # Errors
    /// [`Malformed`] when it is none.
    pub fn read(body: &[u8], version: Version) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body, "certificate_request");
        let certificate_types = reader.octets(1)?.to_vec();
        let schemes = if version == Version::TLS12 { reader.u16s(2)? } else { Vec::new() };
        let mut list = reader.vector(2)?;
        let mut authorities = Vec::new();
        while !list.is_empty() {
            authorities.push(list.octets(2)?.to_vec());
        }
        reader.finish()?;
        Ok(Self { certificate_types, signature_schemes: schemes, authorities })
    }
}
