//! NewSessionTicket before TLS 1.3 (RFC 5077 3.3) and in it (RFC 8446 4.6.1).

use crate::{Malformed, Version, wire::Reader};

/// A ticket to resume the session with. What is in it only the server can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSessionTicket {
    /// How long it may be used, in seconds; 0 before TLS 1.3 when the server does not say.
    pub lifetime_seconds: u32,
    /// The ticket itself.
    pub ticket: Vec<u8>,
}

impl NewSessionTicket {
    /// Reads the body of a new_session_ticket message of `version`.
    ///
    /// # Errors
    /// [`Malformed`] when it is none.
    pub fn read(body: &[u8], version: Version) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body, "new_session_ticket");
        let lifetime_seconds = reader.u32()?;
        if version == Version::TLS13 {
            let _age_add = reader.u32()?;
            let _nonce = reader.octets(1)?;
        }
        let ticket = reader.octets(2)?.to_vec();
        Ok(Self { lifetime_seconds, ticket })
    }
}
