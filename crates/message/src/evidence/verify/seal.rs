//! The seal: whether the file is as its exporter made it, and whether the exporter is a party.

use counterfoil_crypto::digest::sha256_of;
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles};

use super::Examination;
use super::purchase::Parties;
use crate::evidence::format::{Evidence, EvidenceFile, Exporter, to_der};
use crate::evidence::item::Item;
use crate::evidence::rule::Rule;
use crate::evidence::signature;
use crate::evidence::statement::{Claim, Gap};
use crate::evidence::verification::Reason;

/// Compares the digest, then verifies the signature with the certificate that it names; gives the
/// certificate, which nobody has judged yet.
pub(super) fn check(file: &EvidenceFile) -> Result<Certificate, Reason> {
    let content = to_der(&file.evidence).map_err(|error| Reason::of(Item::File, &error))?;
    let info = file.seal.content_info();
    if sha256_of(&[&content, info.as_der()]) != *file.digest.as_bytes() {
        return Err(Reason::broken(Item::File, Rule::FileChanged));
    }
    let certificates: Vec<Certificate> = file
        .evidence
        .certificates
        .iter()
        .filter_map(|der| Certificate::from_der(der.as_der()).ok())
        .collect();
    signature::holds::<Evidence>(info, Some(&content), &certificates)
        .map_err(|error| Reason::of(Item::Seal, &error))
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
