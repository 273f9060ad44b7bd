//! A stapled OCSP response: what it says of the leaf, until when, and who signed it.

use counterfoil_pki::{
    Certificate, OcspResponse,
    ocsp::{ResponseStatus, Single},
    path,
};
use jiff::Timestamp;

/// A response that says something.
#[derive(Debug, Clone)]
pub struct Staple {
    /// As it was served.
    pub response: OcspResponse,
    /// What it says of the leaf; of the first certificate that it is about when that is another.
    pub single: Single,
    /// Is it about the leaf?
    pub is_about_leaf: bool,
}

impl Staple {
    /// Reads an OCSPResponse that was served with the certificate of this serial number (content
    /// octets).
    ///
    /// # Errors
    /// What is wrong with it, for people: a status other than successful, or not readable.
    pub fn read(der: &[u8], serial: Option<&[u8]>) -> Result<Self, String> {
        let response = OcspResponse::from_der(der)
            .map_err(|error| error.to_string().trim_end_matches('.').to_owned())?;
        if response.status() != ResponseStatus::Successful {
            return Err(format!("the responder answered with {}", response.status().name()));
        }
        let of_leaf = |single: &&Single| serial.is_none_or(|serial| single.id.serial() == serial);
        let about = response.singles().iter().find(of_leaf).or(response.singles().first());
        let single = about.ok_or("it is about no certificate")?.clone();
        Ok(Self { is_about_leaf: of_leaf(&&single), single, response })
    }

    /// Was it signed by one who may answer for `issuer`, which issued `leaf`?
    pub(super) fn signed(
        &self,
        (leaf, issuer): (&Certificate, &Certificate),
        pool: &[Certificate],
        now: Timestamp,
    ) -> Result<(), String> {
        path::response_signed(&self.response, (leaf, issuer), pool, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_and_garbage_are_told_apart() {
        let said = |der: &[u8]| Staple::read(der, None).unwrap_err();
        assert_eq!(said(&[0x30, 3, 0x0a, 1, 3]), "the responder answered with tryLater");
        assert!(said(&[0x30, 3, 0x0a, 1, 0]).contains("responseBytes"));
        for garbage in [&b"garbage"[..], &[], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]] {
            assert!(said(garbage).contains("OCSP response"), "{}", said(garbage));
        }
    }
}
