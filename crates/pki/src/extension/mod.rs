//! Certificate extensions: those of RFC 5280 in [`standard`], SET's own one file each.
//!
//! A new extension is one new file here, a field in `Known` and a line in `Known::read`.

mod authority_info;
mod card_cert_required;
mod certificate_type;
mod hashed_root_key;
mod merchant_data;
mod set_extensions;
pub mod standard;
mod tunneling;

pub use authority_info::AuthorityInfo;
pub use card_cert_required::CardCertRequired;
pub use certificate_type::Roles;
pub use hashed_root_key::HashedRootKey;
pub use merchant_data::{MerNames, MerchantData};
pub use set_extensions::SetExtensions;
pub use standard::{BasicConstraints, KeyUsage};
pub use tunneling::Tunneling;

use der::{Decode, Reader, SliceReader, asn1::OctetStringRef};

use crate::{
    error::{FieldError, InField},
    limit::EXTENSIONS_MAX,
    oid::{self, Oid},
};

/// One extension as it stands in a certificate or CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Which extension.
    pub oid: Oid,
    /// Must whoever does not understand it refuse the certificate?
    pub critical: bool,
    /// DER of its value.
    pub value: Vec<u8>,
}

impl Extension {
    /// Reads `Extensions ::= SEQUENCE OF Extension`, refusing duplicates (RFC 5280 4.2).
    pub(crate) fn read_all(reader: &mut SliceReader<'_>) -> Result<Vec<Self>, FieldError> {
        let mut extensions: Vec<Self> = Vec::new();
        reader.sequence(|list| {
            while !list.is_finished() {
                if extensions.len() == EXTENSIONS_MAX {
                    return Err(FieldError::new("extensions", "too many extensions"));
                }
                let extension = Self::read(list)?;
                if extensions.iter().any(|other| other.oid == extension.oid) {
                    return Err(FieldError::new("extensions", "the same extension twice"));
                }
                extensions.push(extension);
            }
            Ok(())
        })?;
        if extensions.is_empty() {
            return Err(FieldError::new("extensions", "an empty list"));
        }
        Ok(extensions)
    }

    fn read(reader: &mut SliceReader<'_>) -> Result<Self, FieldError> {
        reader.sequence(|r| {
            let oid = Oid::decode(r).field("extnID")?;
            let critical = Option::<bool>::decode(r).field("critical")?.unwrap_or(false);
            let value = <&OctetStringRef>::decode(r).field("extnValue")?;
            Ok(Self { oid, critical, value: value.as_bytes().to_vec() })
        })
    }
}

/// The interpreted extensions of one certificate.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) standard: standard::Standard,
    pub(crate) roles: Option<Roles>,
    pub(crate) merchant_data: Option<MerchantData>,
    pub(crate) card_cert_required: Option<CardCertRequired>,
    pub(crate) tunneling: Option<Tunneling>,
    pub(crate) hashed_root_key: Option<HashedRootKey>,
    pub(crate) set_extensions: Option<SetExtensions>,
}

impl Known {
    /// Interprets every extension that this crate knows.
    pub(crate) fn read(extensions: &[Extension]) -> Result<Self, FieldError> {
        let mut known = Self::default();
        for extension in extensions {
            known.read_one(extension)?;
        }
        Ok(known)
    }

    /// Interprets one extension, if this crate knows it.
    pub(crate) fn read_one(&mut self, extension: &Extension) -> Result<(), FieldError> {
        let Extension { oid, value, .. } = extension;
        if self.standard.read(oid, value)? {
            return Ok(());
        }
        match *oid {
            oid::SET_CERTIFICATE_TYPE => {
                self.roles = Some(Roles::from_der(value).field("certificateType")?);
            }
            oid::SET_MERCHANT_DATA => {
                let data = MerchantData::from_der(value).field("merchantData")?;
                self.merchant_data = Some(data);
            }
            oid::SET_CARD_CERT_REQUIRED => {
                let required = CardCertRequired::from_der(value).field("cardCertRequired")?;
                self.card_cert_required = Some(required);
            }
            oid::SET_TUNNELING => {
                self.tunneling = Some(Tunneling::from_der(value).field("tunneling")?);
            }
            oid::SET_HASHED_ROOT_KEY => {
                let hashed = HashedRootKey::from_der(value).field("hashedRootKey")?;
                self.hashed_root_key = Some(hashed);
            }
            oid::SET_EXTENSIONS => {
                let list = SetExtensions::from_der(value).field("setExtensions")?;
                self.set_extensions = Some(list);
            }
            _ => {}
        }
        Ok(())
    }

    /// Does this crate act on the extension `oid`, so that it may be critical?
    pub(crate) fn is_known(oid: &Oid) -> bool {
        const SET: [Oid; 6] = [
            oid::SET_CERTIFICATE_TYPE,
            oid::SET_MERCHANT_DATA,
            oid::SET_CARD_CERT_REQUIRED,
            oid::SET_TUNNELING,
            oid::SET_HASHED_ROOT_KEY,
            oid::SET_EXTENSIONS,
        ];
        standard::PROCESSED.contains(oid) || SET.contains(oid)
    }
}
