//! The certificates, CRLs and BCIs of a file, and the trust that follows from them at a date.
//!
//! A signature is judged as of its own date. Where the file has no CRLs of that date, those of the
//! day of the export do as well: a certificate that was not revoked then was not revoked before
//! (certificateHold aside, which SET does not use), so only its validity has to include the date.

use std::collections::BTreeMap;

use counterfoil_pki::path;
use counterfoil_pki::trust::{Need, Trust, TrustError, TrustSettings, Verified};
use counterfoil_pki::{Bci, Certificate, Crl, PkiError, Roles};
use jiff::Timestamp;

use crate::codec::List;
use crate::container::{Content, Signed};
use crate::evidence::format::Evidence;
use crate::evidence::item::Item;
use crate::evidence::rule::Rule;
use crate::evidence::signature::peek;
use crate::evidence::statement::{Claim, SignedBy, Statement};
use crate::evidence::verification::Reason;
use crate::primitive::{Digest, OpenType};
use crate::treatment::{self, Authentic, Check, TreatmentError};

/// Most different states that are judged in one file.
const STATES_MAX: usize = 24;

/// Which of the file's certificates, CRLs and BCIs are current at a date. Nothing else of a date
/// decides what a [`Trust`] takes in, so all dates of one state share one trust, which still judges
/// each signature as of its own date. Otherwise a purchase that is captured in many parts would
/// have everything verified anew for each part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    certificates: Vec<bool>,
    crls: Vec<bool>,
    bcis: Vec<bool>,
}

/// Everything to check signatures with.
pub(super) struct Archive<'a> {
    roots: &'a [Certificate],
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    bcis: Vec<Bci>,
    exported_at: Timestamp,
    trusts: BTreeMap<State, Trust>,
}

/// Content whose signature held, and as of when.
pub(super) struct Held<T> {
    pub(super) content: T,
    pub(super) signer: Verified,
    item: Item,
    as_of: Timestamp,
    revocation_as_of: Timestamp,
}

impl<T> Held<T> {
    /// What this signature proves.
    pub(super) fn states(&self, claim: Claim) -> Statement {
        let certificate = self.signer.certificate();
        let signed_by = SignedBy {
            item: self.item,
            subject: certificate.subject().to_string(),
            thumb: certificate.thumb(),
            as_of: self.as_of,
            revocation_as_of: self.revocation_as_of,
        };
        Statement { claim, signed_by }
    }
}

impl<'a> Archive<'a> {
    /// Reads what is in the file.
    pub(super) fn new(evidence: &Evidence, roots: &'a [Certificate]) -> Result<Self, Reason> {
        Ok(Self {
            roots,
            certificates: read(&evidence.certificates, Certificate::from_der, Item::Certificate)?,
            crls: read(&evidence.crls, Crl::from_der, Item::Crl)?,
            bcis: evidence
                .bcis
                .iter()
                .enumerate()
                .map(|(n, bci)| {
                    Bci::from_content_info(bci.0.clone())
                        .map_err(|error| Reason::of(Item::Bci(n), &error))
                })
                .collect::<Result<_, _>>()?,
            exported_at: evidence.exported_at.timestamp(),
            trusts: BTreeMap::new(),
        })
    }

    /// The certificate of the file with this thumb.
    pub(super) fn certificate(&self, thumb: &[u8; 32]) -> Option<&Certificate> {
        self.certificates.iter().find(|certificate| certificate.thumb().as_bytes() == thumb)
    }

    /// The certificate that `item` names.
    pub(super) fn named(&self, thumb: &Digest, item: Item) -> Result<Certificate, Reason> {
        let found = self.certificate(thumb.as_bytes()).cloned();
        found.ok_or_else(|| Reason::broken(item, Rule::CertificateMissing))
    }

    /// Whether a certificate may be relied on for `need` at a date.
    pub(super) fn certificate_held(
        &mut self,
        item: Item,
        certificate: &Certificate,
        at: Timestamp,
        need: Need<'_>,
    ) -> Result<Held<()>, Reason> {
        self.held(item, at, need, |check| {
            let verified = check.trust.verify(certificate, &[], check.now, &check.need);
            Ok(((), verified.map_err(TreatmentError::Trust)?))
        })
    }

