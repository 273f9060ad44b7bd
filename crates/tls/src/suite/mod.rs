//! Cipher suites: every one that IANA has registered, those that were used without, what each is
//! made of and what it is worth.
//!
//! Registered suites are those of the IANA registry "TLS Cipher Suites"; unregistered ones are
//! kept because servers still answer to them (1024-bit export, FIPS with SSL 3.0, the first
//! ChaCha20, GOST before RFC 9189).

mod exchange;
mod first;
mod openssl;
mod second;

use std::fmt;

/// How the two sides agree on keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyExchange {
    /// Not at all.
    Null,
    /// The client encrypts a secret for the server's RSA key: no forward secrecy.
    Rsa,
    /// As `Rsa`, with a key of 512 (or 1024) bits.
    RsaExport,
    /// The Diffie-Hellman key in the certificate: no forward secrecy.
    Dh,
    /// As `Dh`, with 512 bits.
    DhExport,
    /// Ephemeral Diffie-Hellman over a prime field.
    Dhe,
    /// As `Dhe`, with a prime of 512 (or 1024) bits.
    DheExport,
    /// The elliptic-curve key in the certificate: no forward secrecy.
    Ecdh,
    /// Ephemeral Diffie-Hellman over an elliptic curve.
    Ecdhe,
    /// Kerberos.
    Krb5,
    /// Kerberos with keys of 40 bits.
    Krb5Export,
    /// A secret that both sides have.
    Psk,
    /// A shared secret and ephemeral Diffie-Hellman.
    DhePsk,
    /// A shared secret and RSA.
    RsaPsk,
    /// A shared secret and ephemeral elliptic-curve Diffie-Hellman.
    EcdhePsk,
    /// Secure Remote Password.
    Srp,
    /// A password over elliptic curves (RFC 8492).
    EccPwd,
    /// The key exchange of the FORTEZZA card.
    Fortezza,
    /// VKO of GOST R 34.10.
    Gost,
    /// Not a part of the suite: TLS 1.3 negotiates groups.
    Any,
}

/// How the server proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authentication {
    /// Not at all.
    Anonymous,
    /// An RSA certificate.
    Rsa,
    /// A DSA certificate.
    Dss,
    /// An elliptic-curve certificate.
    Ecdsa,
    /// Kerberos.
    Krb5,
    /// A shared secret.
    Psk,
    /// A password.
    Srp,
    /// A password.
    Password,
    /// A FORTEZZA card.
    Fortezza,
    /// GOST R 34.10.
    Gost,
    /// Not a part of the suite: TLS 1.3 negotiates signatures.
    Any,
}

/// What the records are encrypted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it: a cipher, and its key's size where it varies")]
pub enum Cipher {
    NullCipher,
    Rc4Export40,
    Rc4Export56,
    Rc4,
    Rc2Export40,
    Rc2Export56,
    Rc2,
    Des40,
    Des,
    TripleDes,
    Idea,
    Seed,
    Skipjack,
    Gost28147,
    Magma,
    Kuznyechik,
    Aes128,
    Aes256,
    Camellia128,
    Camellia256,
    Aria128,
    Aria256,
    Sm4,
    ChaCha20,
    Aegis128,
    Aegis256,
}

impl Cipher {
    /// Strength of its key against trying all of them, in bits.
    pub fn bits(self) -> u16 {
        match self {
            Self::NullCipher => 0,
            Self::Rc4Export40 | Self::Rc2Export40 | Self::Des40 => 40,
            Self::Rc4Export56 | Self::Rc2Export56 | Self::Des => 56,
            Self::Skipjack => 80,
            Self::TripleDes => 112,
            Self::Rc4 | Self::Rc2 | Self::Idea | Self::Seed => 128,
            Self::Aes128 | Self::Camellia128 | Self::Aria128 | Self::Sm4 | Self::Aegis128 => 128,
            Self::Aes256
            | Self::Camellia256
            | Self::Aria256
            | Self::ChaCha20
            | Self::Aegis256
            | Self::Gost28147
            | Self::Magma
            | Self::Kuznyechik => 256,
        }
    }

