//! [`Crl`]: one certificate revocation list, read once, its bytes kept as received.

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

use der::{
    Decode, Reader, SliceReader,
    asn1::{AnyRef, BitStringRef, UintRef},
};
use jiff::Timestamp;

use crate::{
    certificate::{range, read_serial},
    error::{FieldError, InField, PkiError},
    extension::{
        Extension,
        standard::{AuthorityKeyId, read_authority_key_id},
    },
    general_name::GeneralName,
    limit::CRL_BYTES_MAX,
    name::DistinguishedName,
    oid,
    revocation_point::IssuingPoint,
    thumb::Thumb,
    time,
};

/// Most blocks of one PEM text.
const PEM_CRLS_MAX: usize = 1024;

/// An X.509 certificate revocation list (RFC 5280 5.1). A clone costs a counter.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    thumb: Thumb,
    tbs: Range<usize>,
    algorithm: Range<usize>,
    signature: Vec<u8>,
    issuer: DistinguishedName,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// By certificate issuer (`None` is the CRL's own), then serial number content octets.
    entries: BTreeMap<Option<DistinguishedName>, BTreeMap<Vec<u8>, Entry>>,
    entry_count: usize,
    known: KnownCrl,
}

/// The interpreted extensions of a CRL.
#[derive(Debug, Default)]
struct KnownCrl {
    number: Option<CrlNumber>,
    number_critical: bool,
    base_number: Option<CrlNumber>,
    issuing_point: Option<IssuingPoint>,
    authority_key_id: Option<AuthorityKeyId>,
    /// An extension that must be understood and is not, of the list or of an entry.
    unknown_critical: Option<oid::Oid>,
}

/// cRLNumber: a non-negative INTEGER of at most 20 octets (RFC 5280 5.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlNumber(Vec<u8>);

impl CrlNumber {
    /// The number, when it fits.
    pub fn value(&self) -> Option<u64> {
        let mut octets = [0u8; 8];
        let start = octets.len().checked_sub(self.0.len())?;
        octets[start..].copy_from_slice(&self.0);
        Some(u64::from_be_bytes(octets))
    }

    pub(crate) fn from_der(der: &[u8]) -> Result<Self, FieldError> {
        let number = UintRef::from_der(der)?.as_bytes();
        let first = number.iter().position(|octet| *octet != 0).unwrap_or(number.len());
        let digits = number[first..].to_vec();
        if digits.len() > 20 {
            return Err(FieldError::new("", "more than 20 octets"));
        }
        Ok(Self(digits))
    }
}

impl From<u64> for CrlNumber {
    fn from(number: u64) -> Self {
        Self(number.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect())
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl fmt::Display for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Some(value) => write!(f, "{value}"),
            None => {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// One revoked certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When it was revoked.
    pub revoked_at: Timestamp,
    /// Why.
    pub reason: Reason,
}

/// Why a certificate was revoked (CRLReason, RFC 5280 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Reason {
    Unspecified = 0,
    KeyCompromise = 1,
    CaCompromise = 2,
    AffiliationChanged = 3,
    Superseded = 4,
    CessationOfOperation = 5,
    CertificateHold = 6,
    RemoveFromCrl = 8,
    PrivilegeWithdrawn = 9,
    AaCompromise = 10,
}

impl Reason {
    const ALL: [(Self, &str); 10] = [
        (Self::Unspecified, "unspecified"),
        (Self::KeyCompromise, "keyCompromise"),
        (Self::CaCompromise, "cACompromise"),
        (Self::AffiliationChanged, "affiliationChanged"),
        (Self::Superseded, "superseded"),
        (Self::CessationOfOperation, "cessationOfOperation"),
        (Self::CertificateHold, "certificateHold"),
        (Self::RemoveFromCrl, "removeFromCRL"),
        (Self::PrivilegeWithdrawn, "privilegeWithdrawn"),
        (Self::AaCompromise, "aACompromise"),
    ];

    /// The reason's name as RFC 5280 spells it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("unspecified", |(_, n)| n)
    }

