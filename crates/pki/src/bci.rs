//! [`Bci`]: the BrandCRLIdentifier, which names every CRL that is current under a brand.
//!
//! Who holds the BCI and all CRLs that it names holds the complete, current revocation state of
//! the brand (SET 1.0 Book 2, BrandCRLIdentifier). SET 2 signs it as a CMS SignedData:
//!
//! ```asn1
//! UnsignedBrandCRLIdentifier ::= SEQUENCE {
//!   version           INTEGER (0),
//!   sequenceNum       INTEGER (0..MAX),
//!   brandID           UTF8String,
//!   notBefore         GeneralizedTime,
//!   notAfter          GeneralizedTime,
//!   crlIdentifierSeq  [0] IMPLICIT SEQUENCE OF CRLIdentifier OPTIONAL,
//!   bCRLExtensions    [1] IMPLICIT Extensions OPTIONAL }
//! CRLIdentifier ::= SEQUENCE { issuerName Name, crlNumber INTEGER }
//! ```

use std::{fmt, sync::Arc};

use counterfoil_crypto::{
    CryptoError,
    cms::{
        ContentInfo,
        signed::{Expected, SignedData, SignerName},
    },
    oid::content_type,
};
use der::{
    Decode, Encode, Reader, SliceReader, Tag, TagNumber,
    asn1::{Any, AnyRef},
};
use jiff::Timestamp;

use crate::{
    certificate::Certificate,
    crl::CrlNumber,
    error::{FieldError, InField, PkiError},
    extension::Extension,
    limit::{BCI_BYTES_MAX, BCI_CRLS_MAX},
    name::DistinguishedName,
    oid::Oid,
    thumb::Thumb,
    time,
};

/// Content type of an UnsignedBrandCRLIdentifier.
pub const BCI_CONTENT_TYPE: Oid = content_type(110);

/// Most characters of a brand id (SET 1.0 Book 2, BrandID).
const BRAND_CHARS_MAX: usize = 40;

/// A BrandCRLIdentifier, read but not verified: [`crate::trust::Trust::set_bci`] does that.
#[derive(Clone)]
pub struct Bci(Arc<Inner>);

struct Inner {
    info: ContentInfo,
    thumb: Thumb,
    content: Vec<u8>,
    sequence: u64,
    brand: String,
    not_before: Timestamp,
    not_after: Timestamp,
    crls: Vec<CrlIdentifier>,
    signer_issuer_der: Vec<u8>,
    signer_serial_der: Vec<u8>,
    certificates: Vec<Certificate>,
}

/// A CRL as a BCI names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlIdentifier {
    /// The issuer of the CRL.
    pub issuer: DistinguishedName,
    /// Its cRLNumber.
    pub number: CrlNumber,
}

/// The part that is signed.
struct Unsigned {
    sequence: u64,
    brand: String,
    not_before: Timestamp,
    not_after: Timestamp,
    crls: Vec<CrlIdentifier>,
}

