//! [`Certificate`]: one X.509 certificate, read once, its bytes kept as received.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use counterfoil_crypto::{
    CryptoError,
    cms::{recipient::IssuerAndSerial, signed::SignerId},
    key::RecipientKey,
    signature::VerifyingKey,
};

use der::{
    Decode, Reader, SliceReader, Tag, TagNumber,
    asn1::{AnyRef, BitStringRef},
};
use jiff::Timestamp;

use crate::{
    error::{FieldError, InField, PkiError},
    extension::{
        AuthorityInfo, BasicConstraints, Extension, HashedRootKey, KeyUsage, Known, MerchantData,
        Roles, Tunneling,
    },
    general_name::GeneralName,
    limit::{CERTIFICATE_BYTES_MAX, PEM_CERTIFICATES_MAX, SERIAL_BYTES_MAX},
    name::{AttributeKind, DistinguishedName},
    oid,
    revocation_point::PointName,
    thumb::Thumb,
    time,
};

/// An X.509 certificate (RFC 5280 4.1). A clone costs a counter.
///
/// Reading it checks its form only; whether to trust it is [`crate::path`]'s and
/// [`crate::trust`]'s business.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    thumb: Thumb,
    tbs: Range<usize>,
    serial: Range<usize>,
    issuer_range: Range<usize>,
    spki: Range<usize>,
    algorithm: Range<usize>,
    signature: Vec<u8>,
    version: u8,
    issuer: DistinguishedName,
    subject: DistinguishedName,
    not_before: Timestamp,
    not_after: Timestamp,
    extensions: Vec<Extension>,
    known: Known,
    verifying_key: OnceLock<Result<VerifyingKey, CryptoError>>,
    recipient_key: OnceLock<Result<RecipientKey, CryptoError>>,
}