    pub(crate) fn from_der(der: &[u8]) -> Result<Self, FieldError> {
        match der {
            [0x0a, 1, code] => Self::ALL
                .iter()
                .find(|(reason, _)| *reason as u8 == *code)
                .map(|(reason, _)| *reason)
                .ok_or_else(|| FieldError::new("reasonCode", "no such reason")),
            _ => Err(FieldError::new("reasonCode", "ENUMERATED expected")),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Crl {
    /// Reads one CRL and nothing after it.
    ///
    /// # Errors
    /// [`PkiError::TooLong`] above [`CRL_BYTES_MAX`], [`PkiError::Malformed`] naming the field.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        if der.len() > CRL_BYTES_MAX {
            let (bytes, bytes_max) = (der.len(), CRL_BYTES_MAX);
            return Err(PkiError::TooLong { what: "CRL", bytes, bytes_max });
        }
        let inner = Inner::read(der).map_err(|error| error.of("CRL"))?;
        Ok(Self(Arc::new(inner)))
    }

    /// Reads every `X509 CRL` block of a PEM text.
    ///
    /// # Errors
    /// [`PkiError::Pem`] when there is no such block or one is damaged; else as [`Crl::from_der`].
    pub fn from_pem_all(text: &str) -> Result<Vec<Self>, PkiError> {
        let blocks = crate::pem::blocks(text, "X509 CRL", PEM_CRLS_MAX)?;
        blocks.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The CRL as PEM, with a final line end.
    pub fn to_pem(&self) -> String {
        crate::pem::encode("X509 CRL", self.der())
    }

    /// The CRL's DER, as received.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 over [`Crl::der`].
    pub fn thumb(&self) -> Thumb {
        self.0.thumb
    }

    /// Who signed it.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.0.issuer
    }

    /// cRLNumber.
    pub fn number(&self) -> Option<&CrlNumber> {
        self.0.known.number.as_ref()
    }

    /// When it was issued.
    pub fn this_update(&self) -> Timestamp {
        self.0.this_update
    }

    /// When the next one is due.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.0.next_update
    }

    /// How many certificates it lists.
    pub fn entry_count(&self) -> usize {
        self.0.entry_count
    }

    /// Is it fresh at `now`? A CRL that does not say when the next is due never is.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.0.this_update <= now && self.0.next_update.is_some_and(|next| now <= next)
    }

    /// The entry for the certificate with `issuer` and serial content octets `serial`.
    pub fn entry(&self, issuer: &DistinguishedName, serial: &[u8]) -> Option<Entry> {
        let entries = &self.0.entries;
        let own = || entries.get(&None).filter(|_| *issuer == self.0.issuer);
        let named = || entries.get(&Some(issuer.clone()));
        let own_entry = own().and_then(|serials| serials.get(serial));
        let found = own_entry.or_else(|| named().and_then(|serials| serials.get(serial)));
        found.copied()
    }

    /// DER of the AlgorithmIdentifier of the signature.
    pub fn signature_algorithm_der(&self) -> &[u8] {
        &self.0.der[self.0.algorithm.clone()]
    }

    /// The octets that are signed.
    pub fn tbs_der(&self) -> &[u8] {
        &self.0.der[self.0.tbs.clone()]
    }

    /// The signature's octets.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    pub(crate) fn base_number(&self) -> Option<&CrlNumber> {
        self.0.known.base_number.as_ref()
    }

    pub(crate) fn issuing_point(&self) -> Option<&IssuingPoint> {
        self.0.known.issuing_point.as_ref()
    }

    pub(crate) fn authority_key_id(&self) -> Option<&AuthorityKeyId> {
        self.0.known.authority_key_id.as_ref()
    }

    /// Has it a cRLNumber that is not critical, as RFC 5280 5.2.3 asks for?
    pub(crate) fn has_plain_number(&self) -> bool {
        self.number().is_some() && !self.0.known.number_critical
    }

    pub(crate) fn unknown_critical(&self) -> Option<oid::Oid> {
        self.0.known.unknown_critical
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Crl {}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("issuer", &self.issuer().to_string())
            .field("number", &self.number().map(ToString::to_string))
            .field("entries", &self.entry_count())
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn read(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let (tbs, algorithm, signature) = reader.sequence(|r| {
            let tbs = r.tlv_bytes().field("tbsCertList")?;
            let algorithm = r.tlv_bytes().field("signatureAlgorithm")?;
            let signature = BitStringRef::decode(r).field("signatureValue")?;
            Ok::<_, FieldError>((tbs, algorithm, signature))
        })?;
        reader.finish().field("(after the end)")?;
        // With bits left over it is no signature of any algorithm: empty, hence never valid.
        let signature = signature.as_bytes().unwrap_or_default().to_vec();
        let mut reader = SliceReader::new(tbs)?;
        let inner = reader.sequence(|r| {
            let version = Option::<u8>::decode(r).field("version")?;
            if !matches!(version, None | Some(1)) {
                return Err(FieldError::new("version", "not version 2"));
            }
            if r.tlv_bytes().field("signature")? != algorithm {
                return Err(FieldError::new("signature", "differs from signatureAlgorithm"));
            }
            let issuer = DistinguishedName::read(r).field("issuer")?;
            let this_update = time::read_time(r).field("thisUpdate")?;
            let next = time::is_time_next(r).then(|| time::read_time(r)).transpose();
            let next_update = next.field("nextUpdate")?;
            let mut known = KnownCrl::default();
            let (entries, entry_count) =
                read_entries(r, version.is_some(), &mut known).field("revokedCertificates")?;
            read_extensions(r, version.is_some(), &mut known)?;
            Ok(Self {
                der: der.to_vec(),
                thumb: Thumb::of(der),
                tbs: range(der, tbs),
                algorithm: range(der, algorithm),
                signature,
                issuer,
                this_update,
                next_update,
                entries,
                entry_count,
                known,
            })
        })?;
        reader.finish()?;
        Ok(inner)
    }
}

