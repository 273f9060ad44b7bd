//! Maps that keep at most so many entries: the oldest goes when a new one comes.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use jiff::Timestamp;

use super::need::VerifiedPath;
use crate::{
    certificate::Certificate,
    limit::{TRUST_CACHE_ENTRIES_MAX, TRUST_CAS_MAX},
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
