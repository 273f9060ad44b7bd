//! OCSPRequest (RFC 6960 4.1.1) for one certificate, without a signature.

use counterfoil_crypto::identifier::IdDigest;
use der::{
    Encode, Tag,
    asn1::{Any, OctetStringRef},
};

use super::CertId;
use crate::{certificate::Certificate, error::PkiError};

/// Media type of a request over HTTP (RFC 6960 appendix A.1).
pub const REQUEST_TYPE: &str = "application/ocsp-request";

/// Media type of a response over HTTP.
pub const RESPONSE_TYPE: &str = "application/ocsp-response";

/// The DER of a request that asks for `certificate`, which `issuer` issued. The id uses SHA-1,
/// which every responder understands (RFC 5019 2.1.1).
///
/// # Errors
/// [`PkiError::Malformed`] when the issuer's key cannot be named.
pub fn encode(certificate: &Certificate, issuer: &Certificate) -> Result<Vec<u8>, PkiError> {
    let malformed = |reason: String| PkiError::Malformed {
        what: "certificate",
        field: "subjectPublicKeyInfo",
        offset: 0,
        reason,
    };
    let id = CertId::of(certificate, issuer, IdDigest::Sha1)
        .ok_or_else(|| malformed("the key is not a whole number of octets".into()))?;
    encode_id(&id, certificate.serial_der()).map_err(|error| malformed(error.to_string()))
}

fn encode_id(id: &CertId, serial_der: &[u8]) -> der::Result<Vec<u8>> {
    let sequence = |parts: &[Vec<u8>]| Any::new(Tag::Sequence, parts.concat())?.to_der();
    let digest = id.digest.unwrap_or(IdDigest::Sha1).oid().to_der_bytes();
    let algorithm = sequence(&[digest.to_vec(), vec![0x05, 0x00]])?;
    let name = OctetStringRef::new(&id.issuer_name)?.to_der()?;
    let key = OctetStringRef::new(&id.issuer_key)?.to_der()?;
    let cert_id = sequence(&[algorithm, name, key, serial_der.to_vec()])?;
    let list = sequence(&[sequence(&[cert_id])?])?;
    // OCSPRequest { tbsRequest { requestList } }
    sequence(&[sequence(&[list])?])
}
