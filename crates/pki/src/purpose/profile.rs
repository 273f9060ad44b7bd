//! The profile that a TLS client may insist on: RFC 5280 section 4, and of the CA/Browser Forum's
//! Baseline Requirements ("CA/B") what protects whoever relies on a certificate.
//!
//! RFC 5280 section 6 was checked before; what is said here says nothing of trust, and is said
//! last.

use counterfoil_crypto::signature::KeyKind;

use crate::{
    certificate::Certificate,
    extension::KeyUsage,
    general_name::GeneralName,
    host,
    oid::{self, Oid},
    path::{PathError, Rule},
};

/// Most octets of a serial number (RFC 5280 4.1.2.2).
const SERIAL_BYTES_MAX: usize = 20;

/// One certificate in its place.
struct Place<'a> {
    certificate: &'a Certificate,
    is_leaf: bool,
    is_anchor: bool,
}

/// What a rule says when it is broken: where it stands, and a phrase.
type Broken = (&'static str, String);

/// A rule about one certificate.
type Rules = [fn(&Place<'_>) -> Result<(), Broken>; 11];

/// The rules, in the order in which they are told.
const RULES: Rules = [
    version,
    serial,
    names,
    key,
    basic_constraints,
    authority_key_id,
    subject_key_id,
    authority_info,
    criticality,
    name_constraints,
    alt_name_criticality,
];

/// Checks every certificate of `chain`, the anchor first.
pub(super) fn check(chain: &[Certificate]) -> Result<(), PathError> {
    for (index, certificate) in chain.iter().enumerate().rev() {
        let is_anchor = index + 1 == chain.len();
        let place = Place { certificate, is_leaf: index == 0, is_anchor };
        for rule in RULES {
            rule(&place).map_err(|broken| refused(index, certificate, broken))?;
        }
    }
    Ok(())
}

fn refused(index: usize, certificate: &Certificate, (section, why): Broken) -> PathError {
    PathError::new(Rule::Profile, index, certificate).with(why).at(section)
}

fn broken<T>(section: &'static str, why: impl Into<String>) -> Result<T, Broken> {
    Err((section, why.into()))
}

fn version(place: &Place<'_>) -> Result<(), Broken> {
    match place.certificate.version() {
        3 => Ok(()),
        version => broken("RFC 5280 4.1.2.1", format!("it is of version {version}, not 3")),
    }
}

fn serial(place: &Place<'_>) -> Result<(), Broken> {
    // Roots with serial number 0 are old and widely trusted.
    if place.is_anchor {
        return Ok(());
    }
    let octets = place.certificate.serial();
    let positive = octets[0] & 0x80 == 0 && octets.iter().any(|octet| *octet != 0);
    if positive && octets.len() <= SERIAL_BYTES_MAX {
        return Ok(());
    }
    broken("RFC 5280 4.1.2.2", "its serial number is not positive, or has more than 20 octets")
}

fn names(place: &Place<'_>) -> Result<(), Broken> {
    if place.certificate.issuer().is_empty() {
        return broken("RFC 5280 4.1.2.4", "its issuer has no name");
    }
    if !place.is_leaf && place.certificate.subject().is_empty() {
        return broken("RFC 5280 4.1.2.6", "it is of a CA and its subject has no name");
    }
    Ok(())
}

fn key(place: &Place<'_>) -> Result<(), Broken> {
    match place.certificate.verifying_key() {
        Err(error) => broken("CA/B 6.1.5", format!("its key is not accepted: {error}")),
        Ok(key) => match key.kind() {
            KeyKind::Rsa { bits } if bits % 8 != 0 => {
                broken("CA/B 6.1.5", format!("its RSA key has {bits} bits, no multiple of 8"))
            }
            _ => Ok(()),
        },
    }
}

fn basic_constraints(place: &Place<'_>) -> Result<(), Broken> {
    let section = "RFC 5280 4.2.1.9";
    let is_ca = place.certificate.basic_constraints().ca;
    let usage = place.certificate.key_usage();
    let signs = usage.is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    if signs && !is_ca {
        return broken(section, "its key may sign certificates, and it is no CA");
    }
    if place.is_leaf {
        return if is_ca { broken("CA/B 7.1.2.7.6", "it is a CA itself") } else { Ok(()) };
    }
    if !is_ca {
        return broken(section, "it is of a CA and does not say so");
    }
    match is_critical(place, oid::BASIC_CONSTRAINTS) {
        Some(true) => Ok(()),
        _ => broken(section, "its basicConstraints are not critical"),
    }
}

fn authority_key_id(place: &Place<'_>) -> Result<(), Broken> {
    let section = "RFC 5280 4.2.1.1";
    let certificate = place.certificate;
    if is_critical(place, oid::AUTHORITY_KEY_ID) == Some(true) {
        return broken(section, "its authorityKeyIdentifier is critical");
    }
    let id = certificate.known().standard.authority_key_id.as_ref();
    if !place.is_anchor {
        return match id.and_then(|id| id.key_id.as_ref()) {
            Some(_) => Ok(()),
            None => broken(section, "it does not name its issuer's key (authorityKeyIdentifier)"),
        };
    }
    let Some(id) = id.filter(|_| certificate.is_self_issued()) else { return Ok(()) };
    let root = "CA/B 7.1.2.1.3";
    if !id.issuer.is_empty() || id.serial.is_some() {
        return broken(root, "it is a root whose authorityKeyIdentifier names a certificate");
    }
    match (&id.key_id, certificate.subject_key_id()) {
        (Some(named), Some(own)) if named == own => Ok(()),
        _ => broken(root, "it is a root whose authorityKeyIdentifier is not its own key"),
    }
}

fn subject_key_id(place: &Place<'_>) -> Result<(), Broken> {
    let section = "RFC 5280 4.2.1.2";
    match is_critical(place, oid::SUBJECT_KEY_ID) {
        Some(true) => broken(section, "its subjectKeyIdentifier is critical"),
        None if !place.is_leaf => broken(section, "it is of a CA without subjectKeyIdentifier"),
        _ => Ok(()),
    }
}

fn authority_info(place: &Place<'_>) -> Result<(), Broken> {
    match place.certificate.known().standard.authority_info_malformed {
        true => broken("RFC 5280 4.2.2.1", "its authorityInfoAccess is malformed"),
        false => Ok(()),
    }
}

fn criticality(place: &Place<'_>) -> Result<(), Broken> {
    if is_critical(place, oid::POLICY_CONSTRAINTS) == Some(false) {
        return broken("RFC 5280 4.2.1.11", "its policyConstraints are not critical");
    }
    if place.is_leaf && is_critical(place, oid::EXTENDED_KEY_USAGE) == Some(true) {
        return broken("CA/B 7.1.2.7.6", "its extKeyUsage is critical");
    }
    // An anchor's are checked here; those of the others by RFC 5280 6.1.4 (o).
    let unknown =
        place.certificate.extensions().iter().find(|extension| {
            extension.critical && !crate::extension::Known::is_known(&extension.oid)
        });
    match unknown {
        Some(extension) => {
            let why = format!("its critical extension {} is not understood", extension.oid);
            broken("RFC 5280 4.2", why)
        }
        None => Ok(()),
    }
}

fn name_constraints(place: &Place<'_>) -> Result<(), Broken> {
    let section = "RFC 5280 4.2.1.10";
    let Some(constraints) = &place.certificate.known().standard.name_constraints else {
        return Ok(());
    };
    if !place.certificate.basic_constraints().ca {
        return broken(section, "it constrains names and is no CA");
    }
    for base in constraints.permitted.iter().chain(&constraints.excluded) {
        let fits = match base {
            GeneralName::Dns(name) => name.is_empty() || host::dns_labels(name).is_some(),
            GeneralName::Ip(octets) => is_network(octets),
            GeneralName::Rfc822(name) => is_mail_base(name),
            _ => true,
        };
        if !fits {
            return broken(section, "it constrains names with one that is malformed");
        }
    }
    Ok(())
}

/// Address and mask of one length, the mask without holes.
fn is_network(octets: &[u8]) -> bool {
    if !matches!(octets.len(), 8 | 32) {
        return false;
    }
    let mask = &octets[octets.len() / 2..];
    let ones = mask.iter().map(|octet| octet.leading_ones() as usize).sum::<usize>();
    let total: usize = mask.iter().map(|octet| octet.count_ones() as usize).sum();
    let full = mask.iter().take_while(|octet| **octet == 0xff).count();
    ones == total && mask.iter().skip(full + 1).all(|octet| *octet == 0)
}

/// A mailbox, a host, or a domain with its leading dot.
fn is_mail_base(name: &str) -> bool {
    let host = match name.rsplit_once('@') {
        Some(("", _)) => return false,
        Some((_, host)) => host,
        None => name.strip_prefix('.').unwrap_or(name),
    };
    host::dns_labels(host).is_some()
}

/// RFC 5280 4.2.1.6: critical if and only if the subject is empty.
fn alt_name_criticality(place: &Place<'_>) -> Result<(), Broken> {
    let empty = place.certificate.subject().is_empty();
    match is_critical(place, oid::SUBJECT_ALT_NAME) {
        Some(false) if empty => {
            broken("RFC 5280 4.2.1.6", "its subject is empty and its subjectAltName not critical")
        }
        Some(true) if !empty => {
            broken("CA/B 7.1.2.7.12", "its subjectAltName is critical beside a subject")
        }
        None if empty => broken("RFC 5280 4.2.1.6", "it has neither subject nor subjectAltName"),
        _ => Ok(()),
    }
}

/// The leaf's names have the form of their kinds; a server has one.
pub(super) fn check_alt_names(chain: &[Certificate], is_server: bool) -> Result<(), PathError> {
    let leaf = &chain[0];
    let names = leaf.subject_alt_names();
    if is_server && names.is_empty() {
        let why = "it has no subjectAltName".to_owned();
        return Err(refused(0, leaf, ("CA/B 7.1.2.7.12", why)));
    }
    for name in names {
        let (fits, shown) = match name {
            GeneralName::Dns(name) => (host::is_presentable(name), name.as_str()),
            GeneralName::Rfc822(name) => (is_mailbox(name), name.as_str()),
            GeneralName::Ip(octets) => (matches!(octets.len(), 4 | 16), "an address"),
            _ => (true, ""),
        };
        if !fits {
            let why = format!("its name `{}` has not the form of its kind", shown.escape_default());
            return Err(refused(0, leaf, ("RFC 5280 4.2.1.6", why)));
        }
    }
    let common = leaf.common_name().filter(|common| is_server && is_like_a_host(common));
    match common.filter(|common| !is_among(common, names)) {
        Some(common) => {
            let why = format!("its commonName `{}` is none of its names", common.escape_default());
            Err(refused(0, leaf, ("CA/B 7.1.4.3", why)))
        }
        None => Ok(()),
    }
}

/// RFC 5280 4.2.1.6: local part, `@`, host.
fn is_mailbox(name: &str) -> bool {
    let local = |local: &str| {
        !local.is_empty()
            && local.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[],;:@\\".contains(&b))
    };
    name.rsplit_once('@').is_some_and(|(l, host)| local(l) && host::dns_labels(host).is_some())
}

/// A commonName that some client may take for a host, rather than for what a person calls it.
fn is_like_a_host(common: &str) -> bool {
    !common.contains(char::is_whitespace)
        && (common.contains(['.', ':']) || common.starts_with("0x") || !common.is_ascii())
}

/// CA/B 7.1.4.3: the commonName repeats one of the names, character by character.
fn is_among(common: &str, names: &[GeneralName]) -> bool {
    names.iter().any(|name| match name {
        GeneralName::Dns(name) => name == common,
        GeneralName::Ip(octets) => {
            let v4 = <[u8; 4]>::try_from(octets.as_slice()).map(std::net::IpAddr::from);
            let v6 = <[u8; 16]>::try_from(octets.as_slice()).map(std::net::IpAddr::from);
            v4.or(v6).is_ok_and(|address| address.to_string() == common)
        }
        _ => false,
    })
}

/// Is the extension critical? `None` when it is absent.
fn is_critical(place: &Place<'_>, oid: Oid) -> Option<bool> {
    let mut all = place.certificate.extensions().iter();
    all.find(|extension| extension.oid == oid).map(|extension| extension.critical)
}
