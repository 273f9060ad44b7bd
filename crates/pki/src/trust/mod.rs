//! [`Trust`]: the roots that a party trusts, and everything that follows from them.
//!
//! [`Trust::verify`] answers whether a certificate may be used for a [`Need`]: a path valid after
//! RFC 5280 to one of the roots, SET's hierarchy and brand along it, nothing revoked, and a fresh
//! BCI of the brand all of whose CRLs are held. An answer is remembered until a certificate or
//! CRL that it stands on ends, or until a new CRL comes, so that asking again costs a lookup.

mod cache;
mod error;
mod need;
mod revocation;
pub(crate) mod rule;

pub use error::TrustError;
pub use need::{Need, Usage, Verified};
pub use revocation::Taken;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use self::{
    cache::{CaPool, PathCache, SignatureMemory},
    need::VerifiedPath,
    revocation::BrandState,
};
use crate::{
    bci::Bci,
    certificate::Certificate,
    crl::Crl,
    error::PkiError,
    extension::HashedRootKey,
    hierarchy,
    limit::{PATH_POOL_MAX, TRUST_ROOTS_MAX},
    name::DistinguishedName,
    oid,
    path::{
        self, CrlAge, CurrentAlgorithms, PathInput, PathSettings, PolicySettings,
        RevocationSettings, RevokedBy, SignatureCheck, Signed, SignedKind,
    },
    thumb::Thumb,
};

/// What a party decides about its trust.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrustSettings {
    /// Whether a certificate counts only with a fresh and complete BCI of its brand.
    pub bci: BciRule,
    /// Refuse CRLs whose thisUpdate is longer ago; `None`: nextUpdate decides alone.
    pub crl_age_max: Option<SignedDuration>,
}

/// When a BCI is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BciRule {
    /// Always.
    #[default]
    Required,
    /// Only if one of the brand is held: for a party that has just been set up.
    IfHeld,
}

/// Thumbprints of what is held, to say in a request what need not be sent (SET 1.0 Book 3,
/// Thumbs).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeldThumbs {
    /// Certificates of roots and CAs.
    pub certificates: Vec<Thumb>,
    /// CRLs.
    pub crls: Vec<Thumb>,
    /// BCIs.
    pub bcis: Vec<Thumb>,
}

/// The trust of one party.
pub struct Trust {
    settings: TrustSettings,
    path_settings: PathSettings,
    roots: Vec<Certificate>,
    cas: CaPool,
    /// The newest of each issuer, verified.
    crls: BTreeMap<DistinguishedName, Crl>,
    brands: BTreeMap<String, BrandState>,
    paths: PathCache,
    signatures: SignatureMemory,
    /// Rises with each CRL and BCI that is taken in.
    revision: u64,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("roots", &self.roots.len())
            .field("crls", &self.crls.len())
            .field("brands", &self.brands.keys().collect::<Vec<_>>())
            .field("verified", &self.paths.len())
            .finish_non_exhaustive()
    }
}

impl Trust {
    /// Trusts `roots` and what follows from them.
    ///
    /// # Errors
    /// [`TrustError::NotARoot`] when one is no self-signed root of SET,
    /// [`TrustError::TooManyRoots`].
    pub fn new(roots: Vec<Certificate>, settings: TrustSettings) -> Result<Self, TrustError> {
        let age = CrlAge { max: settings.crl_age_max, next_update_optional: false };
        let revocation =
            RevocationSettings { by: RevokedBy::IssuersCrls, age, ..Default::default() };
        let policies = PolicySettings {
            initial: BTreeSet::from([oid::SET_ROOT_POLICY]),
            require_explicit: true,
            ..PolicySettings::default()
        };
        let mut trust = Self {
            settings,
            path_settings: PathSettings { policies, revocation, ..PathSettings::default() },
            roots: Vec::new(),
            cas: CaPool::default(),
            crls: BTreeMap::new(),
            brands: BTreeMap::new(),
            paths: PathCache::default(),
            signatures: SignatureMemory::default(),
            revision: 0,
        };
        roots.into_iter().try_for_each(|root| trust.add_root(root))?;
        Ok(trust)
    }