    /// Does it work on blocks of 64 bits? Then about 32 GB under one key give plaintext away.
    pub fn has_small_blocks(self) -> bool {
        matches!(
            self,
            Self::Rc2Export40
                | Self::Rc2Export56
                | Self::Rc2
                | Self::Des40
                | Self::Des
                | Self::TripleDes
                | Self::Idea
                | Self::Skipjack
        )
    }

    /// Is it RC4, with a key of any size?
    pub fn is_rc4(self) -> bool {
        matches!(self, Self::Rc4Export40 | Self::Rc4Export56 | Self::Rc4)
    }
}

/// How the cipher is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the modes")]
pub enum Mode {
    NoMode,
    Stream,
    Cbc,
    Ctr,
    Cnt,
    Gcm,
    Ccm,
    Ccm8,
    Mgm,
    Poly1305,
    Aead,
}

impl Mode {
    /// Does it encrypt and authenticate in one, so that no padding can be asked about?
    pub fn is_aead(self) -> bool {
        matches!(self, Self::Gcm | Self::Ccm | Self::Ccm8 | Self::Mgm | Self::Poly1305 | Self::Aead)
    }
}

/// The hash in the suite's name: of the record's MAC with CBC and streams, else of the PRF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the hashes")]
pub enum Hash {
    NoHash,
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    Sm3,
    Gost94,
    Streebog,
}

/// What a suite is worth to whoever relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// Protects nothing that matters: no encryption, no authentication, or broken.
    Broken,
    /// Attacks are known, or a stolen key opens the past.
    Weak,
    /// No attack on a careful implementation; something better exists.
    Fair,
    /// Forward secrecy and authenticated encryption.
    Good,
}

impl Worth {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Weak => "weak",
            Self::Fair => "fair",
            Self::Good => "good",
        }
    }
}

impl fmt::Display for Worth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One cipher suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its two octets on the wire.
    pub code: u16,
    /// Its registered name.
    pub name: &'static str,
    /// How keys are agreed upon.
    pub key_exchange: KeyExchange,
    /// Who proves to be who.
    pub authentication: Authentication,
    /// What encrypts.
    pub cipher: Cipher,
    /// How.
    pub mode: Mode,
    /// The hash of its MAC or PRF.
    pub hash: Hash,
}

/// A row of the tables.
const fn suite(
    code: u16,
    exchange: exchange::Exchange,
    cipher: Cipher,
    mode: Mode,
    hash: Hash,
    name: &'static str,
) -> Suite {
    let (key_exchange, authentication) = exchange;
    Suite { code, name, key_exchange, authentication, cipher, mode, hash }
}

/// Every suite, in the order of their codes.
pub fn all() -> impl DoubleEndedIterator<Item = &'static Suite> {
    first::FIRST.iter().chain(&second::SECOND)
}

/// The suite with this code.
pub fn find(code: u16) -> Option<&'static Suite> {
    let table: &[Suite] = if code < 0xc000 { &first::FIRST } else { &second::SECOND };
    table.binary_search_by_key(&code, |suite| suite.code).ok().map(|at| &table[at])
}

/// The name of a suite or of a signal among suites; a number when it is neither.
pub fn name(code: u16) -> String {
    match (find(code), code) {
        (Some(suite), _) => suite.name.to_owned(),
        (None, EMPTY_RENEGOTIATION_INFO_SCSV) => "TLS_EMPTY_RENEGOTIATION_INFO_SCSV".to_owned(),
        (None, FALLBACK_SCSV) => "TLS_FALLBACK_SCSV".to_owned(),
        _ if crate::is_grease(code) => format!("GREASE_0x{code:04x}"),
        _ => format!("0x{code:04x}"),
    }
}

/// "This client knows secure renegotiation" (RFC 5746 3.3).
pub const EMPTY_RENEGOTIATION_INFO_SCSV: u16 = 0x00ff;

/// "This client has tried a newer version before" (RFC 7507).
pub const FALLBACK_SCSV: u16 = 0x5600;

