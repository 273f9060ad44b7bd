//! A served chain as rules look at it: its certificates read, put in order, and the staple.

pub mod staple;

use counterfoil_pki::{
    Certificate,
    path::{self, CurrentAlgorithms, PathError, PathInput, PathSettings},
    view::CertificateView,
};
use jiff::Timestamp;

use crate::{Version, probe::facts::ServedChain};
use staple::Staple;

/// DER of id-pe-tlsfeature, 1.3.6.1.5.5.7.1.24 (RFC 7633).
const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";

/// DER of id-pe-authorityInfoAccess, 1.3.6.1.5.5.7.1.1 (RFC 5280 4.2.2.1).
const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";

/// Content octets of id-ad-ocsp, 1.3.6.1.5.5.7.48.1, with tag and length.
const OCSP_ACCESS: [u8; 10] = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];

/// id-kp-serverAuth (RFC 5280 4.2.1.12).
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";

/// A chain, read.
#[derive(Debug)]
pub struct ChainView {
    /// The certificates, in the order in which they were sent.
    pub certificates: Vec<CertificateView>,
    /// Places of the certificates that lead from the leaf upwards, the leaf first.
    pub path: Vec<usize>,
    /// The stapled OCSP response: read, or why it cannot be.
    pub staple: Option<Result<Staple, String>>,
    /// Was a staple asked for?
    pub staple_asked: bool,
    /// Versions that it was seen with.
    pub versions: Vec<Version>,
}

impl ChainView {
    /// Reads a chain.
    pub fn of(served: &ServedChain) -> Self {
        let certificates: Vec<CertificateView> =
            served.certificates.iter().map(|der| CertificateView::read(der)).collect();
        let serial = certificates.first().map(|leaf| leaf.serial.clone());
        Self {
            path: path(&certificates),
            certificates,
            staple: served.stapled_ocsp.as_ref().map(|der| Staple::read(der, serial.as_deref())),
            staple_asked: served.staple_asked,
            versions: served.versions.clone(),
        }
    }

    /// The certificate of the server.
    pub fn leaf(&self) -> Option<&CertificateView> {
        self.certificates.first()
    }

    /// Who it is about, for messages: the common name, else the whole subject.
    pub fn title(certificate: &CertificateView) -> String {
        let strict = certificate.strict();
        match strict.and_then(Certificate::common_name) {
            Some(name) => format!("`{name}`"),
            None => format!("`{}`", certificate.subject),
        }
    }

    /// Is each certificate followed by that of its issuer, up to the end?
    pub fn is_ordered(&self) -> bool {
        self.path.len() == self.certificates.len()
            && self.path.iter().enumerate().all(|(index, at)| index == *at)
    }

    /// The last certificate of the path.
    pub fn top(&self) -> Option<&CertificateView> {
        self.path.last().and_then(|at| self.certificates.get(*at))
    }

    /// Does the leaf ask for a staple whatever happens (RFC 7633)?
    pub fn must_staple(&self) -> bool {
        let feature = self.leaf().and_then(|leaf| extension(leaf, TLS_FEATURE));
        // SEQUENCE OF INTEGER with status_request, 5, in it.
        feature.is_some_and(|value| value.windows(3).any(|octets| octets == [2, 1, 5]))
    }

    /// Does the leaf name an OCSP responder?
    pub fn names_responder(&self) -> bool {
        let access = self.leaf().and_then(|leaf| extension(leaf, AUTHORITY_INFO_ACCESS));
        access.is_some_and(|value| value.windows(10).any(|octets| octets == OCSP_ACCESS))
    }

    /// Is the staple signed by one who may answer for the issuer of the leaf? `None` when there is
    /// no staple about the leaf, or the issuer is neither in the chain nor among `anchors`.
    pub fn staple_signed(
        &self,
        anchors: &[Certificate],
        now: Timestamp,
    ) -> Option<Result<(), String>> {
        let staple = self.staple.as_ref()?.as_ref().ok().filter(|staple| staple.is_about_leaf)?;
        let leaf = self.leaf()?.strict()?;
        let pool = self.pool();
        // Of several with the name of the issuer, one has to have signed.
        let issuers = pool.iter().chain(anchors).chain(leaf.is_self_issued().then_some(leaf));
        let named = issuers.filter(|issuer| issuer.subject() == leaf.issuer());
        let mut verdict = None;
        for issuer in named {
            match staple.signed((leaf, issuer), &pool, now) {
                Ok(()) => return Some(Ok(())),
                Err(why) => verdict = Some(Err(why)),
            }
        }
        verdict
    }

    /// The certificates behind the leaf, as far as paths can be built with them.
    fn pool(&self) -> Vec<Certificate> {
        self.certificates.iter().skip(1).filter_map(|view| view.strict().cloned()).collect()
    }

    /// Does the leaf lead to one of `anchors`? `None` when the leaf cannot be read well enough.
    pub fn validate(
        &self,
        anchors: &[Certificate],
        now: Timestamp,
    ) -> Option<Result<(), PathError>> {
        let leaf = self.leaf()?.strict()?;
        // Who trusts the leaf itself needs no path.
        if anchors.contains(leaf) {
            return Some(Ok(()));
        }
        let pool = self.pool();
        let settings =
            PathSettings { purpose: SERVER_AUTH.parse().ok(), ..PathSettings::default() };
        let validated = path::validate(&PathInput {
            leaf,
            pool: &pool,
            anchors,
            crls: &[],
            ocsp: &[],
            now,
            settings: &settings,
            signatures: &CurrentAlgorithms,
        });
        Some(validated.map(drop))
    }
}

/// The value of an extension.
fn extension<'a>(view: &'a CertificateView, oid: &str) -> Option<&'a [u8]> {
    view.extension(oid.parse().ok()?).map(|extension| extension.value.as_slice())
}

/// Follows issuers from the first certificate upwards.
fn path(certificates: &[CertificateView]) -> Vec<usize> {
    if certificates.is_empty() {
        return Vec::new();
    }
    let mut path = vec![0];
    while let Some(last) = path.last().map(|at| &certificates[*at]) {
        if last.is_self_issued() || last.issuer.der.is_empty() {
            break;
        }
        let issuer =
            |at: &usize| !path.contains(at) && certificates[*at].subject.der == last.issuer.der;
        match (0..certificates.len()).find(issuer) {
            Some(at) => path.push(at),
            None => break,
        }
    }
    path
}
