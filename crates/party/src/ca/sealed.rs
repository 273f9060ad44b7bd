//! Secrets in records: sealed under a key that lies outside the records.
//!
//! The seal is bound to table and key of the record, so that a sealed value that was moved to
//! another record does not open there.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::enveloped::{open_with_key, seal_with_key};
use counterfoil_crypto::digest::sha256_of;
use counterfoil_crypto::oid::{Oid, ROOT};
use counterfoil_secret::{Secret, SecretBytes};
use rand_core::CryptoRng;

use crate::records::{Octets, RecordsError};

/// Content type of a value that a party seals for its own records.
const SEALED_RECORD: Oid = ROOT.child(4).child(1);

/// Which record a sealed value belongs to, and under which key.
#[derive(Clone, Copy)]
pub(crate) struct Seal<'a> {
    pub(crate) key: &'a Secret<[u8; 32]>,
    pub(crate) table: &'static str,
    pub(crate) record: &'a [u8],
}

impl Seal<'_> {
    /// Seals octets.
    pub(crate) fn close(
        &self,
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Octets, RecordsError> {
        seal_with_key(SEALED_RECORD, plaintext, self.key.expose(), &self.binding(), rng)
            .map(|info| Octets(info.into_der()))
            .map_err(|error| self.failed("seal", &error.to_string()))
    }

    /// Opens what [`Seal::close`] made for the same record.
    pub(crate) fn open(&self, sealed: &Octets) -> Result<SecretBytes, RecordsError> {
        let info = ContentInfo::from_der(sealed.0.clone())
            .map_err(|error| self.failed("open", &error.to_string()))?;
        open_with_key(&info, self.key.expose(), SEALED_RECORD, &self.binding())
            .map_err(|_| self.failed("open", "it was sealed under another key or changed"))
    }

    fn binding(&self) -> [u8; 32] {
        // Table names have no zero octet.
        sha256_of(&[self.table.as_bytes(), &[0], self.record])
    }

    fn failed(&self, verb: &str, cause: &str) -> RecordsError {
        RecordsError {
            attempt: format!("{verb} the secrets of a record of table {}", self.table),
            cause: cause.to_owned(),
        }
    }
}
