//! [`CertificateView`]: a certificate as it stands.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, BitStringRef},
};

use super::{AlgorithmView, ExtensionView, Flaw, Flaws, NameView, PublicKeyView, TimeView};
use crate::{
    certificate::Certificate,
    error::{FieldError, InField, PkiError},
    extension::{Extension, KeyUsage, Known},
    oid::Oid,
    thumb::Thumb,
};

/// A certificate as it stands (RFC 5280 4.1). A part that cannot be read is empty and a flaw.
#[derive(Debug, Default)]
pub struct CertificateView {
    /// DER as received.
    pub der: Vec<u8>,
    /// What is signed, with tag and length.
    pub tbs: Vec<u8>,
    /// The version's number as written (2 means version 3); none when it is absent.
    pub version: Option<Vec<u8>>,
    /// Content octets of the serial number.
    pub serial: Vec<u8>,
    /// The algorithm that is named inside of what is signed.
    pub inner_algorithm: AlgorithmView,
    /// Who signed it.
    pub issuer: NameView,
    /// Start of validity.
    pub not_before: TimeView,
    /// End of validity.
    pub not_after: TimeView,
    /// Who it is about.
    pub subject: NameView,
    /// The key that is certified.
    pub key: PublicKeyView,
    /// issuerUniqueID.
    pub issuer_unique_id: Option<Vec<u8>>,
    /// subjectUniqueID.
    pub subject_unique_id: Option<Vec<u8>>,
    /// Has it the field extensions, be it empty?
    pub has_extensions: bool,
    /// Every extension, in order.
    pub extensions: Vec<ExtensionView>,
    /// The algorithm that is named beside the signature.
    pub outer_algorithm: AlgorithmView,
    /// The signature's octets.
    pub signature: Vec<u8>,
    /// What could not be read.
    pub flaws: Vec<Flaw>,
    /// Extensions whose value could not be read, and why.
    pub bad_extensions: Vec<(Oid, Flaw)>,
    /// Why [`Certificate`] refuses it; none when it does not.
    pub refusal: Option<PkiError>,
    strict: Option<Certificate>,
    known: Known,
}

impl CertificateView {
    /// Reads what can be read of `der`.
    pub fn read(der: &[u8]) -> Self {
        let mut view = Self { der: der.to_vec(), ..Self::default() };
        let mut flaws = Flaws::default();
        let outer = view.read_outer(der, &mut flaws);
        flaws.take("Certificate", outer);
        match Certificate::from_der(der) {
            Ok(certificate) => view.strict = Some(certificate),
            Err(error) => view.refusal = Some(error),
        }
        for ExtensionView { extension, .. } in &view.extensions {
            if let Err(error) = view.known.read_one(extension) {
                view.bad_extensions.push((extension.oid, Flaw::of(error, "extnValue")));
            }
        }
        view.flaws = flaws.0;
        view
    }

