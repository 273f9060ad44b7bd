//! Extensions of hellos: IANA's "TLS ExtensionType Values", and the values that matter here.

use crate::{
    Malformed,
    limit::EXTENSIONS_MAX,
    wire::{Reader, Writer},
};

/// Which extension it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExtensionType(pub u16);

#[allow(missing_docs, reason = "the names are those of the registry")]
impl ExtensionType {
    pub const SERVER_NAME: Self = Self(0);
    pub const STATUS_REQUEST: Self = Self(5);
    pub const SUPPORTED_GROUPS: Self = Self(10);
    pub const EC_POINT_FORMATS: Self = Self(11);
    pub const SIGNATURE_ALGORITHMS: Self = Self(13);
    pub const HEARTBEAT: Self = Self(15);
    pub const ALPN: Self = Self(16);
    pub const SIGNED_CERTIFICATE_TIMESTAMP: Self = Self(18);
    pub const ENCRYPT_THEN_MAC: Self = Self(22);
    pub const EXTENDED_MASTER_SECRET: Self = Self(23);
    pub const SESSION_TICKET: Self = Self(35);
    pub const PRE_SHARED_KEY: Self = Self(41);
    pub const EARLY_DATA: Self = Self(42);
    pub const SUPPORTED_VERSIONS: Self = Self(43);
    pub const COOKIE: Self = Self(44);
    pub const PSK_KEY_EXCHANGE_MODES: Self = Self(45);
    pub const CERTIFICATE_AUTHORITIES: Self = Self(47);
    pub const SIGNATURE_ALGORITHMS_CERT: Self = Self(50);
    pub const KEY_SHARE: Self = Self(51);
    pub const RENEGOTIATION_INFO: Self = Self(0xff01);

    /// The registered name; a number when it has none.
    pub fn name(self) -> String {
        match NAMES.binary_search_by_key(&self.0, |(code, _)| *code) {
            Ok(at) => NAMES[at].1.to_owned(),
            Err(_) if crate::is_grease(self.0) => format!("GREASE_0x{:04x}", self.0),
            Err(_) => format!("0x{:04x}", self.0),
        }
    }
}

/// Code and name, in the order of their codes.
static NAMES: [(u16, &str); 68] = [
    (0, "server_name"),
    (1, "max_fragment_length"),
    (2, "client_certificate_url"),
    (3, "trusted_ca_keys"),
    (4, "truncated_hmac"),
    (5, "status_request"),
    (6, "user_mapping"),
    (7, "client_authz"),
    (8, "server_authz"),
    (9, "cert_type"),
    (10, "supported_groups"),
    (11, "ec_point_formats"),
    (12, "srp"),
    (13, "signature_algorithms"),
    (14, "use_srtp"),
    (15, "heartbeat"),
    (16, "application_layer_protocol_negotiation"),
    (17, "status_request_v2"),
    (18, "signed_certificate_timestamp"),
    (19, "client_certificate_type"),
    (20, "server_certificate_type"),
    (21, "padding"),
    (22, "encrypt_then_mac"),
    (23, "extended_master_secret"),
    (24, "token_binding"),
    (25, "cached_info"),
    (26, "tls_lts"),
    (27, "compress_certificate"),
    (28, "record_size_limit"),
    (29, "pwd_protect"),
    (30, "pwd_clear"),
    (31, "password_salt"),
    (32, "ticket_pinning"),
    (33, "tls_cert_with_extern_psk"),
    (34, "delegated_credential"),
    (35, "session_ticket"),
    (36, "TLMSP"),
    (37, "TLMSP_proxying"),
    (38, "TLMSP_delegate"),
    (39, "supported_ekt_ciphers"),
    (41, "pre_shared_key"),
    (42, "early_data"),
    (43, "supported_versions"),
    (44, "cookie"),
    (45, "psk_key_exchange_modes"),
    (47, "certificate_authorities"),
    (48, "oid_filters"),
    (49, "post_handshake_auth"),
    (50, "signature_algorithms_cert"),
    (51, "key_share"),
    (52, "transparency_info"),
    (53, "connection_id (deprecated)"),
    (54, "connection_id"),
    (55, "external_id_hash"),
    (56, "external_session_id"),
    (57, "quic_transport_parameters"),
    (58, "ticket_request"),
    (59, "dnssec_chain"),
    (60, "sequence_number_encryption_algorithms"),
    (61, "rrc"),
    (62, "tls_flags"),
    (13172, "next_protocol_negotiation"),
    (17513, "application_settings"),
    (17613, "application_settings"),
    (30032, "channel_id"),
    (64768, "ech_outer_extensions"),
    (65037, "encrypted_client_hello"),
    (65281, "renegotiation_info"),
];

/// One extension as it stands in a hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Which one.
    pub kind: ExtensionType,
    /// Its value.
    pub value: Vec<u8>,
    /// Where its type stands, counted from the start of the message's body.
    pub at: usize,
}

