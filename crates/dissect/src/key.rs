//! Keys that the user offers: private keys of parties (PEM) and TLS secrets (NSS key log).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_secret::{Fault, Report, SecretBytes};

use crate::limit::{KEY_FILE_BYTES_MAX, KEY_LOG_SECRETS_MAX, PRIVATE_KEYS_MAX};

/// Octets of a TLS client random.
pub const CLIENT_RANDOM_BYTES: usize = 32;

/// What may be opened.
#[derive(Debug, Default)]
pub struct Keys {
    tls: BTreeMap<[u8; CLIENT_RANDOM_BYTES], Vec<(String, SecretBytes)>>,
    tls_count: usize,
    private: Vec<PrivateKey>,
    link: Vec<SecretBytes>,
}

/// A party's private key as it was given.
#[derive(Debug)]
pub struct PrivateKey {
    /// The file it came from.
    pub file: String,
    /// The PEM text of its file: a PKCS #8 key, and certificates if they stand beside it.
    pub pem: SecretBytes,
}

/// What a file was found to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// TLS secrets, so many lines of them.
    KeyLog {
        /// Lines with a secret.
        secrets: usize,
    },
    /// A private key.
    PrivateKey,
    /// The key of a bank link.
    LinkKey,
}

/// Why a file with keys is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither a PEM private key nor a key log.
    #[error("{file} holds neither a private key in PEM, nor a key log, nor a bank link's key")]
    Unknown {
        /// The file.
        file: String,
    },
    /// More than a limit allows.
    #[error("{file} holds more than {most} {of}")]
    TooMuch {
        /// The file.
        file: String,
        /// The limit.
        most: usize,
        /// Its unit.
        of: &'static str,
    },
}

impl Report for KeyError {
    fn id(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "key-file-unknown",
            Self::TooMuch { .. } => "key-file-too-large",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unknown { .. } => "give a file from a party's keys folder, or what a program \
                                     wrote to SSLKEYLOGFILE"
                .into(),
            Self::TooMuch { .. } => "give only the part that belongs to this capture".into(),
        }
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

impl Keys {
    /// Takes the content of one file; what it holds is found by looking.
    ///
    /// # Errors
    /// [`KeyError`] when it holds no key, or more than a limit allows.
    pub fn offer(&mut self, file: &str, content: &[u8]) -> Result<Offered, KeyError> {
        let too_much = |most, of| KeyError::TooMuch { file: file.into(), most, of };
        if content.len() > KEY_FILE_BYTES_MAX {
            return Err(too_much(KEY_FILE_BYTES_MAX, "octets"));
        }
        let text = String::from_utf8_lossy(content);
        if text.lines().any(|line| {
            line.starts_with("-----BEGIN ") && line.trim_end().ends_with("PRIVATE KEY-----")
        }) {
            if self.private.len() == PRIVATE_KEYS_MAX {
                return Err(too_much(PRIVATE_KEYS_MAX, "private keys in one call"));
            }
            let pem = SecretBytes::new(content.to_vec());
            self.private.push(PrivateKey { file: file.into(), pem });
            return Ok(Offered::PrivateKey);
        }
        if let Some(key) = link_key(&text) {
            if self.link.len() == PRIVATE_KEYS_MAX {
                return Err(too_much(PRIVATE_KEYS_MAX, "bank link keys in one call"));
            }
            self.link.push(key);
            return Ok(Offered::LinkKey);
        }
        let mut secrets = 0;
        for line in text.lines() {
            let Some((label, random, secret)) = key_log_line(line) else { continue };
            if self.tls_count == KEY_LOG_SECRETS_MAX {
                return Err(too_much(KEY_LOG_SECRETS_MAX, "secrets"));
            }
            self.tls.entry(random).or_default().push((label.into(), secret));
            self.tls_count += 1;
            secrets += 1;
        }
        if secrets == 0 {
            return Err(KeyError::Unknown { file: file.into() });
        }
        Ok(Offered::KeyLog { secrets })
    }