impl Certificate {
    /// Reads one certificate and nothing after it.
    ///
    /// # Errors
    /// [`PkiError::TooLong`] above [`CERTIFICATE_BYTES_MAX`], [`PkiError::Malformed`] naming the
    /// field when it is not a certificate as RFC 5280 4.1 describes it.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(PkiError::TooLong {
                what: "certificate",
                bytes: der.len(),
                bytes_max: CERTIFICATE_BYTES_MAX,
            });
        }
        let inner = Inner::read(der).map_err(|error| error.of("certificate"))?;
        Ok(Self(Arc::new(inner)))
    }

    /// Reads every `CERTIFICATE` block of a PEM text; text between the blocks is ignored.
    ///
    /// # Errors
    /// [`PkiError::Pem`] when there is no such block or one is damaged; else as
    /// [`Certificate::from_der`].
    pub fn from_pem_all(text: &str) -> Result<Vec<Self>, PkiError> {
        crate::pem::blocks(text, "CERTIFICATE", PEM_CERTIFICATES_MAX)?
            .iter()
            .map(|der| Self::from_der(der))
            .collect()
    }

    /// The certificate as PEM, with a final line end.
    pub fn to_pem(&self) -> String {
        crate::pem::encode("CERTIFICATE", self.der())
    }

    /// The certificate's DER, as received.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 over [`Certificate::der`].
    pub fn thumb(&self) -> Thumb {
        self.0.thumb
    }

    /// Who the certificate is about.
    pub fn subject(&self) -> &DistinguishedName {
        &self.0.subject
    }

    /// Who signed it.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.0.issuer
    }

    /// The issuer's Name as DER, as received.
    pub fn issuer_der(&self) -> &[u8] {
        &self.0.der[self.0.issuer_range.clone()]
    }

    /// The serial number as DER of its INTEGER.
    pub fn serial_der(&self) -> &[u8] {
        &self.0.der[self.0.serial.clone()]
    }

    /// The serial number's content octets, two's complement, big endian.
    pub fn serial(&self) -> &[u8] {
        // A short-form length is guaranteed by SERIAL_BYTES_MAX: tag, length, content.
        &self.serial_der()[2..]
    }

    /// Issuer and serial number, as CMS names a certificate (RFC 5652 10.2.4).
    pub fn issuer_and_serial(&self) -> IssuerAndSerial<'_> {
        IssuerAndSerial { issuer_der: self.issuer_der(), serial_der: self.serial_der() }
    }

    /// The holder as signer of a SignedData: the name, and the thumb that is signed with it.
    pub fn signer_id(&self) -> SignerId<'_> {
        SignerId::Certificate { name: self.issuer_and_serial(), thumb: self.thumb().0 }
    }

    /// The SubjectPublicKeyInfo as DER, as received.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.der[self.0.spki.clone()]
    }

    /// Start of validity, inclusive.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// End of validity, inclusive.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// keyUsage; `None` when the extension is absent.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.known.standard.key_usage
    }

    /// basicConstraints; the default (not a CA) when the extension is absent.
    pub fn basic_constraints(&self) -> BasicConstraints {
        self.0.known.standard.basic_constraints.unwrap_or_default()
    }

    /// subjectAltName, empty when absent.
    pub fn subject_alt_names(&self) -> &[GeneralName] {
        &self.0.known.standard.subject_alt_names
    }

    /// subjectKeyIdentifier.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.0.known.standard.subject_key_id.as_deref()
    }

    /// certificateType; no role when the extension is absent.
    pub fn roles(&self) -> Roles {
        self.0.known.roles.unwrap_or_default()
    }

    /// merchantData of a merchant's certificate.
    pub fn merchant_data(&self) -> Option<&MerchantData> {
        self.0.known.merchant_data.as_ref()
    }

    /// cardCertRequired of a gateway's key-exchange certificate; FALSE when absent.
    pub fn card_cert_required(&self) -> bool {
        self.0.known.card_cert_required.is_some_and(|required| required.0)
    }

    /// tunneling of a gateway's key-exchange certificate.
    pub fn tunneling(&self) -> Option<&Tunneling> {
        self.0.known.tunneling.as_ref()
    }

    /// hashedRootKey of a root certificate: the commitment to the next root key.
    pub fn hashed_root_key(&self) -> Option<HashedRootKey> {
        self.0.known.hashed_root_key
    }

    /// setExtensions: the message extensions that the holder can process.
    pub fn set_extensions(&self) -> &[crate::oid::Oid] {
        self.0.known.set_extensions.as_ref().map_or(&[], |list| &list.0)
    }

    /// The brand, which is the organizationName of the subject (SET 1.0 Book 2).
    pub fn brand(&self) -> Option<&str> {
        self.subject().attribute(AttributeKind::Organization)
    }

    /// commonName of the subject.
    pub fn common_name(&self) -> Option<&str> {
        self.subject().attribute(AttributeKind::CommonName)
    }

    /// Every extension as it stands, in order.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// The X.509 version: 1, 2 or 3.
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// Do issuer and subject have the same name? (RFC 5280 3.2: self-issued)
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer == self.0.subject
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

    /// The last moment at which the private key may sign (privateKeyUsagePeriod), at most
    /// [`Certificate::not_after`].
    pub fn signing_until(&self) -> Timestamp {
        let period = self.0.known.standard.private_key_usage.and_then(|p| p.not_after);
        period.map_or(self.not_after(), |at| at.min(self.not_after()))
    }

    /// The public key, ready to verify with; parsed at the first call.
    ///
    /// # Errors
    /// Those of [`VerifyingKey::from_spki`].
    pub fn verifying_key(&self) -> Result<&VerifyingKey, CryptoError> {
        let key = self.0.verifying_key.get_or_init(|| VerifyingKey::from_spki(self.spki_der()));
        key.as_ref().map_err(Clone::clone)
    }

    /// The public key, ready to seal for; parsed at the first call.
    ///
    /// # Errors
    /// Those of [`RecipientKey::from_spki`].
    pub fn recipient_key(&self) -> Result<&RecipientKey, CryptoError> {
        let key = self.0.recipient_key.get_or_init(|| RecipientKey::from_spki(self.spki_der()));
        key.as_ref().map_err(Clone::clone)
    }

    /// URIs of its distribution points (RFC 5280 4.2.1.13), where CRLs about it are.
    pub fn crl_uris(&self) -> impl Iterator<Item = &str> {
        let points = self.0.known.standard.crl_points.iter().flatten();
        let names = points.filter_map(|point| match &point.name {
            Some(PointName::Full(names)) => Some(names),
            _ => None,
        });
        names.flatten().filter_map(|name| match name {
            GeneralName::Uri(uri) => Some(uri.as_str()),
            _ => None,
        })
    }

    /// authorityInfoAccess: where its issuer answers; empty when absent.
    pub fn authority_info(&self) -> &AuthorityInfo {
        &self.0.known.standard.authority_info
    }

    /// Does it name the purpose of TLS servers (RFC 5280 4.2.1.12)?
    pub fn is_for_tls_servers(&self) -> bool {
        let named = self.0.known.standard.extended_key_usage.as_ref();
        named.is_some_and(|purposes| purposes.contains(&oid::KP_SERVER_AUTH))
    }

    pub(crate) fn known(&self) -> &Known {
        &self.0.known
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.subject().fmt(f)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject().to_string())
            .field("issuer", &self.issuer().to_string())
            .field("thumb", &self.thumb())
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn read(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let (tbs, algorithm, signature) = reader.sequence(|r| {
            let tbs = r.tlv_bytes().field("tbsCertificate")?;
            let algorithm = r.tlv_bytes().field("signatureAlgorithm")?;
            let signature = BitStringRef::decode(r).field("signatureValue")?;
            Ok::<_, FieldError>((tbs, algorithm, signature))
        })?;
        reader.finish().field("(after the end)")?;
        // With bits left over it is no signature of any algorithm: empty, hence never valid.
        let signature = signature.as_bytes().unwrap_or_default().to_vec();
        Self::read_tbs(der, tbs, algorithm, signature)
    }

    fn read_tbs(
        der: &[u8],
        tbs: &[u8],
        algorithm: &[u8],
        signature: Vec<u8>,
    ) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(tbs)?;
        let inner = reader.sequence(|r| {
            let version = read_version(r).field("version")?;
            let serial = read_serial(r).field("serialNumber")?;
            let inner_algorithm = r.tlv_bytes().field("signature")?;
            if inner_algorithm != algorithm {
                return Err(FieldError::new("signature", "differs from signatureAlgorithm"));
            }
            let issuer_der = r.tlv_bytes().field("issuer")?;
            let issuer = read_name(issuer_der).field("issuer")?;
            let (not_before, not_after) = r
                .sequence(|v| Ok::<_, FieldError>((time::read_time(v)?, time::read_time(v)?)))
                .field("validity")?;
            let subject = DistinguishedName::read(r).field("subject")?;
            let spki = r.tlv_bytes().field("subjectPublicKeyInfo")?;
            let extensions = read_tail(r, version)?;
            let known = Known::read(&extensions)?;
            Ok(Self {
                tbs: range(der, tbs),
                serial: range(der, serial),
                issuer_range: range(der, issuer_der),
                spki: range(der, spki),
                algorithm: range(der, algorithm),
                thumb: Thumb::of(der),
                der: der.to_vec(),
                signature,
                version,
                issuer,
                subject,
                not_before,
                not_after,
                extensions,
                known,
                verifying_key: OnceLock::new(),
                recipient_key: OnceLock::new(),
            })
        })?;
        reader.finish()?;
        Ok(inner)
    }
}