/// The extensions of a hello, as far as they could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions {
    /// In their order.
    pub list: Vec<Extension>,
    /// Is there a list of extensions at all, be it an empty one?
    pub present: bool,
    /// Why reading ended before the end.
    pub problem: Option<Malformed>,
}

impl Extensions {
    /// Reads the list at the end of a hello, which may be missing.
    pub fn read(reader: &mut Reader<'_>) -> Self {
        let mut extensions = Self::default();
        if reader.is_empty() {
            return extensions;
        }
        extensions.present = true;
        let read = reader.vector(2).and_then(|mut list| extensions.read_list(&mut list));
        let end = read.and_then(|()| reader.finish());
        extensions.problem = end.err();
        extensions
    }

    fn read_list(&mut self, list: &mut Reader<'_>) -> Result<(), Malformed> {
        while !list.is_empty() {
            if self.list.len() == EXTENSIONS_MAX {
                return Err(list.malformed("too many extensions"));
            }
            let at = list.position();
            let kind = ExtensionType(list.u16()?);
            self.list.push(Extension { kind, value: list.octets(2)?.to_vec(), at });
        }
        Ok(())
    }

    /// The value of the first extension of this type.
    pub fn get(&self, kind: ExtensionType) -> Option<&[u8]> {
        let found = self.list.iter().find(|extension| extension.kind == kind)?;
        Some(&found.value)
    }

    /// Is there one of this type?
    pub fn has(&self, kind: ExtensionType) -> bool {
        self.get(kind).is_some()
    }

    /// Adds one at the end.
    pub fn add(&mut self, kind: ExtensionType, write: impl FnOnce(&mut Writer)) {
        let mut writer = Writer::new();
        write(&mut writer);
        self.present = true;
        self.list.push(Extension { kind, value: writer.into_octets(), at: 0 });
    }

    /// Writes the list; nothing when there is none.
    pub fn write(&self, writer: &mut Writer) {
        if self.present {
            writer.vector(2, |list| {
                for Extension { kind, value, .. } in &self.list {
                    list.u16(kind.0).octets(2, value);
                }
            });
        }
    }
}

/// The host name of server_name (RFC 6066 3), as a client sends it.
///
/// # Errors
/// [`Malformed`] when it is none.
pub fn read_server_name(value: &[u8]) -> Result<Option<String>, Malformed> {
    let mut reader = Reader::new(value, "server_name");
    let mut list = reader.vector(2)?;
    while !list.is_empty() {
        let kind = list.u8()?;
        let name = list.octets(2)?;
        if kind == 0 {
            return Ok(Some(String::from_utf8_lossy(name).into_owned()));
        }
    }
    Ok(None)
}

/// Writes server_name with one host name.
pub fn write_server_name(writer: &mut Writer, host: &str) {
    writer.vector(2, |list| {
        list.u8(0).octets(2, host.as_bytes());
    });
}

/// The names of application_layer_protocol_negotiation (RFC 7301 3.1).
///
/// # Errors
/// [`Malformed`] when they are none.
pub fn read_alpn(value: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut reader = Reader::new(value, "alpn");
    let mut list = reader.vector(2)?;
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(list.octets(1)?.to_vec());
    }
    reader.finish()?;
    Ok(names)
}

/// Writes application_layer_protocol_negotiation.
pub fn write_alpn(writer: &mut Writer, names: &[&[u8]]) {
    writer.vector(2, |list| {
        names.iter().for_each(|name| {
            list.octets(1, name);
        })
    });
}

/// A vector of numbers of two octets that fills the extension: supported_groups,
/// signature_algorithms (length in two octets), supported_versions of a client (one octet).
///
/// # Errors
/// [`Malformed`] when it does not.
pub fn read_numbers(value: &[u8], width: usize, what: &'static str) -> Result<Vec<u16>, Malformed> {
    let mut reader = Reader::new(value, what);
    let numbers = reader.u16s(width)?;
    reader.finish()?;
    Ok(numbers)
}

/// The groups of key_share, as a client sends it (RFC 8446 4.2.8).
///
/// # Errors
/// [`Malformed`] when it is none.
pub fn read_key_share_groups(value: &[u8]) -> Result<Vec<u16>, Malformed> {
    let mut reader = Reader::new(value, "key_share");
    let mut list = reader.vector(2)?;
    let mut groups = Vec::new();
    while !list.is_empty() {
        groups.push(list.u16()?);
        list.octets(2)?;
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_their_codes() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn what_can_be_read_of_a_cut_list_is_kept() {
        let octets = [0, 12, 0, 23, 0, 0, 0, 35, 0, 9, 1];
        let extensions = Extensions::read(&mut Reader::new(&octets, "hello"));
        assert!(extensions.list.is_empty() && extensions.present);
        assert_eq!(extensions.problem.unwrap().at, 2);
        let octets = [0, 9, 0, 23, 0, 0, 0, 35, 0, 9, 1];
        let extensions = Extensions::read(&mut Reader::new(&octets, "hello"));
        assert_eq!(extensions.list.len(), 1);
        assert_eq!(extensions.problem.unwrap().at, 10);
    }
}
