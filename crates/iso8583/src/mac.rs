//! The message authentication code of fields 64 and 128: AES-CMAC (RFC 4493, NIST SP 800-38B),
//! its first eight octets, over every octet of the message before the field.
//!
//! The retail MAC (ANSI X9.19, ISO 9797-1 algorithm 3) rests on DES. Its names are recognised
//! and refused: nothing here can compute it.

use aws_lc_rs::{cmac, constant_time};

use counterfoil_secret::{Fault, Report, SecretBytes};

use crate::codec::{self, Layout};
use crate::dialect::{Dialect, OctetCoding};
use crate::error::{DecodeError, EncodeError};
use crate::field::number::{MAC_PRIMARY, MAC_SECONDARY};
use crate::message::{FieldValue, Message};

/// Octets of the code in a message.
pub const MAC_BYTES: usize = 8;
/// Name of the one algorithm, in settings.
pub const AES_CMAC: &str = "aes-cmac";
/// Names under which settings of hosts know the retail MAC.
pub const RETAIL_MAC_NAMES: [&str; 6] =
    ["retail-mac", "x9.19", "ansi-x9.19", "iso9797-1-alg3", "des-mac", "x9.9"];

/// Why there is no message authentication.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MacError {
    /// Settings ask for the retail MAC.
    #[error("the message authentication `{name}` is the retail MAC on DES and is refused")]
    RetailRefused {
        /// The name that was asked for.
        name: String,
    },
    /// Settings ask for something unknown.
    #[error("the message authentication `{name}` is not known")]
    UnknownAlgorithm {
        /// The name that was asked for.
        name: String,
    },
    /// The key is neither 16 nor 32 octets long.
    #[error("the message authentication key has {length_bytes} octets and needs 16 or 32")]
    KeyLength {
        /// Octets given.
        length_bytes: usize,
    },
    /// The message carries no code.
    #[error("the message has no authentication code in field {field}")]
    Missing {
        /// Where it belongs.
        field: u8,
    },
    /// The code is not the one of this message under this key.
    #[error("the authentication code in field {field} at offset {offset} is wrong")]
    Mismatch {
        /// Where it is.
        field: u8,
        /// Offset in octets.
        offset: usize,
        /// Its second half is zero, as hosts write a retail MAC of four octets.
        looks_retail: bool,
    },
    /// The cryptographic library failed.
    #[error("the cryptographic library could not compute a message authentication code")]
    Library,
    /// The bytes are no message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The message cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl Report for MacError {
    fn id(&self) -> &'static str {
        match self {
            Self::RetailRefused { .. } => "mac-retail-refused",
            Self::UnknownAlgorithm { .. } => "mac-algorithm-unknown",
            Self::KeyLength { .. } => "mac-key-length",
            Self::Missing { .. } => "mac-missing",
            Self::Mismatch { looks_retail: false, .. } => "mac-mismatch",
            Self::Mismatch { looks_retail: true, .. } => "mac-retail-seen",
            Self::Library => "mac-library-failed",
            Self::Decode(error) => error.id(),
            Self::Encode(error) => error.id(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::RetailRefused { .. } | Self::UnknownAlgorithm { .. } => {
                format!("agree on `{AES_CMAC}` with the bank")
            }
            Self::KeyLength { .. } => "give the key as 32 or 64 hexadecimal digits".into(),
            Self::Missing { .. } => "turn on message authentication at the peer".into(),
            Self::Mismatch { looks_retail: false, .. } => {
                "check that both ends of the bank link hold the same key".into()
            }
            Self::Mismatch { looks_retail: true, .. } => {
                format!("the peer seems to use a retail MAC; agree on `{AES_CMAC}`")
            }
            Self::Library => "check the installation of the cryptographic library".into(),
            Self::Decode(error) => error.hint(),
            Self::Encode(error) => error.hint(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::RetailRefused { .. } | Self::UnknownAlgorithm { .. } | Self::KeyLength { .. } => {
                Fault::OurMisuse
            }
            Self::Missing { .. } | Self::Mismatch { looks_retail: false, .. } => {
                Fault::PeerMisbehaved
            }
            Self::Mismatch { looks_retail: true, .. } => Fault::PeerIncompatible,
            Self::Library => Fault::Environment,
            Self::Decode(error) => error.fault(),
            Self::Encode(error) => error.fault(),
        }
    }
}

