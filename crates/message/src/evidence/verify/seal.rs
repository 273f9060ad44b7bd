//! The seal: whether the file is as its exporter made it, and whether the exporter is a party.

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::cms::recipient::IssuerAndSerial;
use counterfoil_crypto::cms::signed::{Expected, SignedData, SignerId};
use counterfoil_crypto::digest::sha256_of;
use counterfoil_crypto::oid::content_type;
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles};

use super::purchase::Parties;
use super::Examination;
use crate::container::Content;
use crate::evidence::format::{Evidence, EvidenceFile, Exporter, to_der};
use crate::evidence::item::Item;
use crate::evidence::rule::Rule;
use crate::evidence::statement::{Claim, Gap};
use crate::evidence::verification::Reason;
use crate::treatment::TreatmentError;

/// Compares the digest, then verifies the signature with the certificate that it names; gives the
/// certificate, which nobody has judged yet.
pub(super) fn check(file: &EvidenceFile) -> Result<Certificate, Reason> {
    let content = to_der(&file.evidence).map_err(|error| Reason::of(Item::File, &error))?;
    let info = file.seal.content_info();
    if sha256_of(&[&content, info.as_der()]) != *file.digest.as_bytes() {
        return Err(Reason::broken(Item::File, Rule::FileChanged));
    }
    let refused = |error: CryptoError| Reason::of(Item::Seal, &TreatmentError::Signature(error));
    let data = SignedData::parse(info).map_err(refused)?;
    let [signer] = data.signers.as_slice() else {
        return Err(refused(CryptoError::SignerMismatch));
    };
    let found = file.evidence.certificates.iter().find_map(|der| {
        let certificate = Certificate::from_der(der.as_der()).ok()?;
        (signer.certificate_thumb == Some(*certificate.thumb().as_bytes())).then_some(certificate)
    });
    let certificate =
        found.ok_or_else(|| Reason::of(Item::Seal, &TreatmentError::CertificateMissing))?;
    let name = IssuerAndSerial {
        issuer_der: certificate.issuer_der(),
        serial_der: certificate.serial_der(),
    };
    let expected = Expected {
        content_type: content_type(Evidence::CONTENT_TYPE),
        content: Some(&content),
        signer: SignerId::Certificate { name, thumb: *certificate.thumb().as_bytes() },
        recipient: None,
    };
    let key = certificate.verifying_key().map_err(refused)?;
    data.verify(0, key, &expected).map_err(refused)?;
    Ok(certificate)
}

impl Examination<'_> {
    /// The exporter's certificate is good at the day of the export or, where the file cannot show
    /// that, at the payment; and it is that of a party to the payment.
    pub(super) fn exporter(
        &mut self,
        certificate: &Certificate,
        parties: &Parties,
    ) -> Result<(), Reason> {
        let by = self.evidence.exported_by;
        let roles = match by {
            Exporter::Wallet => Roles::CARD,
            Exporter::Merchant => Roles::MER,
            Exporter::Gateway => Roles::PGWY,
        };
        let need = Need::sign(roles).of_brand(&parties.brand);
        let exported_at = self.evidence.exported_at.timestamp();
        let sealed = match self.archive.certificate_held(Item::Seal, certificate, exported_at, need)
        {
            Ok(sealed) => sealed,
            Err(reason) => {
                let date = parties.date;
                let earlier = self.archive.certificate_held(Item::Seal, certificate, date, need);
                self.gaps.push(Gap::SealAsOfPayment);
                earlier.map_err(|_| reason)?
            }
        };
        if !parties.has(by, certificate) {
            return Err(Reason::broken(Item::Seal, Rule::ExporterStranger));
        }
        self.statements.push(sealed.states(Claim::Exported { by }));
        Ok(())
    }
}