impl Bci {
    /// Reads one BCI and nothing after it.
    ///
    /// # Errors
    /// [`PkiError::TooLong`] above [`BCI_BYTES_MAX`], [`PkiError::Malformed`] naming the field.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        if der.len() > BCI_BYTES_MAX {
            let (bytes, bytes_max) = (der.len(), BCI_BYTES_MAX);
            return Err(PkiError::TooLong { what: "BCI", bytes, bytes_max });
        }
        let info = ContentInfo::from_der(der.to_vec()).map_err(malformed)?;
        Self::from_content_info(info)
    }

    /// Takes a BCI out of the container that a message carries it in.
    ///
    /// # Errors
    /// As [`Bci::from_der`].
    pub fn from_content_info(info: ContentInfo) -> Result<Self, PkiError> {
        let bytes = info.as_der().len();
        if bytes > BCI_BYTES_MAX {
            return Err(PkiError::TooLong { what: "BCI", bytes, bytes_max: BCI_BYTES_MAX });
        }
        let data = SignedData::parse(&info).map_err(malformed)?;
        let refused = |field, reason: &str| FieldError::new(field, reason).of("BCI");
        if data.content_type != BCI_CONTENT_TYPE {
            return Err(refused("eContentType", "not a BrandCRLIdentifier"));
        }
        let content = data.content.ok_or_else(|| refused("eContent", "absent"))?;
        let [signer] = data.signers.as_slice() else {
            return Err(refused("signerInfos", "not exactly one signer"));
        };
        let SignerName::Certificate(name) = signer.name else {
            return Err(refused("sid", "the signer is not named by its certificate"));
        };
        let unsigned = Unsigned::read(content).map_err(|error| error.of("BCI"))?;
        let certificates: Result<_, _> =
            data.certificates.iter().map(|der| Certificate::from_der(der)).collect();
        let inner = Inner {
            thumb: Thumb::of(info.as_der()),
            content: content.to_vec(),
            sequence: unsigned.sequence,
            brand: unsigned.brand,
            not_before: unsigned.not_before,
            not_after: unsigned.not_after,
            crls: unsigned.crls,
            signer_issuer_der: name.issuer_der.to_vec(),
            signer_serial_der: name.serial_der.to_vec(),
            certificates: certificates?,
            info: info.clone(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The BCI's DER, as received.
    pub fn der(&self) -> &[u8] {
        self.0.info.as_der()
    }

    /// The container that messages carry.
    pub fn content_info(&self) -> &ContentInfo {
        &self.0.info
    }

    /// SHA-256 over [`Bci::der`].
    pub fn thumb(&self) -> Thumb {
        self.0.thumb
    }

    /// Counts up with every BCI of the brand.
    pub fn sequence(&self) -> u64 {
        self.0.sequence
    }

    /// The brand.
    pub fn brand(&self) -> &str {
        &self.0.brand
    }

    /// Start of validity, inclusive.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// End of validity, inclusive.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// Every CRL that is current under the brand.
    pub fn crls(&self) -> &[CrlIdentifier] {
        &self.0.crls
    }

    /// Certificates that came along, unverified.
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// Is `certificate` the one that the BCI names as its signer's?
    pub fn is_signed_under(&self, certificate: &Certificate) -> bool {
        certificate.issuer_der() == self.0.signer_issuer_der
            && certificate.serial_der() == self.0.signer_serial_der
    }

    /// Do both say the same? Signatures and the certificates that came along may differ.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.0.content == other.0.content
    }

    /// Did the key of `signer` sign it? Whether `signer` may is another question.
    pub(crate) fn verify_signature(&self, signer: &Certificate) -> Result<(), CryptoError> {
        let data = SignedData::parse(&self.0.info)?;
        let expected = Expected {
            content_type: BCI_CONTENT_TYPE,
            content: None,
            signer: signer.signer_id(),
            recipient: None,
        };
        data.verify(0, signer.verifying_key()?, &expected).map(|_| ())
    }
}

impl PartialEq for Bci {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Bci {}

impl fmt::Debug for Bci {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bci")
            .field("brand", &self.brand())
            .field("sequence", &self.sequence())
            .finish_non_exhaustive()
    }
}

impl Unsigned {
    fn read(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let read = reader.sequence(|r| {
            if u8::decode(r).field("version")? != 0 {
                return Err(FieldError::new("version", "not 0"));
            }
            let sequence = u64::decode(r).field("sequenceNum")?;
            let brand = String::decode(r).field("brandID")?;
            let chars = brand.chars().count();
            if !(1..=BRAND_CHARS_MAX).contains(&chars) {
                return Err(FieldError::new("brandID", "not 1 to 40 characters"));
            }
            let not_before = time::read_generalized_time(r).field("notBefore")?;
            let not_after = time::read_generalized_time(r).field("notAfter")?;
            let crls = read_crls(r).field("crlIdentifierSeq")?;
            read_extensions(r).field("bCRLExtensions")?;
            Ok(Self { sequence, brand, not_before, not_after, crls })
        })?;
        reader.finish()?;
        Ok(read)
    }
}

/// Is a constructed context tag `number` next?
fn is_next(reader: &SliceReader<'_>, number: u32) -> bool {
    let tag = Tag::ContextSpecific { constructed: true, number: TagNumber(number) };
    !reader.is_finished() && Tag::peek(reader).is_ok_and(|next| next == tag)
}

fn read_crls(reader: &mut SliceReader<'_>) -> Result<Vec<CrlIdentifier>, FieldError> {
    let mut crls: Vec<CrlIdentifier> = Vec::new();
    if !is_next(reader, 0) {
        return Ok(crls);
    }
    let any = AnyRef::decode(reader)?;
    let mut list = SliceReader::new(any.value())?;
    while !list.is_finished() {
        if crls.len() == BCI_CRLS_MAX {
            return Err(FieldError::new("", "too many CRLs"));
        }
        let crl = list.sequence(|r| {
            let issuer = DistinguishedName::read(r).field("issuerName")?;
            let number = CrlNumber::from_der(r.tlv_bytes()?).field("crlNumber")?;
            Ok::<_, FieldError>(CrlIdentifier { issuer, number })
        })?;
        if crls.iter().any(|other| other.issuer == crl.issuer) {
            return Err(FieldError::new("", "the same issuer twice"));
        }
        crls.push(crl);
    }
    Ok(crls)
}

/// No extension is defined; a critical one must not be passed over.
fn read_extensions(reader: &mut SliceReader<'_>) -> Result<(), FieldError> {
    if reader.is_finished() {
        return Ok(());
    }
    if !is_next(reader, 1) {
        return Err(FieldError::new("", "unexpected field"));
    }
    // IMPLICIT: the content is that of the SEQUENCE.
    let list = Any::new(Tag::Sequence, AnyRef::decode(reader)?.value())?.to_der()?;
    let mut inner = SliceReader::new(&list)?;
    if Extension::read_all(&mut inner)?.iter().any(|extension| extension.critical) {
        return Err(FieldError::new("", "a critical extension that is not understood"));
    }
    Ok(())
}

fn malformed(error: CryptoError) -> PkiError {
    FieldError::new("SignedData", error.to_string()).of("BCI")
}
