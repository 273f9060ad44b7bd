//! Opening records: AEAD suites of TLS 1.2 and 1.3, and AES-CBC suites of TLS 1.2.
//!
//! The primitives are AWS-LC's. A [`RecordKey`] opens the records of one direction under one set
//! of keys, in their order; after lost octets it looks a little ahead for the record that comes.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, hkdf, hmac, tls_prf};

use super::session::Random;

/// How many records may be missing before one, when octets were lost, for it to be found.
const RECORDS_SKIPPED_MAX: u64 = 64;
/// Octets of an AEAD nonce (RFC 8446 section 5.3).
const NONCE_BYTES: usize = 12;
/// Octets of a nonce that travel in a record of TLS 1.2 with AES-GCM (RFC 5288 section 3).
const EXPLICIT_NONCE_BYTES: usize = 8;
/// Octets of an AES block, and of the IV in a record with AES-CBC.
const BLOCK_BYTES: usize = 16;
/// Octets of a tag.
const TAG_BYTES: usize = 16;
/// Most octets of a record's content (RFC 8446 section 5.2).
const CONTENT_BYTES_MAX: usize = 1 << 14;

/// What protects records, told from a cipher suite's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Protection {
    cipher: Cipher,
    hash: Hash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
    Aes128Cbc(Mac),
    Aes256Cbc(Mac),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mac {
    Sha1,
    Sha256,
    Sha384,
}

/// The hash that keys are derived with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
}

impl Protection {
    /// What a suite protects with, by its IANA name, where records of it can be opened.
    pub(super) fn of_suite(name: &str) -> Option<Self> {
        // TLS 1.3 suites have no key exchange in their names.
        let rest =
            name.split_once("_WITH_").map_or_else(|| name.strip_prefix("TLS_"), |p| Some(p.1));
        let (cipher, hash) = rest?.rsplit_once('_')?;
        let mac = match hash {
            "SHA" => Mac::Sha1,
            "SHA256" => Mac::Sha256,
            "SHA384" => Mac::Sha384,
            _ => return None,
        };
        let cipher = match cipher {
            "AES_128_GCM" => Cipher::Aes128Gcm,
            "AES_256_GCM" => Cipher::Aes256Gcm,
            "CHACHA20_POLY1305" => Cipher::ChaCha20Poly1305,
            "AES_128_CBC" => Cipher::Aes128Cbc(mac),
            "AES_256_CBC" => Cipher::Aes256Cbc(mac),
            _ => return None,
        };
        let hash = if mac == Mac::Sha384 { Hash::Sha384 } else { Hash::Sha256 };
        Some(Self { cipher, hash })
    }

    /// The next `application_traffic_secret` after a KeyUpdate (RFC 8446 section 7.2).
    pub(super) fn next_secret(self, secret: &[u8]) -> Option<Vec<u8>> {
        self.hash.expand_label(secret, b"traffic upd", self.hash.bytes())
    }

    /// The key of one direction from its traffic secret (RFC 8446 section 7.3).
    pub(super) fn key_1_3(self, secret: &[u8]) -> Option<RecordKey> {
        let key = self.hash.expand_label(secret, b"key", self.cipher.key_bytes())?;
        let iv = self.hash.expand_label(secret, b"iv", NONCE_BYTES)?;
        let aead = Aead { key: self.cipher.aead_key(&key)?, iv: iv.try_into().ok()? };
        Some(RecordKey { sequence: 0, after_loss: false, form: Form::Tls13(aead) })
    }

    /// The keys of client and server from the master secret (RFC 5246 section 6.3).
    pub(super) fn keys_1_2(
        self,
        master: &[u8],
        client_random: &Random,
        server_random: &Random,
        encrypt_then_mac: bool,
    ) -> Option<[RecordKey; 2]> {
        let (mac_bytes, key_bytes, iv_bytes) =
            (self.cipher.mac_bytes(), self.cipher.key_bytes(), self.cipher.fixed_iv_bytes());
        let block = tls_prf::Secret::new(self.hash.prf(), master)
            .ok()?
            .derive_with_seed_concatination(
                b"key expansion",
                server_random,
                client_random,
                2 * (mac_bytes + key_bytes + iv_bytes),
            )
            .ok()?;
        let mut rest = block.as_ref();
        let mut next = |bytes: usize| {
            let (piece, after) = rest.split_at_checked(bytes)?;
            rest = after;
            Some(piece)
        };
        let macs = [next(mac_bytes)?, next(mac_bytes)?];
        let keys = [next(key_bytes)?, next(key_bytes)?];
        let ivs = [next(iv_bytes)?, next(iv_bytes)?];
        let side = |side: usize| {
            let form = self.cipher.form_1_2(macs[side], keys[side], ivs[side], encrypt_then_mac)?;
            Some(RecordKey { sequence: 0, after_loss: false, form })
        };
        Some([side(0)?, side(1)?])
    }
}