    fn add_root(&mut self, root: Certificate) -> Result<(), TrustError> {
        rule::check_root(&root)?;
        let signed = Signed {
            kind: SignedKind::Certificate,
            signer: &root,
            algorithm_der: root.signature_algorithm_der(),
            message: root.tbs_der(),
            signature: root.signature(),
        };
        if CurrentAlgorithms.check(&signed).is_err() {
            let (subject, reason) = (root.subject().to_string(), "its signature is not its own");
            return Err(TrustError::NotARoot { subject, reason });
        }
        if self.roots.contains(&root) {
            return Ok(());
        }
        if self.roots.len() == TRUST_ROOTS_MAX {
            return Err(TrustError::TooManyRoots { count_max: TRUST_ROOTS_MAX });
        }
        self.roots.push(root);
        Ok(())
    }

    /// Trusts a new root to whose key one of the present, still valid roots has committed
    /// (SET 1.0 Book 3, hashedRootKey). The old root stays trusted until it ends.
    ///
    /// # Errors
    /// [`TrustError::RootNotAnnounced`], [`TrustError::RootNotValid`], or as [`Trust::new`].
    pub fn roll_root(&mut self, new: Certificate, now: Timestamp) -> Result<(), TrustError> {
        let key = HashedRootKey::of(new.spki_der());
        let valid = |root: &Certificate| root.not_before() <= now && now <= root.not_after();
        let announced =
            self.roots.iter().any(|root| valid(root) && root.hashed_root_key() == Some(key));
        if !announced {
            return Err(TrustError::RootNotAnnounced { subject: new.subject().to_string() });
        }
        rule::check_chain(std::slice::from_ref(&new), now)?;
        self.add_root(new)
    }

    /// The roots.
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// Keeps CA certificates to complete paths with. They are trusted no more than before.
    pub fn learn(&mut self, certificates: &[Certificate]) {
        let cas = certificates.iter().filter(|certificate| certificate.basic_constraints().ca);
        cas.for_each(|certificate| self.cas.insert(certificate));
    }

    /// Verifies that `leaf` may be used for `need` at `now`. `bag` are certificates that came
    /// along; the CA certificates that are held are used as well.
    ///
    /// # Errors
    /// [`TrustError`] naming the rule that is broken.
    pub fn verify(
        &mut self,
        leaf: &Certificate,
        bag: &[Certificate],
        now: Timestamp,
        need: &Need<'_>,
    ) -> Result<Verified, TrustError> {
        let path = match self.paths.get(leaf.thumb(), now) {
            Some(path) => Arc::clone(path),
            None => self.verify_path(leaf, bag, now, &[])?,
        };
        need.check(leaf)?;
        self.check_bci(&path, now)?;
        Ok(Verified::new(path, need.usage))
    }

    /// Path and hierarchy, without BCI. `more` are CRLs that are not yet held.
    fn verify_path(
        &mut self,
        leaf: &Certificate,
        bag: &[Certificate],
        now: Timestamp,
        more: &[Crl],
    ) -> Result<Arc<VerifiedPath>, TrustError> {
        let pool = self.pool(bag);
        let crls: Vec<Crl> = self.crls.values().chain(more).cloned().collect();
        let (found, good) = path::validate_and_tell(&PathInput {
            leaf,
            pool: &pool,
            anchors: &self.roots,
            crls: &crls,
            ocsp: &[],
            now,
            settings: &self.path_settings,
            signatures: &self.signatures,
        })?;
        // That of the leaf is remembered with its path.
        let others = good.into_iter().filter(|(object, _)| *object != leaf.thumb());
        others.for_each(|pair| self.signatures.insert(pair));
        rule::check_chain(&found.chain, now)?;
        let root_end = found.chain.last().map_or(now, Certificate::not_after);
        let path = Arc::new(VerifiedPath {
            valid_from: now,
            valid_until: found.valid_until.min(root_end),
            brand_key: brand_key(leaf.brand().unwrap_or_default()),
            chain: found.chain,
        });
        self.learn(&path.chain[..path.chain.len() - 1]);
        if more.is_empty() {
            self.paths.insert(Arc::clone(&path));
        }
        Ok(path)
    }

