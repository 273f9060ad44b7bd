//! The certificate extensions of RFC 5280 4.2 that path validation acts on.

use std::{fmt, ops::BitOr};

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, BitStringRef, OctetStringRef},
};
use jiff::Timestamp;
use x509_cert::ext::pkix::PolicyConstraints;

use super::authority_info::{AuthorityInfo, must_staple};
use crate::{
    error::{FieldError, InField},
    general_name::GeneralName,
    limit::POLICIES_MAX,
    oid::{self, Oid},
    revocation_point::{self, DistributionPoint},
    time,
};

/// The standard extensions that are interpreted, hence may be critical.
pub(crate) const PROCESSED: [Oid; 10] = [
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::EXTENDED_KEY_USAGE,
    oid::INHIBIT_ANY_POLICY,
];

/// keyUsage (RFC 5280 4.2.1.3): a set of uses.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Signatures other than on certificates and CRLs.
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    /// Signatures that bind their maker (also called contentCommitment).
    pub const NON_REPUDIATION: Self = Self(1 << 1);
    /// Encrypting keys.
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    /// Encrypting data directly.
    pub const DATA_ENCIPHERMENT: Self = Self(1 << 3);
    /// Agreeing on keys.
    pub const KEY_AGREEMENT: Self = Self(1 << 4);
    /// Signatures on certificates.
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// Signatures on CRLs.
    pub const CRL_SIGN: Self = Self(1 << 6);
    /// With keyAgreement: only encrypting under the agreed key.
    pub const ENCIPHER_ONLY: Self = Self(1 << 7);
    /// With keyAgreement: only decrypting under the agreed key.
    pub const DECIPHER_ONLY: Self = Self(1 << 8);

    const NAMES: [&str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];

    pub(crate) fn from_der(der: &[u8]) -> der::Result<Self> {
        let bits = BitStringRef::from_der(der)?;
        let set = bits.bits().take(9).enumerate().filter(|(_, bit)| *bit);
        Ok(Self(set.fold(0, |sum, (index, _)| sum | 1 << index)))
    }

    pub(crate) fn to_der(self) -> der::Result<Vec<u8>> {
        super::certificate_type::encode_bits(self.0)
    }

    /// Does this set hold every use of `other`?
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Have the two sets a use in common?
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for KeyUsage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (index, name) in Self::NAMES.iter().enumerate() {
            if self.0 >> index & 1 == 1 {
                write!(f, "{}{name}", if first { "" } else { "+" })?;
                first = false;
            }
        }
        if first { f.write_str("none") } else { Ok(()) }
    }
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyUsage({self})")
    }
}

/// basicConstraints (RFC 5280 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BasicConstraints {
    /// May the key sign certificates?
    pub ca: bool,
    /// Most CA certificates that may follow this one in a path, not counting self-issued ones.
    pub path_len_max: Option<u32>,
}

/// nameConstraints (RFC 5280 4.2.1.10). `minimum` is always 0 and `maximum` absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NameConstraints {
    pub(crate) permitted: Vec<GeneralName>,
    pub(crate) excluded: Vec<GeneralName>,
}

/// policyConstraints (RFC 5280 4.2.1.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PolicyLimits {
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
}

/// authorityKeyIdentifier (RFC 5280 4.2.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AuthorityKeyId {
    pub(crate) key_id: Option<Vec<u8>>,
    pub(crate) issuer: Vec<GeneralName>,
    /// Content octets of the serial number's INTEGER.
    pub(crate) serial: Option<Vec<u8>>,
}

/// privateKeyUsagePeriod: when the private key may be used, within the certificate's validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PrivateKeyUsagePeriod {
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) not_after: Option<Timestamp>,
}

/// The interpreted standard extensions of one certificate.
#[derive(Debug, Default)]
pub(crate) struct Standard {
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) subject_alt_names: Vec<GeneralName>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) policies: Option<Vec<Oid>>,
    pub(crate) policy_mappings: Vec<(Oid, Oid)>,
    pub(crate) policy_constraints: PolicyLimits,
    pub(crate) inhibit_any_policy: Option<u32>,
    pub(crate) extended_key_usage: Option<Vec<Oid>>,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) authority_key_id: Option<AuthorityKeyId>,
    pub(crate) crl_points: Option<Vec<DistributionPoint>>,
    pub(crate) freshest_crl: Option<Vec<DistributionPoint>>,
    pub(crate) private_key_usage: Option<PrivateKeyUsagePeriod>,
    pub(crate) authority_info: AuthorityInfo,
    pub(crate) authority_info_malformed: bool,
    pub(crate) ocsp_no_check: bool,
    pub(crate) must_staple: bool,
}

