//! Issuing certificates: a [`Profile`] says what a certificate of a role looks like, [`Issuer`]
//! signs it, and nothing leaves that the rules of [`crate::trust`] would refuse.

mod bci;
mod crl;
pub mod profile;
mod renewal;

pub use bci::BciTemplate;
pub use crl::{CrlTemplate, Revoked};
pub use profile::Profile;
pub use renewal::Renewal;

use counterfoil_crypto::{
    key::SigningKey,
    signature::{KeyKind, VerifyingKey},
};
use der::{
    Encode, Sequence, Tag,
    asn1::{Any, AnyRef, BitString, OctetString},
};
use jiff::Timestamp;
use rand_core::CryptoRng;

use crate::{
    certificate::Certificate,
    error::PkiError,
    extension::{Extension, HashedRootKey, KeyUsage, Roles},
    hierarchy,
    name::{AttributeKind, DistinguishedName},
    oid::{self, Oid},
    time,
};

/// Octets of a random serial number (RFC 5280 4.1.2.2 allows 20).
const SERIAL_BYTES: usize = 16;

/// What a certificate is to say, apart from its key.
#[derive(Debug, Clone)]
pub struct Template {
    /// Who it is about.
    pub subject: DistinguishedName,
    /// What it is for.
    pub profile: Profile,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity, at most the issuer's.
    pub not_after: Timestamp,
    /// End of the private key's use for signing (privateKeyUsagePeriod), when earlier.
    pub signing_until: Option<Timestamp>,
}

/// A CA that signs.
#[derive(Clone, Copy)]
pub struct Issuer<'a> {
    /// The CA's certificate.
    pub certificate: &'a Certificate,
    /// The private key of that certificate.
    pub key: &'a dyn SigningKey,
}

