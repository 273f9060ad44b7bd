//! CertificateStatus: a stapled OCSP response (RFC 6066 8).

use crate::{Malformed, wire::Reader};

/// Reads the body of a certificate_status message: DER of an OCSP response. `None` when it has
/// another type, or is empty, as a server that has nothing to staple may send it.
///
/// # Errors
/// [`Malformed`] when it is none.
pub fn read(body: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    let mut reader = Reader::new(body, "certificate_status");
    if reader.u8()? != 1 {
        return Ok(None);
    }
    let response = reader.octets(3)?;
    reader.finish()?;
    Ok((!response.is_empty()).then(|| response.to_vec()))
}