    /// The TLS secret with this label for the connection with this client random.
    pub fn tls_secret(
        &self,
        label: &str,
        client_random: &[u8; CLIENT_RANDOM_BYTES],
    ) -> Option<&SecretBytes> {
        let secrets = self.tls.get(client_random)?;
        secrets.iter().find(|(known, _)| known == label).map(|(_, secret)| secret)
    }

    /// Whether any TLS secret was offered.
    pub fn has_tls(&self) -> bool {
        self.tls_count > 0
    }

    /// The keys of bank links, in the order in which they were offered.
    pub fn link(&self) -> &[SecretBytes] {
        &self.link
    }

    /// The private keys, in the order in which they were offered.
    pub fn private(&self) -> &[PrivateKey] {
        &self.private
    }
}

/// The key of a bank link: as a party keeps it, or as 32 or 64 hexadecimal digits and nothing else.
fn link_key(text: &str) -> Option<SecretBytes> {
    const BEGIN: &str = "-----BEGIN COUNTERFOIL SYMMETRIC KEY-----";
    const END: &str = "-----END COUNTERFOIL SYMMETRIC KEY-----";
    let text = text.trim();
    let kept = text.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
    let key = match kept {
        Some(body) => STANDARD.decode(body.trim()).ok(),
        None => hex::decode(text).ok(),
    };
    key.filter(|key| matches!(key.len(), 16 | 32)).map(SecretBytes::new)
}

/// `LABEL CLIENT_RANDOM SECRET`, the last two in hexadecimal.
fn key_log_line(line: &str) -> Option<(&str, [u8; CLIENT_RANDOM_BYTES], SecretBytes)> {
    let mut words = line.split_ascii_whitespace();
    let (label, random, secret) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some()
        || !label.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
    {
        return None;
    }
    let random = hex::decode(random).ok()?.try_into().ok()?;
    Some((label, random, SecretBytes::new(hex::decode(secret).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_log_is_found_by_looking_and_answers_by_label_and_random() {
        let random = "ab".repeat(32);
        let log = format!("# comment\nCLIENT_TRAFFIC_SECRET_0 {random} 0102\nnoise\n");
        let mut keys = Keys::default();
        assert_eq!(keys.offer("log", log.as_bytes()), Ok(Offered::KeyLog { secrets: 1 }));
        let secret = keys.tls_secret("CLIENT_TRAFFIC_SECRET_0", &[0xab; 32]);
        assert_eq!(secret.map(|secret| secret.expose().clone()), Some(vec![1, 2]));
        assert!(keys.tls_secret("EXPORTER_SECRET", &[0xab; 32]).is_none());
    }

    #[test]
    fn a_private_key_is_found_by_its_frame() {
        let mut keys = Keys::default();
        let pem = b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
        assert_eq!(keys.offer("k.pem", pem), Ok(Offered::PrivateKey));
        assert_eq!(keys.private()[0].file, "k.pem");
    }

    #[test]
    fn the_key_of_a_bank_link_is_found_by_its_form() {
        let mut keys = Keys::default();
        assert_eq!(
            keys.offer("link.key", b"00112233445566778899aabbccddeeff\n"),
            Ok(Offered::LinkKey)
        );
        assert!(keys.offer("short", b"0011").is_err());
        let kept = "-----BEGIN COUNTERFOIL SYMMETRIC KEY-----\n\
                    AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\
                    -----END COUNTERFOIL SYMMETRIC KEY-----\n";
        assert_eq!(keys.offer("bank-link.pem", kept.as_bytes()), Ok(Offered::LinkKey));
        let lengths: Vec<usize> = keys.link().iter().map(|key| key.expose().len()).collect();
        assert_eq!(lengths, [16, 32]);
    }

    #[test]
    fn refuses_a_file_without_keys() {
        let error = Keys::default().offer("notes", b"no key here").unwrap_err();
        assert_eq!(
            error.to_string(),
            "notes holds neither a private key in PEM, nor a key log, nor a bank link's key"
        );
    }
}
