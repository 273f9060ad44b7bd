//! SET's rules about a path, beyond RFC 5280 (SET 1.0 Book 2, certificate profile).

use jiff::Timestamp;

use super::error::TrustError;
use crate::{
    certificate::Certificate,
    extension::{KeyUsage, Roles},
    hierarchy,
};

/// Checks `chain` (leaf first, root last), whose path is valid.
pub(crate) fn check_chain(chain: &[Certificate], now: Timestamp) -> Result<(), TrustError> {
    let root = &chain[chain.len() - 1];
    check_root_validity(root, now)?;
    for (issuer, subject) in issuers_and_subjects(chain) {
        check_entitled(issuer, subject)?;
    }
    if chain.len() > 1 {
        let brand_ca = &chain[chain.len() - 2];
        chain.iter().try_for_each(|certificate| check_brand(certificate, brand_ca, root))?;
    }
    for (issuer, subject) in issuers_and_subjects(chain) {
        check_lifetime(issuer, subject)?;
    }
    check_data(&chain[0])
}

/// From the root down.
fn issuers_and_subjects(
    chain: &[Certificate],
) -> impl Iterator<Item = (&Certificate, &Certificate)> {
    chain.windows(2).rev().map(|pair| (&pair[1], &pair[0]))
}

fn check_root_validity(root: &Certificate, now: Timestamp) -> Result<(), TrustError> {
    if root.not_before() <= now && now <= root.not_after() {
        return Ok(());
    }
    Err(TrustError::RootNotValid {
        subject: root.subject().to_string(),
        not_before: root.not_before(),
        not_after: root.not_after(),
    })
}

/// Is this a root of SET: self-signed is for the caller to know, the rest is here.
pub(crate) fn check_root(root: &Certificate) -> Result<(), TrustError> {
    let refused =
        |reason| Err(TrustError::NotARoot { subject: root.subject().to_string(), reason });
    let usage = root.key_usage().unwrap_or_default();
    if !root.is_self_issued() {
        return refused("its issuer has another name");
    }
    if !root.basic_constraints().ca || !usage.contains(KeyUsage::KEY_CERT_SIGN) {
        return refused("it may not sign certificates");
    }
    if root.roles() != Roles::RCA {
        return refused("its certificateType is not rca");
    }
    Ok(())
}

/// certificateType of the issuer entitles to that of the subject.
fn check_entitled(issuer: &Certificate, subject: &Certificate) -> Result<(), TrustError> {
    if subject.roles().is_empty() {
        return Err(TrustError::RoleMissing { subject: subject.subject().to_string() });
    }
    match hierarchy::not_entitled(issuer.roles(), subject.roles()) {
        None => Ok(()),
        Some(role) => Err(TrustError::NotEntitled {
            issuer: issuer.subject().to_string(),
            issuer_roles: issuer.roles(),
            subject: subject.subject().to_string(),
            role,
        }),
    }
}

/// Below a brand CA there is one brand.
fn check_brand(
    certificate: &Certificate,
    brand_ca: &Certificate,
    root: &Certificate,
) -> Result<(), TrustError> {
    if certificate == root || hierarchy::same_brand_certificates(certificate, brand_ca) {
        return Ok(());
    }
    Err(TrustError::BrandMismatch {
        subject: certificate.subject().to_string(),
        brand: brand_ca.brand().unwrap_or_default().to_owned(),
    })
}

/// Nothing outlives what it stands on.
fn check_lifetime(issuer: &Certificate, subject: &Certificate) -> Result<(), TrustError> {
    if subject.not_after() <= issuer.not_after() {
        return Ok(());
    }
    Err(TrustError::OutlivesIssuer { subject: subject.subject().to_string() })
}

/// The extensions that a role cannot do without.
fn check_data(leaf: &Certificate) -> Result<(), TrustError> {
    let subject = || leaf.subject().to_string();
    let roles = leaf.roles();
    if roles.contains(Roles::MER) && leaf.merchant_data().is_none() {
        return Err(TrustError::MerchantDataMissing { subject: subject() });
    }
    let usage = leaf.key_usage().unwrap_or_default();
    let exchange = usage.intersects(KeyUsage::KEY_AGREEMENT | KeyUsage::KEY_ENCIPHERMENT);
    if roles.contains(Roles::PGWY) && exchange {
        let missing = |extension| TrustError::GatewayDataMissing { subject: subject(), extension };
        leaf.known().card_cert_required.ok_or_else(|| missing("cardCertRequired"))?;
        leaf.tunneling().ok_or_else(|| missing("tunneling"))?;
    }
    Ok(())
}
