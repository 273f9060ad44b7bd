//! What is remembered of messages that were read, so that later ones can be held against them:
//! certificates by thumb, questions by RRPID, purchases by XID, and keys that parties sent.
//!
//! Everything is bounded; what came first is forgotten first.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use counterfoil_crypto::key::{ExchangeKey, KeyPair, KeyUse};
use counterfoil_crypto::oid::Oid;
use counterfoil_crypto::provider::AWS_LC;
use counterfoil_pki::Certificate;
use counterfoil_secret::{Secret, SecretBytes};

use crate::key::{Keys, PrivateKey};
use crate::message::Moment;

/// Most certificates that are remembered.
pub(super) const CERTIFICATES_MAX: usize = 4096;
/// Most questions that are remembered.
pub(super) const QUESTIONS_MAX: usize = 65_536;
/// Most purchases that are remembered.
pub(super) const PURCHASES_MAX: usize = 65_536;
/// Most keys that parties sent each other, and that were read in what was opened.
pub(super) const BACK_KEYS_MAX: usize = 256;

/// A question, as far as its answer is held against it.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// Its tag.
    pub(super) tag: u32,
    /// SHA-256 over the whole message.
    pub(super) digest: [u8; 32],
    /// When it was seen first.
    pub(super) time: Moment,
    /// DER of its thumbs, if it has any that can be read.
    pub(super) thumbs: Option<Vec<u8>>,
    /// Its challenges by the names of their fields.
    pub(super) challenges: Vec<(String, Vec<u8>)>,
    /// SHA-256 over the whole answer, once there is one.
    pub(super) answer: Option<[u8; 32]>,
}

/// What both signatures of a purchase are made under, from PInitRes.
#[derive(Debug, Clone)]
pub(super) struct Purchase {
    /// The suite that PInitRes names.
    pub(super) suite: Oid,
    /// Thumb of the certificate that signed PInitRes.
    pub(super) merchant: [u8; 32],
    /// peThumb.
    pub(super) gateway: [u8; 32],
}

/// A private key that the user offered.
pub(super) struct OfferedKey {
    pub(super) file: String,
    pub(super) key: Arc<dyn ExchangeKey>,
}

/// A map that forgets its oldest entries.
pub(super) struct Bounded<K, V> {
    entries: BTreeMap<K, V>,
    order: VecDeque<K>,
    most: usize,
}

impl<K: Ord + Clone, V> Bounded<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self { entries: BTreeMap::new(), order: VecDeque::new(), most }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values()
    }

    /// Puts an entry in; one that is there is replaced.
    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.entries.insert(key.clone(), value).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }
}

/// Everything that is remembered.
pub(super) struct Memory {
    pub(super) certificates: Bounded<[u8; 32], Certificate>,
    /// By RRPID.
    pub(super) questions: Bounded<Vec<u8>, Question>,
    /// By XID.
    pub(super) purchases: Bounded<Vec<u8>, Purchase>,
    pub(super) back_keys: VecDeque<SecretBytes>,
    pub(super) keys: Vec<OfferedKey>,
    keys_read: usize,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            certificates: Bounded::new(CERTIFICATES_MAX),
            questions: Bounded::new(QUESTIONS_MAX),
            purchases: Bounded::new(PURCHASES_MAX),
            back_keys: VecDeque::new(),
            keys: Vec::new(),
            keys_read: 0,
        }
    }

    /// Reads the keys that were offered since the last message, each once. Those that are for
    /// signing, or for another purpose, open nothing and are passed over.
    pub(super) fn take_keys(&mut self, keys: &Keys) {
        for offered in keys.private().iter().skip(self.keys_read) {
            if let Some(key) = exchange_key(offered) {
                self.keys.push(OfferedKey { file: offered.file.clone(), key });
            }
            let text = String::from_utf8_lossy(offered.pem.expose());
            for certificate in Certificate::from_pem_all(&text).unwrap_or_default() {
                self.learn(&certificate);
            }
        }
        self.keys_read = keys.private().len();
    }

    /// Remembers a certificate.
    pub(super) fn learn(&mut self, certificate: &Certificate) {
        let thumb = certificate.thumb().0;
        if self.certificates.get(&thumb).is_none() {
            self.certificates.insert(thumb, certificate.clone());
        }
    }

    /// Remembers a key that a party sent so that another can encrypt back.
    pub(super) fn learn_back_key(&mut self, key: &[u8]) {
        if self.back_keys.iter().any(|known| known.expose() == key) {
            return;
        }
        if self.back_keys.len() == BACK_KEYS_MAX {
            self.back_keys.pop_front();
        }
        self.back_keys.push_back(SecretBytes::new(key.to_vec()));
    }
}

/// The key in a PEM file, with whatever else the file holds around it.
fn exchange_key(offered: &PrivateKey) -> Option<Arc<dyn ExchangeKey>> {
    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    const END: &str = "-----END PRIVATE KEY-----";
    let text = std::str::from_utf8(offered.pem.expose()).ok()?;
    let start = text.find(BEGIN)?;
    let end = start + text[start..].find(END)? + END.len();
    let pem = Secret::new(text[start..end].to_owned());
    KeyPair::from_pkcs8_pem(&AWS_LC, KeyUse::Exchange, &pem).ok()?.exchange_key().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_came_first() {
        let mut map = Bounded::new(2);
        (0..3).for_each(|number| map.insert(number, number));
        map.insert(2, 7);
        assert_eq!((map.get(&0), map.get(&1), map.get(&2)), (None, Some(&1), Some(&7)));
        assert_eq!(map.order.len(), 2);
    }

    #[test]
    fn back_keys_are_kept_once_and_bounded() {
        let mut memory = Memory::new();
        for number in 0..=BACK_KEYS_MAX {
            memory.learn_back_key(&number.to_be_bytes());
            memory.learn_back_key(&number.to_be_bytes());
        }
        assert_eq!(memory.back_keys.len(), BACK_KEYS_MAX);
    }
}