    /// The CA certificates of the bag and those that are held, as many as a path may look at.
    fn pool(&self, bag: &[Certificate]) -> Vec<Certificate> {
        let mut seen = BTreeSet::new();
        // Those that are held come first: no bag can crowd them out.
        self.cas
            .iter()
            .chain(bag.iter().filter(|certificate| certificate.basic_constraints().ca))
            .filter(|certificate| seen.insert(certificate.thumb()))
            .take(PATH_POOL_MAX)
            .cloned()
            .collect()
    }

    /// Reads a certificate; one that is held is not read again, and shares its parsed key.
    ///
    /// # Errors
    /// As [`Certificate::from_der`].
    pub fn read_certificate(&self, der: &[u8]) -> Result<Certificate, PkiError> {
        match self.certificate(Thumb::of(der)) {
            Some(held) => Ok(held.clone()),
            None => Certificate::from_der(der),
        }
    }

    /// Reads a CRL; one that is held is not read again.
    ///
    /// # Errors
    /// As [`Crl::from_der`].
    pub fn read_crl(&self, der: &[u8]) -> Result<Crl, PkiError> {
        match self.crls.values().find(|crl| crl.der() == der) {
            Some(held) => Ok(held.clone()),
            None => Crl::from_der(der),
        }
    }

    /// A certificate that is held: a root, a CA, or one that was verified and is still remembered.
    pub fn certificate(&self, thumb: Thumb) -> Option<&Certificate> {
        let root = self.roots.iter().find(|root| root.thumb() == thumb);
        root.or_else(|| self.cas.get(thumb)).or_else(|| self.paths.leaf(thumb))
    }

    /// As [`Trust::certificate`], by DER of issuer and serial number, as CMS names certificates.
    pub fn certificate_by_name(
        &self,
        issuer_der: &[u8],
        serial_der: &[u8],
    ) -> Option<&Certificate> {
        let named = |certificate: &&Certificate| {
            certificate.serial_der() == serial_der && certificate.issuer_der() == issuer_der
        };
        let leaf = self.paths.find(issuer_der, serial_der);
        leaf.or_else(|| self.cas.iter().chain(&self.roots).find(named))
    }

    /// The CRLs that are held, verified, the newest of each issuer.
    pub fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.crls.values()
    }

    /// The BCIs that are held, verified, the newest of each brand.
    pub fn bcis(&self) -> impl Iterator<Item = &Bci> {
        self.brands.values().map(|state| &state.bci)
    }

    /// The CA certificates that are held to complete paths with, roots aside. They are trusted no
    /// more for that.
    pub fn authorities(&self) -> impl Iterator<Item = &Certificate> {
        self.cas.iter()
    }

    /// A number that rises whenever a CRL or BCI is taken in.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The BCI of a brand that is held, verified.
    pub fn bci(&self, brand: &str) -> Option<&Bci> {
        self.brands.get(&brand_key(brand)).map(|state| &state.bci)
    }

    /// What is held for `brand`, or altogether.
    pub fn thumbs(&self, brand: Option<&str>) -> HeldThumbs {
        let of_brand = |name: Option<&str>| match (brand, name) {
            (Some(wanted), Some(name)) => hierarchy::same_brand(wanted, name),
            (Some(_), None) => false,
            (None, _) => true,
        };
        let cas = self.cas.iter().filter(|ca| of_brand(ca.brand()));
        let organization = crate::name::AttributeKind::Organization;
        let roots: Vec<&DistinguishedName> = self.roots.iter().map(|root| root.subject()).collect();
        let crls = self.crls.values().filter(|crl| {
            of_brand(crl.issuer().attribute(organization)) || roots.contains(&crl.issuer())
        });
        let bcis = self.brands.values().filter(|state| of_brand(Some(state.bci.brand())));
        HeldThumbs {
            certificates: self.roots.iter().chain(cas).map(Certificate::thumb).collect(),
            crls: crls.map(Crl::thumb).collect(),
            bcis: bcis.map(|state| state.bci.thumb()).collect(),
        }
    }
}

/// Brands are kept under their folded name, without product.
fn brand_key(brand: &str) -> String {
    let words = hierarchy::brand_of(brand).split_whitespace().map(str::to_lowercase);
    words.collect::<Vec<_>>().join(" ")
}