impl Hash {
    fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    fn prf(self) -> &'static tls_prf::Algorithm {
        match self {
            Self::Sha256 => &tls_prf::P_SHA256,
            Self::Sha384 => &tls_prf::P_SHA384,
        }
    }

    /// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
    fn expand_label(self, secret: &[u8], label: &[u8], bytes: usize) -> Option<Vec<u8>> {
        let algorithm = match self {
            Self::Sha256 => hkdf::HKDF_SHA256,
            Self::Sha384 => hkdf::HKDF_SHA384,
        };
        if secret.len() != self.bytes() {
            return None;
        }
        let info = [
            &u16::try_from(bytes).ok()?.to_be_bytes()[..],
            &[u8::try_from(label.len() + 6).ok()?],
            b"tls13 ",
            label,
            &[0],
        ]
        .concat();
        let mut out = vec![0; bytes];
        hkdf::Prk::new_less_safe(algorithm, secret)
            .expand(&[&info], OutputLength(bytes))
            .and_then(|okm| okm.fill(&mut out))
            .ok()?;
        Some(out)
    }
}

struct OutputLength(usize);

impl hkdf::KeyType for OutputLength {
    fn len(&self) -> usize {
        self.0
    }
}

impl Cipher {
    fn key_bytes(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Cbc(_) => 16,
            Self::Aes256Gcm | Self::Aes256Cbc(_) | Self::ChaCha20Poly1305 => 32,
        }
    }

    fn mac_bytes(self) -> usize {
        match self {
            Self::Aes128Cbc(mac) | Self::Aes256Cbc(mac) => mac.bytes(),
            _ => 0,
        }
    }

    /// Octets of the key block that are an IV. With AES-CBC each record of TLS 1.2 brings its own.
    fn fixed_iv_bytes(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => NONCE_BYTES - EXPLICIT_NONCE_BYTES,
            Self::ChaCha20Poly1305 => NONCE_BYTES,
            Self::Aes128Cbc(_) | Self::Aes256Cbc(_) => 0,
        }
    }

    fn aead_key(self, key: &[u8]) -> Option<LessSafeKey> {
        let algorithm = match self {
            Self::Aes128Gcm => &aead::AES_128_GCM,
            Self::Aes256Gcm => &aead::AES_256_GCM,
            Self::ChaCha20Poly1305 => &aead::CHACHA20_POLY1305,
            Self::Aes128Cbc(_) | Self::Aes256Cbc(_) => return None,
        };
        UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new)
    }

    fn form_1_2(self, mac: &[u8], key: &[u8], iv: &[u8], encrypt_then_mac: bool) -> Option<Form> {
        let (algorithm, hash) = match self {
            Self::ChaCha20Poly1305 => {
                let aead = Aead { key: self.aead_key(key)?, iv: iv.try_into().ok()? };
                return Some(Form::Tls12(aead));
            }
            Self::Aes128Gcm | Self::Aes256Gcm => {
                let salt = iv.try_into().ok()?;
                return Some(Form::Tls12Gcm { key: self.aead_key(key)?, salt });
            }
            Self::Aes128Cbc(hash) => (&cipher::AES_128, hash),
            Self::Aes256Cbc(hash) => (&cipher::AES_256, hash),
        };
        let key = UnboundCipherKey::new(algorithm, key).and_then(DecryptingKey::cbc).ok()?;
        let mac = hmac::Key::new(hash.algorithm(), mac);
        Some(Form::Cbc { key, mac, mac_bytes: hash.bytes(), encrypt_then_mac })
    }
}

impl Mac {
    fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    fn algorithm(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
        }
    }
}

/// A record as it travels: the five octets before it, and what they say is in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed<'a> {
    /// The content type on the outside.
    pub(super) content_type: u8,
    /// The version on the outside.
    pub(super) version: u16,
    /// What follows the header.
    pub(super) body: &'a [u8],
}

/// A record that was opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opened {
    /// The content type; in TLS 1.3 the one inside.
    pub(super) content_type: u8,
    /// The content.
    pub(super) content: Vec<u8>,
    /// Records that must be missing before this one.
    pub(super) records_skipped: u64,
}

/// Opens the records of one direction under one set of keys.
pub(super) struct RecordKey {
    sequence: u64,
    after_loss: bool,
    form: Form,
}

