//! `set-cardholder`, `set-merchant` and `set-gateway`: SET's hierarchy, brand and roles.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Purpose;
use crate::{
    certificate::Certificate,
    extension::{KeyUsage, Roles},
    oid,
    path::{PathError, PathSettings, RevokedBy, Rule},
    trust::{TrustError, rule},
};

/// Where SET 1.0 says what its certificates are.
const SECTION: &str = "SET 1.0 Book 2, certificate profile";

/// A cardholder's signature certificate.
pub(super) static CARDHOLDER: Purpose = Purpose {
    name: "set-cardholder",
    title: "a cardholder of SET",
    settings: |settings| {
        settings.whole = Some(|chain, now| check(chain, now, Roles::CARD));
        ours(settings);
    },
    weak: false,
};

/// A merchant's signature or key-exchange certificate.
pub(super) static MERCHANT: Purpose = Purpose {
    name: "set-merchant",
    title: "a merchant of SET, signing or key exchange",
    settings: |settings| {
        settings.whole = Some(|chain, now| check(chain, now, Roles::MER));
        ours(settings);
    },
    weak: false,
};

/// A payment gateway's signature or key-exchange certificate.
pub(super) static GATEWAY: Purpose = Purpose {
    name: "set-gateway",
    title: "a payment gateway of SET, signing or key exchange",
    settings: |settings| {
        settings.whole = Some(|chain, now| check(chain, now, Roles::PGWY));
        ours(settings);
    },
    weak: false,
};

/// As a party of SET asks: the root policy along the whole path, and CRLs of the CAs that have
/// some, signed by themselves.
fn ours(settings: &mut PathSettings) {
    settings.policies.initial = BTreeSet::from([oid::SET_ROOT_POLICY]);
    settings.policies.require_explicit = true;
    settings.anchor_as_leaf = false;
    let revocation = &mut settings.revocation;
    revocation.indirect = false;
    revocation.age.next_update_optional = false;
    if revocation.by == RevokedBy::Crls {
        revocation.by = RevokedBy::IssuersCrls;
    }
}

fn check(chain: &[Certificate], now: Timestamp, role: Roles) -> Result<(), PathError> {
    let root = &chain[chain.len() - 1];
    rule::check_root(root).map_err(|error| place(chain, &error))?;
    rule::check_chain(chain, now).map_err(|error| place(chain, &error))?;
    check_role(&chain[0], role)
}

fn check_role(leaf: &Certificate, role: Roles) -> Result<(), PathError> {
    let refused = |why: String| Err(PathError::new(Rule::Profile, 0, leaf).with(why).at(SECTION));
    if !leaf.roles().intersects(role) {
        return refused(format!("its roles are {}; {role} is needed", leaf.roles()));
    }
    let signs = KeyUsage::DIGITAL_SIGNATURE;
    let exchanges = KeyUsage::KEY_AGREEMENT | KeyUsage::KEY_ENCIPHERMENT;
    let wanted = if role == Roles::CARD { signs } else { signs | exchanges };
    let usage = leaf.key_usage().unwrap_or_default();
    if usage.intersects(wanted) {
        return Ok(());
    }
    refused(format!("its key usage is {usage}; {wanted} is needed, or a part of it"))
}

/// A rule of SET that a chain breaks, with the certificate that breaks it.
fn place(chain: &[Certificate], error: &TrustError) -> PathError {
    let text = error.to_string();
    let quoted = |certificate: &Certificate| format!("of `{}`", certificate.subject());
    let named = chain.iter().position(|certificate| text.contains(&quoted(certificate)));
    let issued = |certificate: &Certificate| text.contains(&format!("`{}`", certificate.subject()));
    let index = named.or_else(|| chain.iter().position(issued)).unwrap_or(0);
    PathError::new(Rule::Profile, index, &chain[index]).with(text.trim_end_matches('.')).at(SECTION)
}