fn read_name(der: &[u8]) -> Result<DistinguishedName, FieldError> {
    let mut reader = SliceReader::new(der)?;
    DistinguishedName::read(&mut reader)
}

fn read_version(reader: &mut SliceReader<'_>) -> Result<u8, FieldError> {
    let explicit = reader.context_specific::<u8>(TagNumber(0), der::TagMode::Explicit)?;
    match explicit {
        None => Ok(1),
        Some(number @ 0..=2) => Ok(number + 1),
        Some(_) => Err(FieldError::new("", "not version 1, 2 or 3")),
    }
}

/// The INTEGER as it stands: negative and long serial numbers exist (RFC 5280 4.1.2.2).
pub(crate) fn read_serial<'r>(reader: &mut SliceReader<'r>) -> Result<&'r [u8], FieldError> {
    let der = reader.tlv_bytes()?;
    let any = AnyRef::try_from(der)?;
    if any.header().tag() != Tag::Integer {
        return Err(FieldError::new("", "INTEGER expected"));
    }
    match any.value().len() {
        0 => Err(FieldError::new("", "an INTEGER without octets")),
        1..=SERIAL_BYTES_MAX => Ok(der),
        _ => Err(FieldError::new("", format!("more than {SERIAL_BYTES_MAX} octets"))),
    }
}

/// issuerUniqueID, subjectUniqueID and extensions.
fn read_tail(reader: &mut SliceReader<'_>, version: u8) -> Result<Vec<Extension>, FieldError> {
    let mut extensions = Vec::new();
    let mut last = 0;
    while !reader.is_finished() {
        let any = AnyRef::decode(reader)?;
        let tag = any.header().tag();
        let number = tag.number().value();
        let right = tag.is_context_specific() && (1..=3).contains(&number) && number > last;
        if !right || tag.is_constructed() != (number == 3) {
            return Err(FieldError::new("tbsCertificate", "unexpected field"));
        }
        last = number;
        let version_min = if number == 3 { 3 } else { 2 };
        if version < version_min {
            return Err(FieldError::new("version", "too low for the fields that are present"));
        }
        if number == 3 {
            let mut inner = SliceReader::new(any.value())?;
            extensions = Extension::read_all(&mut inner).field("extensions")?;
            inner.finish().field("extensions")?;
        }
    }
    Ok(extensions)
}

/// Where `part`, a slice of `whole`, lies in it.
pub(crate) fn range(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}