#[allow(
    clippy::large_enum_variant,
    reason = "one for each direction; the large ones are the usual"
)]
enum Form {
    /// The nonce is the IV and the sequence number; the type is inside (RFC 8446 section 5.2).
    Tls13(Aead),
    /// ChaCha20-Poly1305 in TLS 1.2 (RFC 7905 section 2).
    Tls12(Aead),
    /// AES-GCM in TLS 1.2 (RFC 5288 section 3).
    Tls12Gcm { key: LessSafeKey, salt: [u8; NONCE_BYTES - EXPLICIT_NONCE_BYTES] },
    /// AES-CBC in TLS 1.2 (RFC 5246 section 6.2.3.2; RFC 7366 with encrypt-then-MAC).
    Cbc { key: DecryptingKey, mac: hmac::Key, mac_bytes: usize, encrypt_then_mac: bool },
}

struct Aead {
    key: LessSafeKey,
    iv: [u8; NONCE_BYTES],
}

impl RecordKey {
    /// Octets were lost: the next record may have a later number.
    pub(super) fn lost(&mut self) {
        self.after_loss = true;
    }

    /// Opens the next record, or says that these are not its keys.
    pub(super) fn open(&mut self, sealed: &Sealed<'_>) -> Option<Opened> {
        let skips = if self.after_loss { RECORDS_SKIPPED_MAX } else { 0 };
        for skip in 0..=skips {
            let sequence = self.sequence.checked_add(skip)?;
            let opened = self.form.open(sequence, sealed);
            if let Some((content_type, content)) = opened {
                self.sequence = sequence.checked_add(1)?;
                self.after_loss = false;
                return Some(Opened { content_type, content, records_skipped: skip });
            }
        }
        None
    }
}

impl std::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecordKey(record {}, [secret])", self.sequence)
    }
}

impl Form {
    fn open(&self, sequence: u64, sealed: &Sealed<'_>) -> Option<(u8, Vec<u8>)> {
        match self {
            Self::Tls13(aead) => {
                let length = u16::try_from(sealed.body.len()).ok()?;
                let aad = header(sealed, length);
                let inner = open_aead(&aead.key, aead.nonce(sequence), &aad, sealed.body)?;
                // Zeros after the type are padding (RFC 8446 section 5.4).
                let at = inner.iter().rposition(|octet| *octet != 0)?;
                Some((inner[at], inner[..at].to_vec()))
            }
            Self::Tls12(aead) => {
                let length = sealed.body.len().checked_sub(TAG_BYTES)?;
                let aad = numbered(sequence, sealed, length)?;
                let content = open_aead(&aead.key, aead.nonce(sequence), &aad, sealed.body)?;
                Some((sealed.content_type, content))
            }
            Self::Tls12Gcm { key, salt } => {
                let (explicit, body) = sealed.body.split_at_checked(EXPLICIT_NONCE_BYTES)?;
                let nonce = [&salt[..], explicit].concat().try_into().ok()?;
                let length = body.len().checked_sub(TAG_BYTES)?;
                let aad = numbered(sequence, sealed, length)?;
                Some((sealed.content_type, open_aead(key, nonce, &aad, body)?))
            }
            Self::Cbc { key, mac, mac_bytes, encrypt_then_mac } => {
                let body = sealed.body;
                let content = if *encrypt_then_mac {
                    let (covered, tag) =
                        body.split_at_checked(body.len().checked_sub(*mac_bytes)?)?;
                    check_mac(mac, sequence, sealed, covered, tag)?;
                    decrypt_cbc(key, covered)?
                } else {
                    let mut content = decrypt_cbc(key, body)?;
                    let tag = content.split_off(content.len().checked_sub(*mac_bytes)?);
                    check_mac(mac, sequence, sealed, &content, &tag)?;
                    content
                };
                Some((sealed.content_type, content))
            }
        }
    }
}

impl Aead {
    /// The IV with the sequence number in its last octets (RFC 8446 section 5.3).
    fn nonce(&self, sequence: u64) -> [u8; NONCE_BYTES] {
        let mut nonce = self.iv;
        nonce[NONCE_BYTES - 8..]
            .iter_mut()
            .zip(sequence.to_be_bytes())
            .for_each(|(octet, number)| *octet ^= number);
        nonce
    }
}

fn header(sealed: &Sealed<'_>, length: u16) -> [u8; 5] {
    let [version, minor] = sealed.version.to_be_bytes();
    let [high, low] = length.to_be_bytes();
    [sealed.content_type, version, minor, high, low]
}

/// What TLS 1.2 authenticates beside the content (RFC 5246 section 6.2.3.3).
fn numbered(sequence: u64, sealed: &Sealed<'_>, length: usize) -> Option<Vec<u8>> {
    let length = u16::try_from(length).ok()?;
    Some([&sequence.to_be_bytes()[..], &header(sealed, length)].concat())
}

