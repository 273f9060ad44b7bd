//! setExtensions (2.23.42.7.5): the message extensions that a party can process.

use der::{Decode, Encode};

use crate::{limit::POLICIES_MAX, oid::Oid};

/// `SETExtensions ::= SEQUENCE OF OBJECT IDENTIFIER` (SET 1.0 Book 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetExtensions(pub Vec<Oid>);

impl SetExtensions {
    pub(crate) fn from_der(der: &[u8]) -> der::Result<Self> {
        let list = Vec::<Oid>::from_der(der)?;
        if list.len() > POLICIES_MAX {
            return Err(der::Tag::Sequence.length_error().into());
        }
        Ok(Self(list))
    }

    pub(crate) fn to_der(&self) -> der::Result<Vec<u8>> {
        self.0.to_der()
    }
}