    /// Runs `verify` with the trust of a date.
    pub(super) fn held<T>(
        &mut self,
        item: Item,
        at: Timestamp,
        need: Need<'_>,
        verify: impl Fn(&mut Check<'_>) -> Result<(T, Verified), TreatmentError>,
    ) -> Result<Held<T>, Reason> {
        let exported_at = self.exported_at;
        let mut attempt = |date| {
            let trust = self.trust_at(date, item)?;
            Ok(verify(&mut Check { trust, now: date, need }))
        };
        let first = match attempt(at)? {
            Ok((content, signer)) => {
                return Ok(Held { content, signer, item, as_of: at, revocation_as_of: at });
            }
            Err(error) => error,
        };
        if !lacks_revocation(&first) || exported_at <= at {
            return Err(Reason::of(item, &first));
        }
        match attempt(exported_at)? {
            Ok((content, signer)) if signer.chain().iter().all(|c| is_valid(c, at)) => {
                let revocation_as_of = exported_at;
                Ok(Held { content, signer, item, as_of: at, revocation_as_of })
            }
            Err(error) if !lacks_revocation(&error) => Err(Reason::of(item, &error)),
            _ => Err(Reason::of(item, &first)),
        }
    }

    /// Verifies signed content as of the date that it bears.
    pub(super) fn signed<T: Content>(
        &mut self,
        item: Item,
        signed: &Signed<T>,
        need: Need<'_>,
        date: impl Fn(&T) -> Timestamp,
    ) -> Result<Held<T>, Reason> {
        let at = date(&peek(signed).map_err(|error| Reason::of(item, &error))?);
        self.held(item, at, need, |check| {
            treatment::verify(signed, check).map(Authentic::into_parts)
        })
    }

    /// The trust of a date: that of its state.
    fn trust_at(&mut self, at: Timestamp, item: Item) -> Result<&mut Trust, Reason> {
        let state = self.state_at(at);
        if !self.trusts.contains_key(&state) {
            if self.trusts.len() == STATES_MAX {
                return Err(Reason::broken(item, Rule::TooManyDates));
            }
            let trust = self.new_trust(at).map_err(|error| Reason::of(Item::File, &error))?;
            self.trusts.insert(state.clone(), trust);
        }
        Ok(self.trusts.get_mut(&state).expect("invariant: inserted above"))
    }

    fn state_at(&self, at: Timestamp) -> State {
        State {
            certificates: self.certificates.iter().map(|c| is_valid(c, at)).collect(),
            crls: self.crls.iter().map(|crl| crl.is_fresh(at)).collect(),
            bcis: self.bcis.iter().map(|bci| is_current(bci, at)).collect(),
        }
    }

    /// What is refused here is missed later, if it is needed.
    fn new_trust(&self, at: Timestamp) -> Result<Trust, TrustError> {
        let mut trust = Trust::new(self.roots.to_vec(), TrustSettings::default())?;
        trust.learn(&self.certificates);
        let fresh: Vec<Crl> = self.crls.iter().filter(|crl| crl.is_fresh(at)).cloned().collect();
        let _ = trust.add_crls(&fresh, &self.certificates, at);
        for bci in self.bcis.iter().filter(|bci| is_current(bci, at)) {
            let _ = trust.set_bci(bci, &self.certificates, at);
        }
        // The store finds by thumb what it has verified once: signers whose certificate does not
        // travel with their signature.
        let leaves = self.certificates.iter().filter(|c| !c.basic_constraints().ca);
        for leaf in leaves {
            let _ = trust.verify(leaf, &[], at, &Need::sign(Roles::CARD));
        }
        Ok(trust)
    }
}

/// Is this a question of CRLs, or of a certificate that no trust store could verify for lack of
/// them?
fn lacks_revocation(error: &TreatmentError) -> bool {
    match error {
        TreatmentError::CertificateMissing => true,
        TreatmentError::Trust(error) => match error {
            TrustError::Path(error) => error.rule == path::Rule::RevocationUnknown,
            TrustError::BciMissing { .. }
            | TrustError::BciNotFresh { .. }
            | TrustError::CrlMissing { .. }
            | TrustError::CrlOutdated { .. }
            | TrustError::CrlNotFresh { .. } => true,
            _ => false,
        },
        _ => false,
    }
}

fn is_valid(certificate: &Certificate, at: Timestamp) -> bool {
    certificate.not_before() <= at && at <= certificate.not_after()
}

fn is_current(bci: &Bci, at: Timestamp) -> bool {
    bci.not_before() <= at && at <= bci.not_after()
}

fn read<T, L>(
    list: &List<OpenType, L>,
    from_der: fn(&[u8]) -> Result<T, PkiError>,
    item: fn(usize) -> Item,
) -> Result<Vec<T>, Reason> {
    list.iter()
        .enumerate()
        .map(|(n, der)| from_der(der.as_der()).map_err(|error| Reason::of(item(n), &error)))
        .collect()
}
