//! Maps that keep at most so many entries: the oldest goes when a new one comes.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use jiff::Timestamp;

use super::need::VerifiedPath;
use crate::{
    certificate::Certificate,
    limit::{TRUST_CACHE_ENTRIES_MAX, TRUST_CAS_MAX, TRUST_SIGNATURES_MAX},
    path::{CurrentAlgorithms, SignatureCheck, SignatureRefusal, Signed},
    thumb::Thumb,
};

/// Verified paths by the thumb of their leaf, and where to find a leaf by its name.
pub(super) struct PathCache {
    entries_max: usize,
    paths: BTreeMap<Thumb, Arc<VerifiedPath>>,
    /// DER of issuer and serial number, which is how CMS names certificates.
    names: BTreeMap<(Vec<u8>, Vec<u8>), Thumb>,
    order: VecDeque<Thumb>,
    /// Leaves whose paths were verified since the CRLs changed last.
    current: BTreeSet<Thumb>,
}

impl Default for PathCache {
    fn default() -> Self {
        Self {
            entries_max: TRUST_CACHE_ENTRIES_MAX,
            paths: BTreeMap::new(),
            names: BTreeMap::new(),
            order: VecDeque::new(),
            current: BTreeSet::new(),
        }
    }
}

impl PathCache {
    /// The path of `leaf` if it can be relied on at `now`.
    pub(super) fn get(&self, leaf: Thumb, now: Timestamp) -> Option<&Arc<VerifiedPath>> {
        let path = self.paths.get(&leaf)?;
        let in_time = path.valid_from <= now && now <= path.valid_until;
        (in_time && self.current.contains(&leaf)).then_some(path)
    }

    /// The leaf with this name, verified once, whether or not that still holds.
    pub(super) fn find(&self, issuer_der: &[u8], serial_der: &[u8]) -> Option<&Certificate> {
        let thumb = self.names.get(&(issuer_der.to_vec(), serial_der.to_vec()))?;
        self.leaf(*thumb)
    }

    pub(super) fn leaf(&self, thumb: Thumb) -> Option<&Certificate> {
        self.paths.get(&thumb).map(|path| &path.chain[0])
    }

    pub(super) fn insert(&mut self, path: Arc<VerifiedPath>) {
        let leaf = &path.chain[0];
        let name = (leaf.issuer_der().to_vec(), leaf.serial_der().to_vec());
        let thumb = leaf.thumb();
        self.names.insert(name, thumb);
        self.current.insert(thumb);
        if self.paths.insert(thumb, path).is_none() {
            self.order.push_back(thumb);
        }
        while self.paths.len() > self.entries_max {
            let Some(oldest) = self.order.pop_front() else { return };
            self.current.remove(&oldest);
            if let Some(path) = self.paths.remove(&oldest) {
                let leaf = &path.chain[0];
                let name = (leaf.issuer_der().to_vec(), leaf.serial_der().to_vec());
                if self.names.get(&name) == Some(&oldest) {
                    self.names.remove(&name);
                }
            }
        }
    }

    /// Forgets every answer, but not the certificates.
    pub(super) fn expire(&mut self) {
        self.current.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }
}

/// Signatures that were found good: object and signer. They stay good for ever.
#[derive(Default)]
pub(super) struct SignatureMemory {
    good: BTreeSet<(Thumb, Thumb)>,
    order: VecDeque<(Thumb, Thumb)>,
}

impl SignatureMemory {
    pub(super) fn insert(&mut self, pair: (Thumb, Thumb)) {
        if self.good.insert(pair) {
            self.order.push_back(pair);
        }
        while self.good.len() > TRUST_SIGNATURES_MAX {
            let Some(oldest) = self.order.pop_front() else { return };
            self.good.remove(&oldest);
        }
    }
}

impl SignatureCheck for SignatureMemory {
    fn check(&self, signed: &Signed<'_>) -> Result<(), SignatureRefusal> {
        CurrentAlgorithms.check(signed)
    }

    fn is_known(&self, object: Thumb, signer: Thumb) -> bool {
        self.good.contains(&(object, signer))
    }
}

/// CA certificates, to complete paths with.
#[derive(Default)]
pub(super) struct CaPool {
    certificates: BTreeMap<Thumb, Certificate>,
    order: VecDeque<Thumb>,
}

impl CaPool {
    pub(super) fn insert(&mut self, certificate: &Certificate) {
        let thumb = certificate.thumb();
        if self.certificates.insert(thumb, certificate.clone()).is_none() {
            self.order.push_back(thumb);
        }
        while self.certificates.len() > TRUST_CAS_MAX {
            let Some(oldest) = self.order.pop_front() else { return };
            self.certificates.remove(&oldest);
        }
    }

    pub(super) fn get(&self, thumb: Thumb) -> Option<&Certificate> {
        self.certificates.get(&thumb)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_signature_goes_when_the_memory_is_full() {
        let pair = |number: usize| {
            let mut octets = [0; 32];
            octets[..8].copy_from_slice(&number.to_be_bytes());
            (Thumb(octets), Thumb([1; 32]))
        };
        let mut memory = SignatureMemory::default();
        (0..=TRUST_SIGNATURES_MAX).for_each(|number| memory.insert(pair(number)));
        let known = |number| memory.is_known(pair(number).0, pair(number).1);
        assert!(!known(0) && known(1) && known(TRUST_SIGNATURES_MAX));
        assert_eq!((memory.good.len(), memory.order.len()), (4096, 4096));
    }

    #[test]
    fn the_oldest_answer_goes_when_the_cache_is_full() {
        let made = crate::tests::self_signed_roots(3);
        let path = |root: &Certificate| {
            Arc::new(VerifiedPath {
                chain: vec![root.clone()],
                valid_from: Timestamp::UNIX_EPOCH,
                valid_until: Timestamp::MAX,
                brand_key: String::new(),
            })
        };
        let mut cache = PathCache { entries_max: 2, ..PathCache::default() };
        made.iter().for_each(|root| cache.insert(path(root)));
        let held = |root: &Certificate| cache.get(root.thumb(), Timestamp::MAX).is_some();
        assert_eq!(made.iter().map(held).collect::<Vec<_>>(), [false, true, true]);
        let named = |c: &Certificate| cache.find(c.issuer_der(), c.serial_der()).is_some();
        assert_eq!(made.iter().map(named).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!((cache.len(), cache.order.len(), cache.names.len()), (2, 2, 2));
        cache.expire();
        assert!(cache.get(made[1].thumb(), Timestamp::MAX).is_none());
        assert_eq!(cache.leaf(made[1].thumb()), Some(&made[1]));
    }
}