/// Issues a certificate for the key `spki_der`.
///
/// # Errors
/// [`PkiError::Template`] when SET's hierarchy, the brand, the validity or the key do not allow
/// it, [`PkiError::Signing`] when the key fails.
pub fn issue(
    template: &Template,
    issuer: &Issuer<'_>,
    spki_der: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Certificate, PkiError> {
    check_issuer(template, issuer)?;
    issue_unchecked(template, issuer, spki_der, rng)
}

/// Signs whatever the template says, hierarchy or not: for laboratories that show what happens
/// when a CA goes beyond its rights. Verifiers refuse the result.
///
/// # Errors
/// [`PkiError::Template`] when it cannot be encoded, [`PkiError::Signing`] when the key fails.
pub fn issue_unchecked(
    template: &Template,
    issuer: &Issuer<'_>,
    spki_der: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Certificate, PkiError> {
    let name = issuer.certificate.subject();
    let authority = key_id_of(issuer.key.spki_der())?;
    let body = Body { template, issuer: name, authority, spki_der };
    body.sign(issuer.key, rng)
}

/// Issues a self-signed certificate: a SET root, or the CA of a deployment's TLS certificates.
///
/// # Errors
/// As [`issue`].
pub fn self_sign(
    template: &Template,
    key: &dyn SigningKey,
    rng: &mut dyn CryptoRng,
) -> Result<Certificate, PkiError> {
    if !template.profile.is_ca() {
        return Err(refused("only a CA certificate can sign itself"));
    }
    if template.profile.roles.is_some_and(|roles| roles != Roles::RCA) {
        return Err(refused("of SET's CAs only the root signs itself"));
    }
    let authority = key_id_of(key.spki_der())?;
    let (issuer, spki_der) = (&template.subject, key.spki_der());
    Body { template, issuer, authority, spki_der }.sign(key, rng)
}

/// The commitment to the next root key, for [`profile::root`] (SET 1.0 Book 3, hashedRootKey).
pub fn next_root_key(spki_der: &[u8]) -> HashedRootKey {
    HashedRootKey::of(spki_der)
}

pub(crate) fn refused(reason: impl Into<String>) -> PkiError {
    PkiError::Template { reason: reason.into() }
}

fn encoding(error: der::Error) -> PkiError {
    refused(format!("it cannot be encoded: {error}"))
}

fn check_issuer(template: &Template, issuer: &Issuer<'_>) -> Result<(), PkiError> {
    let (ca, profile) = (issuer.certificate, &template.profile);
    if ca.spki_der() != issuer.key.spki_der() {
        return Err(refused("the issuer's key is not the key of its certificate"));
    }
    let may_sign = ca.key_usage().is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    if !ca.basic_constraints().ca || !may_sign {
        return Err(refused(format!("`{}` is no CA", ca.subject())));
    }
    if template.not_after > ca.not_after() {
        let end = ca.not_after();
        return Err(refused(format!("it would outlive its issuer, which ends at {end}")));
    }
    match profile.roles {
        Some(roles) => check_roles(template, roles, ca),
        None if ca.roles().is_empty() => Ok(()),
        None => Err(refused("a CA of SET issues only certificates of SET")),
    }
}

fn check_roles(template: &Template, roles: Roles, ca: &Certificate) -> Result<(), PkiError> {
    if let Some(role) = hierarchy::not_entitled(ca.roles(), roles) {
        let reason = format!("a CA with roles {} may not certify role {role}", ca.roles());
        return Err(refused(reason));
    }
    let brand = template.subject.attribute(AttributeKind::Organization);
    let brand = brand.ok_or_else(|| refused("the subject has no brand (organizationName)"))?;
    let below_brand = !ca.roles().contains(Roles::RCA);
    if below_brand && !ca.brand().is_some_and(|own| hierarchy::same_brand(own, brand)) {
        return Err(refused(format!("`{brand}` is not the brand of its issuer")));
    }
    Ok(())
}

/// A certificate before it is signed.
struct Body<'a> {
    template: &'a Template,
    issuer: &'a DistinguishedName,
    authority: [u8; 20],
    spki_der: &'a [u8],
}

/// `TBSCertificate` (RFC 5280 4.1), version 3.
#[derive(Sequence)]
struct Tbs<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: Any,
    signature: AnyRef<'a>,
    issuer: AnyRef<'a>,
    validity: Validity,
    subject: AnyRef<'a>,
    spki: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<ExtensionDer>,
}

#[derive(Sequence)]
struct Validity {
    not_before: Any,
    not_after: Any,
}

/// One extension on its way out.
#[derive(Sequence)]
pub(crate) struct ExtensionDer {
    oid: Oid,
    #[asn1(default = "Default::default")]
    critical: bool,
    value: OctetString,
}

impl ExtensionDer {
    pub(crate) fn new(oid: Oid, critical: bool, value: Vec<u8>) -> der::Result<Self> {
        Ok(Self { oid, critical, value: OctetString::new(value)? })
    }
}

/// `SIGNED{}`: what is signed, the algorithm and the signature.
#[derive(Sequence)]
struct SignedDer<'a> {
    body: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitString,
}