impl Standard {
    /// Interprets `value` if `oid` is one of the standard extensions; says whether it was.
    pub(crate) fn read(&mut self, oid: &Oid, value: &[u8]) -> Result<bool, FieldError> {
        match *oid {
            oid::KEY_USAGE => self.key_usage = Some(KeyUsage::from_der(value).field("keyUsage")?),
            oid::BASIC_CONSTRAINTS => {
                let read = read_basic_constraints(value).field("basicConstraints")?;
                self.basic_constraints = Some(read);
            }
            oid::SUBJECT_ALT_NAME => {
                self.subject_alt_names =
                    GeneralName::read_sequence(value).field("subjectAltName")?;
            }
            oid::NAME_CONSTRAINTS => {
                let read = read_name_constraints(value).field("nameConstraints")?;
                self.name_constraints = Some(read);
            }
            oid::CERTIFICATE_POLICIES => {
                self.policies = Some(read_policies(value).field("certificatePolicies")?);
            }
            oid::POLICY_MAPPINGS => {
                self.policy_mappings = read_mappings(value).field("policyMappings")?;
            }
            oid::POLICY_CONSTRAINTS => {
                // The typed value of x509-cert: two implicit INTEGERs.
                let read = PolicyConstraints::from_der(value).field("policyConstraints")?;
                self.policy_constraints = PolicyLimits {
                    require_explicit_policy: read.require_explicit_policy,
                    inhibit_policy_mapping: read.inhibit_policy_mapping,
                };
            }
            oid::INHIBIT_ANY_POLICY => {
                let skip = u32::from_der(value).field("inhibitAnyPolicy")?;
                self.inhibit_any_policy = Some(skip);
            }
            oid::EXTENDED_KEY_USAGE => {
                self.extended_key_usage = Some(read_purposes(value).field("extKeyUsage")?);
            }
            oid::SUBJECT_KEY_ID => {
                let id = <&OctetStringRef>::from_der(value).field("subjectKeyIdentifier")?;
                self.subject_key_id = Some(id.as_bytes().to_vec());
            }
            _ => return self.read_locations(oid, value),
        }
        Ok(true)
    }

    fn read_locations(&mut self, oid: &Oid, value: &[u8]) -> Result<bool, FieldError> {
        match *oid {
            oid::AUTHORITY_KEY_ID => {
                let read = read_authority_key_id(value).field("authorityKeyIdentifier")?;
                self.authority_key_id = Some(read);
            }
            oid::CRL_DISTRIBUTION_POINTS => {
                let points = revocation_point::read_points(value).field("cRLDistributionPoints")?;
                self.crl_points = Some(points);
            }
            oid::FRESHEST_CRL => {
                let points = revocation_point::read_points(value).field("freshestCRL")?;
                self.freshest_crl = Some(points);
            }
            oid::PRIVATE_KEY_USAGE_PERIOD => {
                let read = read_private_key_usage(value).field("privateKeyUsagePeriod")?;
                self.private_key_usage = Some(read);
            }
            // A hint for whoever asks the issuer: a damaged one refuses no certificate by itself.
            oid::AUTHORITY_INFO_ACCESS => match AuthorityInfo::from_der(value) {
                Ok(read) => self.authority_info = read,
                Err(_) => self.authority_info_malformed = true,
            },
            oid::OCSP_NO_CHECK => self.ocsp_no_check = true,
            oid::TLS_FEATURE => self.must_staple = must_staple(value).field("tlsFeature")?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn read_basic_constraints(der: &[u8]) -> Result<BasicConstraints, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let read = reader.sequence(|r| {
        let ca = Option::<bool>::decode(r).field("cA")?.unwrap_or(false);
        let path_len_max = Option::<u32>::decode(r).field("pathLenConstraint")?;
        Ok::<_, FieldError>(BasicConstraints { ca, path_len_max })
    })?;
    reader.finish()?;
    Ok(read)
}

pub(crate) fn read_name_constraints(der: &[u8]) -> Result<NameConstraints, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let read = reader.sequence(|r| {
        let mut constraints = NameConstraints::default();
        let mut last = None;
        while !r.is_finished() {
            let any = AnyRef::decode(r)?;
            let tag = any.header().tag();
            let number = tag.number().value();
            let expected = tag.is_context_specific() && tag.is_constructed() && number < 2;
            if !expected || last.is_some_and(|l| l >= number) {
                return Err(FieldError::new("", "unexpected field"));
            }
            last = Some(number);
            let subtrees = read_subtrees(any.value())?;
            if subtrees.is_empty() {
                return Err(FieldError::new("", "a list of subtrees without any"));
            }
            match number {
                0 => constraints.permitted = subtrees,
                _ => constraints.excluded = subtrees,
            }
        }
        if last.is_none() {
            return Err(FieldError::new("", "neither permitted nor excluded subtrees"));
        }
        Ok(constraints)
    })?;
    reader.finish()?;
    Ok(read)
}

fn read_subtrees(content: &[u8]) -> Result<Vec<GeneralName>, FieldError> {
    let mut reader = SliceReader::new(content)?;
    let mut bases = Vec::new();
    while !reader.is_finished() {
        if bases.len() == crate::limit::GENERAL_NAMES_MAX {
            return Err(FieldError::new("", "too many subtrees"));
        }
        // RFC 5280 4.2.1.10: minimum MUST be zero (hence absent in DER), maximum MUST be absent.
        // What follows the base is therefore an error, which `sequence` reports.
        bases.push(reader.sequence(GeneralName::read)?);
    }
    Ok(bases)
}

fn read_policies(der: &[u8]) -> Result<Vec<Oid>, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let mut policies = Vec::new();
    reader.sequence(|list| {
        while !list.is_finished() {
            if policies.len() == POLICIES_MAX {
                return Err(FieldError::new("", "too many policies"));
            }
            let policy = list.sequence(|r| {
                let policy = Oid::decode(r)?;
                if !r.is_finished() && AnyRef::decode(r)?.header().tag() != Tag::Sequence {
                    return Err(FieldError::new("policyQualifiers", "SEQUENCE expected"));
                }
                Ok(policy)
            })?;
            if policies.contains(&policy) {
                return Err(FieldError::new("", "the same policy twice"));
            }
            policies.push(policy);
        }
        Ok(())
    })?;
    reader.finish()?;
    if policies.is_empty() {
        return Err(FieldError::new("", "no policy at all"));
    }
    Ok(policies)
}