    fn read_outer(&mut self, der: &[u8], flaws: &mut Flaws) -> Result<(), FieldError> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|r| {
            self.tbs = r.tlv_bytes().field("tbsCertificate")?.to_vec();
            let tbs = self.tbs.clone();
            let inner = self.read_tbs(&tbs, flaws);
            flaws.take("tbsCertificate", inner);
            let algorithm = r.tlv_bytes().field("signatureAlgorithm")?;
            self.outer_algorithm = flaws.take("signatureAlgorithm", AlgorithmView::read(algorithm));
            let signature = BitStringRef::decode(r).field("signatureValue")?;
            self.signature = signature.raw_bytes().to_vec();
            Ok::<_, FieldError>(())
        })?;
        reader.finish().field("(after the end)")
    }

    fn read_tbs(&mut self, tbs: &[u8], flaws: &mut Flaws) -> Result<(), FieldError> {
        let mut reader = SliceReader::new(tbs)?;
        reader.sequence(|r| {
            let mut next = AnyRef::decode(r).field("serialNumber")?;
            if next.header().tag().is_context_specific() {
                let version = AnyRef::try_from(next.value()).field("version")?;
                self.version = Some(version.value().to_vec());
                next = AnyRef::decode(r).field("serialNumber")?;
            }
            if next.header().tag() != Tag::Integer {
                return Err(FieldError::new("serialNumber", "INTEGER expected"));
            }
            self.serial = next.value().to_vec();
            let algorithm = r.tlv_bytes().field("signature")?;
            self.inner_algorithm = flaws.take("signature", AlgorithmView::read(algorithm));
            self.issuer = flaws.take("issuer", NameView::read(r.tlv_bytes().field("issuer")?));
            let validity = r.tlv_bytes().field("validity")?;
            let read = self.read_validity(validity);
            flaws.take("validity", read);
            self.subject = flaws.take("subject", NameView::read(r.tlv_bytes().field("subject")?));
            let key = r.tlv_bytes().field("subjectPublicKeyInfo")?;
            self.key = flaws.take("subjectPublicKeyInfo", PublicKeyView::read(key));
            self.read_tail(r, flaws)
        })?;
        reader.finish()?;
        Ok(())
    }

    fn read_validity(&mut self, der: &[u8]) -> Result<(), FieldError> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|v| {
            self.not_before = TimeView::read(v).field("notBefore")?;
            self.not_after = TimeView::read(v).field("notAfter")?;
            Ok::<_, FieldError>(())
        })
    }

    fn read_tail(
        &mut self,
        reader: &mut SliceReader<'_>,
        flaws: &mut Flaws,
    ) -> Result<(), FieldError> {
        while !reader.is_finished() {
            let any = AnyRef::decode(reader)?;
            let tag = any.header().tag();
            match (tag.is_context_specific(), tag.number().value()) {
                (true, 1) => self.issuer_unique_id = Some(any.value().to_vec()),
                (true, 2) => self.subject_unique_id = Some(any.value().to_vec()),
                (true, 3) => {
                    self.has_extensions = true;
                    self.extensions = ExtensionView::read_all(any.value(), flaws, "extensions");
                }
                _ => return Err(FieldError::new("tbsCertificate", "unexpected field")),
            }
        }
        Ok(())
    }

    /// SHA-256 over the whole.
    pub fn thumb(&self) -> Thumb {
        Thumb::of(&self.der)
    }

    /// The certificate that the product relies on, when it accepts the form of this one.
    pub fn strict(&self) -> Option<&Certificate> {
        self.strict.as_ref()
    }

    /// 1, 2 or 3; none for anything else.
    pub fn version_number(&self) -> Option<u8> {
        match self.version.as_deref() {
            None => Some(1),
            Some([number @ 0..=2]) => Some(number + 1),
            Some(_) => None,
        }
    }

    /// The first extension with `oid`.
    pub fn extension(&self, oid: Oid) -> Option<&Extension> {
        let mut all = self.extensions.iter().map(|view| &view.extension);
        all.find(|extension| extension.oid == oid)
    }

    /// keyUsage; none when it is absent or cannot be read.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.known().standard.key_usage
    }

    /// Is it a CA's, by basicConstraints?
    pub fn is_ca(&self) -> bool {
        self.known.standard.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// Have issuer and subject the same name?
    pub fn is_self_issued(&self) -> bool {
        match (&self.issuer.name, &self.subject.name) {
            (Some(issuer), Some(subject)) => issuer == subject,
            _ => !self.issuer.der.is_empty() && self.issuer.der == self.subject.der,
        }
    }

    /// Does it belong to SET, by its extensions?
    pub fn is_set(&self) -> bool {
        let arc = crate::oid::SET_CERTIFICATE_EXTENSIONS;
        self.extensions.iter().any(|view| view.extension.oid.last_arc_under(&arc).is_some())
    }

    /// Does it say how it is signed, and holds that with its own key?
    pub fn is_self_signed(&self) -> bool {
        self.is_self_issued()
            && super::holds(&self.key, &self.outer_algorithm, &self.tbs, &self.signature).is_ok()
    }

    /// What the extensions that could be read say.
    pub(crate) fn known(&self) -> &Known {
        &self.known
    }
}