impl Body<'_> {
    fn sign(&self, key: &dyn SigningKey, rng: &mut dyn CryptoRng) -> Result<Certificate, PkiError> {
        let template = self.template;
        if template.not_before >= template.not_after {
            return Err(refused("its validity ends before it begins"));
        }
        let serial = random_serial(rng).map_err(encoding)?;
        let extensions = self.extensions()?;
        let algorithm = algorithm_of(key)?;
        let tbs = || {
            Tbs {
                version: 2,
                serial,
                signature: AnyRef::try_from(algorithm)?,
                issuer: AnyRef::try_from(self.issuer.der())?,
                validity: Validity {
                    not_before: time::encode_time(template.not_before)?,
                    not_after: time::encode_time(template.not_after)?,
                },
                subject: AnyRef::try_from(template.subject.der())?,
                spki: AnyRef::try_from(self.spki_der)?,
                extensions,
            }
            .to_der()
        };
        let tbs = tbs().map_err(encoding)?;
        Certificate::from_der(&sign_body(&tbs, key, rng)?)
    }

    fn extensions(&self) -> Result<Vec<ExtensionDer>, PkiError> {
        let profile = &self.template.profile;
        let key = VerifyingKey::from_spki(self.spki_der)
            .map_err(|error| refused(format!("its key is not accepted: {error}")))?;
        let usage = profile.key_usage(matches!(key.kind(), KeyKind::Rsa { .. }));
        let encode = || {
            let id = OctetString::new(key.key_id().as_slice())?.to_der()?;
            let mut list = vec![
                ExtensionDer::new(oid::AUTHORITY_KEY_ID, false, authority_der(&self.authority)?)?,
                ExtensionDer::new(oid::SUBJECT_KEY_ID, false, id)?,
                ExtensionDer::new(oid::KEY_USAGE, true, usage.to_der()?)?,
            ];
            if let Some(until) = self.template.signing_until {
                let period = PrivateKeyUsage { not_after: ends_at(until)? }.to_der()?;
                list.push(ExtensionDer::new(oid::PRIVATE_KEY_USAGE_PERIOD, false, period)?);
            }
            for Extension { oid, critical, value } in profile.extensions()? {
                // What a profile was given by hand stands in the place of what follows from keys.
                list.retain(|other| other.oid != oid);
                list.push(ExtensionDer::new(oid, critical, value)?);
            }
            Ok(list)
        };
        encode().map_err(encoding)
    }
}

/// `PrivateKeyUsagePeriod` with notAfter alone.
#[derive(Sequence)]
struct PrivateKeyUsage {
    not_after: Any,
}

fn ends_at(at: Timestamp) -> der::Result<Any> {
    let general = time::encode_generalized_time(at)?;
    let tag = Tag::ContextSpecific { constructed: false, number: der::TagNumber(1) };
    Any::new(tag, general.value())
}

/// authorityKeyIdentifier with the key identifier alone. SET 1.0 named the issuer's certificate
/// instead, which ties a certificate to one certificate of its CA rather than to its key.
pub(crate) fn authority_der(key_id: &[u8; 20]) -> der::Result<Vec<u8>> {
    let tag = Tag::ContextSpecific { constructed: false, number: der::TagNumber(0) };
    vec![Any::new(tag, key_id.as_slice())?].to_der()
}

pub(crate) fn key_id_of(spki_der: &[u8]) -> Result<[u8; 20], PkiError> {
    counterfoil_crypto::signature::key_id(spki_der)
        .map_err(|error| refused(format!("the issuer's key is not accepted: {error}")))
}

pub(crate) fn algorithm_of(key: &dyn SigningKey) -> Result<&'static [u8], PkiError> {
    let identifier = key.algorithm().identifier_der();
    identifier.ok_or_else(|| refused(format!("{} makes no certificates", key.algorithm().name())))
}

/// Signs the DER of a body and puts the three parts together.
pub(crate) fn sign_body(
    body: &[u8],
    key: &dyn SigningKey,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, PkiError> {
    let algorithm = algorithm_of(key)?;
    let signature =
        key.sign(body, rng).map_err(|error| PkiError::Signing { reason: error.to_string() })?;
    let encode = || {
        SignedDer {
            body: AnyRef::try_from(body)?,
            algorithm: AnyRef::try_from(algorithm)?,
            signature: BitString::from_bytes(&signature)?,
        }
        .to_der()
    };
    encode().map_err(encoding)
}

/// A positive INTEGER of [`SERIAL_BYTES`] octets that does not start with zeros.
fn random_serial(rng: &mut dyn CryptoRng) -> der::Result<Any> {
    let mut octets = [0u8; SERIAL_BYTES];
    rng.fill_bytes(&mut octets);
    octets[0] = (octets[0] & 0x3f) | 0x40;
    Any::new(Tag::Integer, octets)
}