type Entries = BTreeMap<Option<DistinguishedName>, BTreeMap<Vec<u8>, Entry>>;

fn read_entries(
    reader: &mut SliceReader<'_>,
    is_v2: bool,
    known: &mut KnownCrl,
) -> Result<(Entries, usize), FieldError> {
    let mut entries = Entries::new();
    let mut count = 0;
    let next = der::Tag::peek(reader);
    if reader.is_finished() || next.map_err(FieldError::from)? != der::Tag::Sequence {
        return Ok((entries, count));
    }
    let mut certificate_issuer = None;
    reader.sequence(|list| {
        while !list.is_finished() {
            list.sequence(|r| {
                let serial = read_serial(r).field("userCertificate")?;
                let revoked_at = time::read_time(r).field("revocationDate")?;
                let mut reason = Reason::Unspecified;
                if !r.is_finished() {
                    if !is_v2 {
                        return Err(FieldError::new("version", "too low for entry extensions"));
                    }
                    let extensions = Extension::read_all(r).field("crlEntryExtensions")?;
                    reason = read_entry_extensions(&extensions, &mut certificate_issuer, known)?;
                }
                let by_serial = entries.entry(certificate_issuer.clone()).or_default();
                by_serial.insert(serial[2..].to_vec(), Entry { revoked_at, reason });
                count += 1;
                Ok(())
            })?;
        }
        Ok::<_, FieldError>(())
    })?;
    if count == 0 {
        return Err(FieldError::new("", "an empty list (RFC 5280 5.1.2.6)"));
    }
    Ok((entries, count))
}

/// RFC 5280 5.3: reason, and the certificate issuer, which holds for the entries that follow.
fn read_entry_extensions(
    extensions: &[Extension],
    certificate_issuer: &mut Option<DistinguishedName>,
    known: &mut KnownCrl,
) -> Result<Reason, FieldError> {
    let mut reason = Reason::Unspecified;
    for extension in extensions {
        match extension.oid {
            oid::REASON_CODE => reason = Reason::from_der(&extension.value)?,
            oid::CERTIFICATE_ISSUER => {
                let names =
                    GeneralName::read_sequence(&extension.value).field("certificateIssuer")?;
                let directory = names.into_iter().find_map(|name| match name {
                    GeneralName::Directory(name) => Some(name),
                    _ => None,
                });
                let missing = || FieldError::new("certificateIssuer", "no directory name");
                *certificate_issuer = Some(directory.ok_or_else(missing)?);
            }
            oid::INVALIDITY_DATE => {
                let mut reader = SliceReader::new(&extension.value)?;
                time::read_generalized_time(&mut reader).field("invalidityDate")?;
                reader.finish().field("invalidityDate")?;
            }
            unknown if extension.critical => known.unknown_critical = Some(unknown),
            _ => {}
        }
    }
    Ok(reason)
}

fn read_extensions(
    reader: &mut SliceReader<'_>,
    is_v2: bool,
    known: &mut KnownCrl,
) -> Result<(), FieldError> {
    if reader.is_finished() {
        return Ok(());
    }
    let any = AnyRef::decode(reader).field("crlExtensions")?;
    let tag = any.header().tag();
    let right = tag.is_context_specific() && tag.is_constructed() && tag.number().value() == 0;
    if !right || !is_v2 {
        return Err(FieldError::new("crlExtensions", "unexpected field, or not a version 2 list"));
    }
    let mut inner = SliceReader::new(any.value())?;
    let extensions = Extension::read_all(&mut inner).field("crlExtensions")?;
    inner.finish().field("crlExtensions")?;
    for Extension { oid, critical, value } in &extensions {
        match *oid {
            oid::CRL_NUMBER => {
                known.number = Some(CrlNumber::from_der(value).field("cRLNumber")?);
                known.number_critical = *critical;
            }
            oid::DELTA_CRL_INDICATOR => {
                let base = CrlNumber::from_der(value).field("deltaCRLIndicator")?;
                known.base_number = Some(base);
            }
            oid::ISSUING_DISTRIBUTION_POINT => {
                let point = IssuingPoint::from_der(value).field("issuingDistributionPoint")?;
                known.issuing_point = Some(point);
            }
            oid::AUTHORITY_KEY_ID => {
                let id = read_authority_key_id(value).field("authorityKeyIdentifier")?;
                known.authority_key_id = Some(id);
            }
            unknown if *critical => known.unknown_critical = Some(unknown),
            _ => {}
        }
    }
    Ok(())
}
