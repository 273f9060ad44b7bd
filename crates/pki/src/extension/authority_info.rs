//! authorityInfoAccess (RFC 5280 4.2.2.1) and TLS feature (RFC 7633): where and how to ask.

use der::{Decode, Reader, SliceReader};

use crate::{
    error::{FieldError, InField},
    general_name::GeneralName,
    limit::POINT_NAMES_MAX,
    oid::{self, Oid},
};

/// The TLS feature status_request: the server promises to staple an OCSP response (RFC 7633 4).
const STATUS_REQUEST: u16 = 5;

/// Where the issuer's services are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthorityInfo {
    /// URIs of OCSP responders.
    pub ocsp: Vec<String>,
    /// URIs of the issuer's certificate.
    pub ca_issuers: Vec<String>,
}

impl AuthorityInfo {
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let mut info = Self::default();
        let mut count = 0;
        reader.sequence(|list| {
            while !list.is_finished() {
                if count == POINT_NAMES_MAX {
                    return Err(FieldError::new("", "too many descriptions"));
                }
                count += 1;
                let (method, place) = list.sequence(|r| {
                    let method = Oid::decode(r).field("accessMethod")?;
                    Ok::<_, FieldError>((method, GeneralName::read(r).field("accessLocation")?))
                })?;
                if let GeneralName::Uri(uri) = place {
                    match method {
                        oid::AD_OCSP => info.ocsp.push(uri),
                        oid::AD_CA_ISSUERS => info.ca_issuers.push(uri),
                        _ => {}
                    }
                }
            }
            Ok::<_, FieldError>(())
        })?;
        reader.finish()?;
        if count == 0 {
            return Err(FieldError::new("", "no description at all"));
        }
        Ok(info)
    }
}

/// Does the TLS feature extension with this value ask for a stapled OCSP response?
pub(crate) fn must_staple(der: &[u8]) -> Result<bool, FieldError> {
    let features = Vec::<u16>::from_der(der)?;
    Ok(features.contains(&STATUS_REQUEST))
}