/// A key for message authentication. Prints nothing of itself.
pub struct MacKey(cmac::Key);

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl MacKey {
    /// A key for the algorithm of that name.
    ///
    /// # Errors
    /// [`MacError`] when policy refuses the algorithm, it is unknown, or the key has the wrong
    /// length.
    pub fn new(algorithm: &str, key: &SecretBytes) -> Result<Self, MacError> {
        let name = algorithm.to_ascii_lowercase();
        if RETAIL_MAC_NAMES.contains(&name.as_str()) {
            return Err(MacError::RetailRefused { name });
        }
        if name != AES_CMAC {
            return Err(MacError::UnknownAlgorithm { name });
        }
        let algorithm = match key.expose().len() {
            16 => cmac::AES_128,
            32 => cmac::AES_256,
            length_bytes => return Err(MacError::KeyLength { length_bytes }),
        };
        cmac::Key::new(algorithm, key.expose()).map(Self).map_err(|_| MacError::Library)
    }

    fn code(&self, bytes: &[u8]) -> Result<[u8; MAC_BYTES], MacError> {
        let tag = cmac::sign(&self.0, bytes).map_err(|_| MacError::Library)?;
        tag.as_ref().get(..MAC_BYTES).and_then(|code| code.try_into().ok()).ok_or(MacError::Library)
    }
}

/// Writes a message with its authentication code as last field.
///
/// # Errors
/// [`MacError::Encode`] when it cannot be written.
pub fn seal(mut message: Message, dialect: &Dialect, key: &MacKey) -> Result<Vec<u8>, MacError> {
    message.fields.remove(&MAC_PRIMARY);
    message.fields.remove(&MAC_SECONDARY);
    let field = message.mac_field();
    message.fields.insert(field, FieldValue::Octets(vec![0; MAC_BYTES]));
    let mut bytes = codec::encode(&message, dialect)?;
    let width = match dialect.octets {
        OctetCoding::Hex => MAC_BYTES * 2,
        OctetCoding::Raw => MAC_BYTES,
    };
    bytes.truncate(bytes.len() - width);
    let code = key.code(&bytes)?;
    codec::write_octets(&mut bytes, &code, dialect.octets);
    Ok(bytes)
}

/// Reads a message whose authentication code, in its last field, is right.
///
/// # Errors
/// [`MacError::Missing`] and [`MacError::Mismatch`] besides what reading may meet.
pub fn open(bytes: &[u8], dialect: &Dialect, key: &MacKey) -> Result<Message, MacError> {
    let message = codec::decode(bytes, dialect)?;
    let layout = codec::lay_out(bytes, dialect)?;
    verify(bytes, &message, &layout, key)?;
    Ok(message)
}

/// Checks the code of a message that is already read.
///
/// # Errors
/// [`MacError::Missing`] and [`MacError::Mismatch`].
pub fn verify(
    bytes: &[u8],
    message: &Message,
    layout: &Layout,
    key: &MacKey,
) -> Result<(), MacError> {
    let field = message.mac_field();
    let missing = MacError::Missing { field };
    let span = layout.spans.last().filter(|s| s.field.number == field).ok_or(missing.clone())?;
    let given = message.octets(field).ok_or(missing)?;
    let expected = key.code(&bytes[..span.start])?;
    constant_time::verify_slices_are_equal(&expected, given).map_err(|_| MacError::Mismatch {
        field,
        offset: span.start,
        looks_retail: given.ends_with(&[0; 4]),
    })
}
