//! Alerts: what a peer says when it refuses (RFC 8446 6, RFC 5246 7.2, RFC 6101 5.4).

use std::fmt;

use crate::wire::{Malformed, Reader};

/// An alert that is not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alert {
    /// 1 warning, 2 fatal.
    pub level: u8,
    /// Which one; [`Alert::name`] has its name.
    pub description: u8,
}

/// The alert of RFC 7507: the client tries an older version than it has to.
pub const INAPPROPRIATE_FALLBACK: u8 = 86;

/// The alert of RFC 5246 7.2.2: renegotiation is not wanted.
pub const NO_RENEGOTIATION: u8 = 100;

/// The connection ends here.
pub const CLOSE_NOTIFY: u8 = 0;

impl Alert {
    /// Reads the payload of an alert record.
    ///
    /// # Errors
    /// [`Malformed`] when it has not two octets.
    pub fn read(payload: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload, "alert");
        let alert = Self { level: reader.u8()?, description: reader.u8()? };
        reader.finish()?;
        Ok(alert)
    }

    /// Does it end the connection?
    pub fn is_fatal(self) -> bool {
        self.level != 1
    }

    /// The registered name of the description; a number when it has none.
    pub fn name(self) -> String {
        let known = match self.description {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            21 => "decryption_failed",
            22 => "record_overflow",
            30 => "decompression_failure",
            40 => "handshake_failure",
            41 => "no_certificate",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            52 => "too_many_cids_requested",
            60 => "export_restriction",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            111 => "certificate_unobtainable",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            114 => "bad_certificate_hash_value",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            117 => "general_error",
            120 => "no_application_protocol",
            121 => "ech_required",
            other => return format!("alert {other}"),
        };
        known.to_owned()
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.is_fatal() { "fatal" } else { "warning" };
        write!(f, "{level} {}", self.name())
    }
}
