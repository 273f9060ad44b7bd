//! tunneling (2.23.42.7.4): which suites a gateway can pass a message to the cardholder under.

use der::{Decode, Encode, Sequence};

use crate::{limit::POLICIES_MAX, oid::Oid};

/// `Tunneling ::= SEQUENCE { tunneling BOOLEAN DEFAULT TRUE, tunnelAlgIDs SEQUENCE OF OID }`
/// (SET 1.0 Book 3). SET 2 lists suites where SET 1.0 listed encryption algorithms.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct Tunneling {
    /// Does the gateway tunnel acquirer messages to the cardholder at all?
    #[asn1(default = "allowed")]
    pub tunneling: bool,
    /// The suites in order of preference.
    pub suites: Vec<Oid>,
}

fn allowed() -> bool {
    true
}

impl Tunneling {
    pub(crate) fn from_der(der: &[u8]) -> der::Result<Self> {
        let value = <Self as Decode>::from_der(der)?;
        if value.suites.len() > POLICIES_MAX {
            return Err(der::Tag::Sequence.length_error().into());
        }
        Ok(value)
    }

    pub(crate) fn to_der(&self) -> der::Result<Vec<u8>> {
        Encode::to_der(self)
    }
}
