//! Thumbs: saying what this side holds, and leaving out what the peer holds.

use counterfoil_message::limits::THUMBS_MAX;
use counterfoil_message::primitive::{BrandCrlIdentifier, Digest, DigestAlgorithm, Thumbs};
use counterfoil_pki::trust::Trust;
use counterfoil_pki::{Certificate, Crl, Thumb};

/// The thumbs of what is held for a brand, for a request.
pub fn thumbs(trust: &Trust, brand: &str) -> Thumbs {
    let held = trust.thumbs(Some(brand));
    let list = |thumbs: &[Thumb]| {
        let digests: Vec<Digest> =
            thumbs.iter().take(THUMBS_MAX).map(|thumb| Digest::new(*thumb.as_bytes())).collect();
        (!digests.is_empty()).then(|| digests.into_iter().collect())
    };
    Thumbs {
        digest_algorithm: DigestAlgorithm::Sha256,
        cert_thumbs: list(&held.certificates),
        crl_thumbs: list(&held.crls),
        brand_crl_id_thumbs: list(&held.bcis),
    }
}

/// What to send along so that the peer can verify.
#[derive(Debug, Clone, Default)]
pub struct Bag {
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// CRLs.
    pub crls: Vec<Crl>,
    /// The brand's list of CRLs, for the content.
    pub bci: Option<BrandCrlIdentifier>,
}

impl Bag {
    /// What a peer with `held` needs of `certificates` and of the brand's revocation state.
    pub fn new<'a>(
        trust: &Trust,
        brand: &str,
        certificates: impl IntoIterator<Item = &'a Certificate>,
        held: Option<&Thumbs>,
    ) -> Self {
        let mut bag = Self::default();
        let holds = |of: fn(&Thumbs) -> Option<&[Digest]>, thumb: Thumb| {
            held.and_then(of)
                .is_some_and(|list| list.iter().any(|digest| digest.as_bytes() == thumb.as_bytes()))
        };
        for certificate in certificates {
            let known = holds(|t| t.cert_thumbs.as_deref(), certificate.thumb());
            if !known && !bag.certificates.contains(certificate) {
                bag.certificates.push(certificate.clone());
            }
        }
        let Some(bci) = trust.bci(brand) else { return bag };
        if !holds(|t| t.brand_crl_id_thumbs.as_deref(), bci.thumb()) {
            bag.bci = Some(BrandCrlIdentifier(bci.content_info().clone()));
        }
        let named = |crl: &&Crl| bci.crls().iter().any(|entry| entry.issuer == *crl.issuer());
        let wanted = |crl: &&Crl| !holds(|t| t.crl_thumbs.as_deref(), crl.thumb());
        bag.crls = trust.crls().filter(named).filter(wanted).cloned().collect();
        // The CAs that signed BCI and CRLs may be new to the peer as well. Roots are not: a peer
        // that does not trust them already would not believe them.
        let cas = trust.thumbs(Some(brand)).certificates;
        let cas = cas.into_iter().filter_map(|thumb| trust.certificate(thumb));
        let signed = |ca: &&Certificate| {
            let crl = bag.crls.iter().any(|crl| crl.issuer() == ca.subject());
            crl || (bag.bci.is_some() && bci.is_signed_under(ca))
        };
        let signers: Vec<&Certificate> =
            cas.filter(|ca| !ca.is_self_issued()).filter(signed).collect();
        for certificate in signers {
            let known = holds(|t| t.cert_thumbs.as_deref(), certificate.thumb());
            if !known && !bag.certificates.contains(certificate) {
                bag.certificates.push(certificate.clone());
            }
        }
        bag
    }
}