fn open_aead(
    key: &LessSafeKey,
    nonce: [u8; NONCE_BYTES],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let mut content = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    let opened = key.open_in_place(nonce, Aad::from(aad), &mut content).ok()?.len();
    content.truncate(opened);
    (opened <= CONTENT_BYTES_MAX + 256).then_some(content)
}

/// Decrypts what an IV and whole blocks hold, and takes the padding off.
fn decrypt_cbc(key: &DecryptingKey, body: &[u8]) -> Option<Vec<u8>> {
    let (iv, blocks) = body.split_at_checked(BLOCK_BYTES)?;
    if blocks.is_empty() || !blocks.len().is_multiple_of(BLOCK_BYTES) {
        return None;
    }
    let iv: [u8; BLOCK_BYTES] = iv.try_into().ok()?;
    let mut content = blocks.to_vec();
    key.decrypt(&mut content, DecryptionContext::Iv128(FixedLength::from(iv))).ok()?;
    let padding = usize::from(*content.last()?) + 1;
    let (kept, padded) = content.split_at_checked(content.len().checked_sub(padding)?)?;
    let is_padding = padded.iter().all(|octet| usize::from(*octet) + 1 == padding);
    let kept = kept.len();
    content.truncate(kept);
    is_padding.then_some(content)
}

fn check_mac(
    mac: &hmac::Key,
    sequence: u64,
    sealed: &Sealed<'_>,
    covered: &[u8],
    tag: &[u8],
) -> Option<()> {
    let mut context = hmac::Context::with_key(mac);
    context.update(&numbered(sequence, sealed, covered.len())?);
    context.update(covered);
    constant_time::verify_slices_are_equal(context.sign().as_ref(), tag).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_protection_by_the_name_of_the_suite() {
        let check = |name: &str, cipher, hash| {
            assert_eq!(Protection::of_suite(name), Some(Protection { cipher, hash }), "{name}");
        };
        check("TLS_AES_128_GCM_SHA256", Cipher::Aes128Gcm, Hash::Sha256);
        check("TLS_CHACHA20_POLY1305_SHA256", Cipher::ChaCha20Poly1305, Hash::Sha256);
        check("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Cipher::Aes256Gcm, Hash::Sha384);
        check("TLS_RSA_WITH_AES_128_CBC_SHA", Cipher::Aes128Cbc(Mac::Sha1), Hash::Sha256);
        check(
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
            Cipher::Aes256Cbc(Mac::Sha384),
            Hash::Sha384,
        );
        for name in ["TLS_RSA_WITH_RC4_128_SHA", "TLS_AES_128_CCM_SHA256", "", "TLS_", "SHA256"] {
            assert_eq!(Protection::of_suite(name), None, "{name}");
        }
    }

    /// RFC 8448 section 3: the server's handshake and application traffic of "simple 1-RTT".
    #[test]
    fn derives_the_keys_of_rfc_8448() {
        let secret =
            hex::decode("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38")
                .unwrap();
        let key = Hash::Sha256.expand_label(&secret, b"key", 16).unwrap();
        assert_eq!(hex::encode(key), "3fce516009c21727d0f2e4e86ee403bc");
        let iv = Hash::Sha256.expand_label(&secret, b"iv", 12).unwrap();
        assert_eq!(hex::encode(iv), "5d313eb2671276ee13000b30");
    }

    #[test]
    fn a_secret_of_another_length_gives_no_key() {
        let protection = Protection::of_suite("TLS_AES_256_GCM_SHA384").unwrap();
        assert!(protection.key_1_3(&[1; 32]).is_none());
        assert!(protection.key_1_3(&[1; 48]).is_some());
        assert!(protection.next_secret(&[1; 48]).is_some_and(|next| next.len() == 48));
    }

    #[test]
    fn records_of_any_length_are_refused_without_panic() {
        let random = [7; 32];
        for suite in [
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ] {
            let protection = Protection::of_suite(suite).unwrap();
            for encrypt_then_mac in [false, true] {
                let keys = protection.keys_1_2(&[3; 48], &random, &random, encrypt_then_mac);
                for mut key in keys.unwrap() {
                    key.lost();
                    for bytes in 0..100 {
                        let body = vec![9; bytes];
                        let sealed = Sealed { content_type: 23, version: 0x0303, body: &body };
                        assert!(key.open(&sealed).is_none(), "{suite} {bytes}");
                    }
                }
            }
        }
        let protection = Protection::of_suite("TLS_AES_128_GCM_SHA256").unwrap();
        let mut key = protection.key_1_3(&[3; 32]).unwrap();
        for bytes in 0..100 {
            let body = vec![9; bytes];
            assert!(key.open(&Sealed { content_type: 23, version: 0x0303, body: &body }).is_none());
        }
    }
}
