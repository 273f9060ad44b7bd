//! [`CrlView`]: a certificate revocation list as it stands (RFC 5280 5.1).

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, BitStringRef},
};

use super::{AlgorithmView, ExtensionView, Flaw, Flaws, NameView, TimeView};
use crate::{
    crl::Crl,
    error::{FieldError, InField, PkiError},
    extension::Extension,
    oid::Oid,
    thumb::Thumb,
    time,
};

/// A CRL as it stands. Its entries are read when they are asked for: there may be a million.
#[derive(Debug, Default)]
pub struct CrlView {
    /// DER as received.
    pub der: Vec<u8>,
    /// The version's number as written (1 means version 2); none when it is absent.
    pub version: Option<Vec<u8>>,
    /// The algorithm that is named inside of what is signed.
    pub inner_algorithm: AlgorithmView,
    /// Who signed it.
    pub issuer: NameView,
    /// When it was issued.
    pub this_update: TimeView,
    /// When the next one is due.
    pub next_update: Option<TimeView>,
    /// Has it the field revokedCertificates, be it empty?
    pub has_entries: bool,
    /// Has it the field crlExtensions, be it empty?
    pub has_extensions: bool,
    /// Every extension of the list, in order.
    pub extensions: Vec<ExtensionView>,
    /// The algorithm that is named beside the signature.
    pub outer_algorithm: AlgorithmView,
    /// What could not be read.
    pub flaws: Vec<Flaw>,
    /// Why [`Crl`] refuses it; none when it does not.
    pub refusal: Option<PkiError>,
    /// Content octets of revokedCertificates.
    entries: Vec<u8>,
}

/// One revoked certificate as it stands.
#[derive(Debug, Clone)]
pub struct EntryView<'a> {
    /// Content octets of the serial number.
    pub serial: &'a [u8],
    /// When it was revoked.
    pub revoked_at: TimeView,
    /// Has it the field crlEntryExtensions?
    pub has_extensions: bool,
    /// Extensions of the entry.
    pub extensions: Vec<ExtensionView>,
}

impl CrlView {
    /// Reads what can be read of `der`.
    pub fn read(der: &[u8]) -> Self {
        let mut view = Self { der: der.to_vec(), ..Self::default() };
        let mut flaws = Flaws::default();
        let outer = view.read_outer(der, &mut flaws);
        flaws.take("CertificateList", outer);
        view.refusal = Crl::from_der(der).err();
        view.flaws = flaws.0;
        view
    }

    fn read_outer(&mut self, der: &[u8], flaws: &mut Flaws) -> Result<(), FieldError> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|r| {
            let tbs = r.tlv_bytes().field("tbsCertList")?;
            let inner = self.read_tbs(tbs, flaws);
            flaws.take("tbsCertList", inner);
            let algorithm = r.tlv_bytes().field("signatureAlgorithm")?;
            self.outer_algorithm = flaws.take("signatureAlgorithm", AlgorithmView::read(algorithm));
            BitStringRef::decode(r).field("signatureValue")?;
            Ok::<_, FieldError>(())
        })?;
        reader.finish().field("(after the end)")
    }

    fn read_tbs(&mut self, tbs: &[u8], flaws: &mut Flaws) -> Result<(), FieldError> {
        let mut reader = SliceReader::new(tbs)?;
        reader.sequence(|r| {
            if Tag::peek(r)? == Tag::Integer {
                self.version = Some(AnyRef::decode(r)?.value().to_vec());
            }
            let algorithm = r.tlv_bytes().field("signature")?;
            self.inner_algorithm = flaws.take("signature", AlgorithmView::read(algorithm));
            self.issuer = flaws.take("issuer", NameView::read(r.tlv_bytes().field("issuer")?));
            self.this_update = TimeView::read(r).field("thisUpdate")?;
            if time::is_time_next(r) {
                self.next_update = Some(TimeView::read(r).field("nextUpdate")?);
            }
            while !r.is_finished() {
                let any = AnyRef::decode(r)?;
                let tag = any.header().tag();
                if tag == Tag::Sequence && !self.has_entries {
                    self.has_entries = true;
                    self.entries = any.value().to_vec();
                } else if tag.is_context_specific() && tag.number().value() == 0 {
                    self.has_extensions = true;
                    self.extensions = ExtensionView::read_all(any.value(), flaws, "crlExtensions");
                } else {
                    return Err(FieldError::new("tbsCertList", "unexpected field"));
                }
            }
            Ok::<_, FieldError>(())
        })?;
        reader.finish()?;
        Ok(())
    }

    /// The entries in order, up to the first that cannot be read.
    pub fn entries(&self) -> impl Iterator<Item = Result<EntryView<'_>, Flaw>> {
        let mut rest = self.entries.as_slice();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let all = std::mem::take(&mut rest);
            let mut reader = SliceReader::new(all).ok()?;
            let read = match reader.tlv_bytes() {
                Ok(entry) => {
                    rest = &all[entry.len()..];
                    read_entry(entry)
                }
                Err(error) => Err(error.into()),
            };
            Some(read.map_err(|error| Flaw::of(error, "revokedCertificates")))
        })
    }

    /// SHA-256 over the whole.
    pub fn thumb(&self) -> Thumb {
        Thumb::of(&self.der)
    }

    /// The first extension of the list with `oid`.
    pub fn extension(&self, oid: Oid) -> Option<&Extension> {
        let mut all = self.extensions.iter().map(|view| &view.extension);
        all.find(|extension| extension.oid == oid)
    }
}

fn read_entry(der: &[u8]) -> Result<EntryView<'_>, FieldError> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|r| {
        let serial = AnyRef::decode(r).field("userCertificate")?;
        if serial.header().tag() != Tag::Integer {
            return Err(FieldError::new("userCertificate", "INTEGER expected"));
        }
        let revoked_at = TimeView::read(r).field("revocationDate")?;
        let has_extensions = !r.is_finished();
        let mut flaws = Flaws::default();
        let mut extensions = Vec::new();
        if has_extensions {
            extensions = ExtensionView::read_all(r.tlv_bytes()?, &mut flaws, "crlEntryExtensions");
        }
        if let Some(flaw) = flaws.0.pop() {
            return Err(FieldError { field: flaw.field, offset: flaw.offset, reason: flaw.reason });
        }
        Ok(EntryView { serial: serial.value(), revoked_at, has_extensions, extensions })
    })
}