impl Suite {
    /// The name in the settings of OpenSSL, nginx, Apache and HAProxy.
    pub fn openssl_name(&self) -> Option<&'static str> {
        let names = &openssl::NAMES;
        names.binary_search_by_key(&self.code, |(code, _)| *code).ok().map(|at| names[at].1)
    }

    /// Is it in the registry of IANA?
    pub fn is_registered(&self) -> bool {
        !matches!(
            self.code,
            0x001c..=0x001d | 0x0060..=0x0066 | 0x0080..=0x0083 | 0xcc13..=0xcc15 | 0xfe00..
        )
    }

    /// Is it one of TLS 1.3, which no older version can use?
    pub fn is_tls13(&self) -> bool {
        matches!(
            self.code,
            0x1301..=0x13ff | 0x00c6..=0x00c7 | 0xc0b4..=0xc0b5 | 0xc103..=0xc106
        )
    }

    /// Does it need TLS 1.2: authenticated encryption, or a hash beyond SHA-1?
    pub fn needs_tls12(&self) -> bool {
        let newer_hash = matches!(self.hash, Hash::Sha256 | Hash::Sha384 | Hash::Sha512);
        !self.is_tls13() && (self.mode.is_aead() || newer_hash)
    }

    /// Does a stolen long-term key leave past connections closed?
    pub fn has_forward_secrecy(&self) -> bool {
        self.is_tls13()
            || matches!(
                self.key_exchange,
                KeyExchange::Dhe
                    | KeyExchange::Ecdhe
                    | KeyExchange::DhePsk
                    | KeyExchange::EcdhePsk
                    | KeyExchange::EccPwd
                    | KeyExchange::Srp
            )
    }

    /// Was it made weak for the export rules of the 1990s?
    pub fn is_export(&self) -> bool {
        matches!(
            self.key_exchange,
            KeyExchange::RsaExport
                | KeyExchange::DhExport
                | KeyExchange::DheExport
                | KeyExchange::Krb5Export
        )
    }

    /// Does the client encrypt a secret for the server's RSA key? (ROBOT, DROWN)
    pub fn encrypts_for_rsa(&self) -> bool {
        matches!(self.key_exchange, KeyExchange::Rsa | KeyExchange::RsaExport | KeyExchange::RsaPsk)
    }

    /// What it is worth.
    pub fn worth(&self) -> Worth {
        let anonymous = self.authentication == Authentication::Anonymous;
        let broken = anonymous
            || self.is_export()
            || self.cipher.bits() < 80
            || self.cipher.is_rc4()
            || self.hash == Hash::NoHash;
        let old = self.cipher.has_small_blocks() || self.hash == Hash::Md5;
        if broken {
            Worth::Broken
        } else if old || !self.has_forward_secrecy() && self.key_exchange != KeyExchange::Psk {
            Worth::Weak
        } else if self.mode.is_aead() && self.mode != Mode::Ccm8 && self.has_forward_secrecy() {
            Worth::Good
        } else {
            Worth::Fair
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_the_order_of_their_codes() {
        let codes: Vec<u16> = all().map(|suite| suite.code).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(openssl::NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(all().all(|suite| find(suite.code) == Some(suite)));
        assert!(openssl::NAMES.iter().all(|(code, _)| find(*code).is_some()));
    }

    #[test]
    fn worth_follows_what_a_suite_is_made_of() {
        let worth = |code| find(code).unwrap().worth();
        assert_eq!(worth(0x1301), Worth::Good);
        assert_eq!(worth(0xc02f), Worth::Good);
        assert_eq!(worth(0xc013), Worth::Fair);
        assert_eq!(worth(0x009c), Worth::Weak, "no forward secrecy");
        assert_eq!(worth(0xc012), Worth::Weak, "3DES");
        assert_eq!(worth(0x0005), Worth::Broken, "RC4");
        assert_eq!(worth(0x0003), Worth::Broken, "export");
        assert_eq!(worth(0xc018), Worth::Broken, "anonymous");
        assert_eq!(worth(0xc0b4), Worth::Broken, "TLS 1.3 without encryption");
    }

    #[test]
    fn names_are_told_for_signals_grease_and_the_unknown() {
        assert_eq!(name(0x5600), "TLS_FALLBACK_SCSV");
        assert_eq!(name(0x0a0a), "GREASE_0x0a0a");
        assert_eq!(name(0x4242), "0x4242");
        assert_eq!(find(0xc030).unwrap().openssl_name(), Some("ECDHE-RSA-AES256-GCM-SHA384"));
    }
}