fn read_mappings(der: &[u8]) -> Result<Vec<(Oid, Oid)>, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let mut mappings = Vec::new();
    reader.sequence(|list| {
        while !list.is_finished() {
            if mappings.len() == POLICIES_MAX {
                return Err(FieldError::new("", "too many mappings"));
            }
            let pair = list.sequence(|r| Ok::<_, FieldError>((Oid::decode(r)?, Oid::decode(r)?)));
            mappings.push(pair?);
        }
        Ok(())
    })?;
    reader.finish()?;
    if mappings.is_empty() {
        return Err(FieldError::new("", "no mapping at all"));
    }
    Ok(mappings)
}

fn read_purposes(der: &[u8]) -> Result<Vec<Oid>, FieldError> {
    let purposes = Vec::<Oid>::from_der(der)?;
    if purposes.is_empty() || purposes.len() > POLICIES_MAX {
        return Err(FieldError::new("", "no purpose, or too many"));
    }
    Ok(purposes)
}

pub(crate) fn read_authority_key_id(der: &[u8]) -> Result<AuthorityKeyId, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let read = reader.sequence(|r| {
        let mut id = AuthorityKeyId::default();
        while !r.is_finished() {
            let any = AnyRef::decode(r)?;
            let tag = any.header().tag();
            match (tag.is_context_specific(), tag.number().value()) {
                (true, 0) => id.key_id = Some(any.value().to_vec()),
                (true, 1) => {
                    id.issuer = GeneralName::read_all(&mut SliceReader::new(any.value())?)?
                }
                (true, 2) => id.serial = Some(any.value().to_vec()),
                _ => return Err(FieldError::new("", "unexpected field")),
            }
        }
        Ok(id)
    })?;
    reader.finish()?;
    Ok(read)
}

fn read_private_key_usage(der: &[u8]) -> Result<PrivateKeyUsagePeriod, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let read = reader.sequence(|r| {
        let mut period = PrivateKeyUsagePeriod::default();
        while !r.is_finished() {
            let any = AnyRef::decode(r)?;
            let tag = any.header().tag();
            let at = Some(time::timestamp(Tag::GeneralizedTime, any.value())?);
            match (tag.is_context_specific(), tag.number().value()) {
                (true, 0) => period.not_before = at,
                (true, 1) => period.not_after = at,
                _ => return Err(FieldError::new("", "unexpected field")),
            }
        }
        Ok(period)
    })?;
    reader.finish()?;
    Ok(read)
}
