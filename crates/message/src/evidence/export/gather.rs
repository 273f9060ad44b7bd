//! What the signatures of a file are checked with: certificates, CRLs and BCIs, each once.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::signed::SignedData;
use counterfoil_pki::{Bci, Certificate, Crl, Thumb};
use jiff::Timestamp;

use super::ExportRequest;
use crate::evidence::format::Evidence;
use crate::evidence::signature::{bag, peek};
use crate::primitive::{BrandCrlIdentifier, Date, OpenType};

/// Fills in what the structures of the file need: the certificates that they name, every CA, and
/// for each date in the file the newest CRLs and BCI of that date.
pub(super) fn fill(evidence: &mut Evidence, request: &ExportRequest<'_>) {
    let found = Found::of(evidence);
    let certificates = found.certificates(request);
    let crls = found.crls(request, &certificates);
    let bcis = found.bcis(request, &certificates);
    evidence.certificates = certificates.iter().filter_map(|c| open(c.der())).collect();
    evidence.crls = crls.iter().filter_map(|crl| open(crl.der())).collect();
    evidence.bcis = bcis.iter().map(|bci| BrandCrlIdentifier(bci.content_info().clone())).collect();
}

fn open(der: &[u8]) -> Option<OpenType> {
    OpenType::new(der).ok()
}

/// What the structures of a file bring along and name.
struct Found {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    bcis: Vec<Bci>,
    /// Certificates that are named.
    named: BTreeSet<Thumb>,
    dates: BTreeSet<Timestamp>,
}

impl Found {
    fn of(evidence: &Evidence) -> Self {
        let mut found = Self {
            certificates: Vec::new(),
            crls: Vec::new(),
            bcis: Vec::new(),
            named: BTreeSet::new(),
            dates: BTreeSet::from([evidence.exported_at.timestamp()]),
        };
        let purchase = &evidence.purchase;
        found.look_into(purchase.pi_signature.content_info());
        found.name(purchase.pi_tbs.merchant_cert_hash.as_bytes());
        found.name(purchase.pi_tbs.gateway_cert_hash.as_bytes());
        let halves = [
            purchase.oi_data.as_ref().map(|half| half.trans_ids.p_req_date),
            purchase.pi_data.as_ref().map(|half| half.pi_head.trans_ids.p_req_date),
        ];
        halves.into_iter().flatten().for_each(|date| found.date(date));
        if let Some(offer) = &evidence.offer {
            found.look_into(offer.content_info());
            let bci = peek(offer).ok().and_then(|data| data.brand_crl_identifier);
            found.bci(bci);
        }
        found.answers(evidence);
        for receipt in &evidence.auth_receipts {
            found.look_into(receipt.content_info());
            if let Ok(data) = peek(receipt) {
                found.name(data.merchant_cert_hash.as_bytes());
                found.date(data.auth_date);
            }
        }
        for receipt in &evidence.cap_receipts {
            found.look_into(receipt.content_info());
            if let Ok(data) = peek(receipt) {
                found.date(data.cap_date);
            }
        }
        for receipt in evidence.rev_receipts.iter().flat_map(|receipts| receipts.iter()) {
            found.look_into(receipt.content_info());
            if let Ok(data) = peek(receipt) {
                found.date(data.rev_date);
            }
        }
        found
    }

    fn answers(&mut self, evidence: &Evidence) {
        for signed in &evidence.answers {
            self.look_into(signed.answer.content_info());
            if let Some(inquiry) = &signed.inquiry {
                self.look_into(inquiry.content_info());
            }
            let Ok(data) = peek(&signed.answer) else { continue };
            let payloads = data.p_res_payload_seq.iter();
            for results in payloads.filter_map(|payload| payload.results.as_ref()) {
                results.auth_status.iter().for_each(|status| self.date(status.auth_date));
                results.cap_status.iter().for_each(|status| self.date(status.cap_date));
                if let Some(receipt) = &results.rev_receipt {
                    self.look_into(receipt.content_info());
                    peek(receipt).iter().for_each(|data| self.date(data.rev_date));
                }
                let Some(receipt) = &results.receipt else { continue };
                self.look_into(receipt.content_info());
                if let Ok(data) = peek(receipt) {
                    self.name(data.merchant_cert_hash.as_bytes());
                    self.date(data.auth_date);
                }
            }
            self.bci(data.brand_crl_identifier);
        }
    }

    fn look_into(&mut self, info: &ContentInfo) {
        let (certificates, crls) = bag(info);
        self.certificates.extend(certificates.iter().filter_map(|d| Certificate::from_der(d).ok()));
        self.crls.extend(crls.iter().filter_map(|der| Crl::from_der(der).ok()));
        let Ok(data) = SignedData::parse(info) else { return };
        let signers = data.signers.iter().filter_map(|signer| signer.certificate_thumb);
        self.named.extend(signers.map(Thumb));
    }

    fn name(&mut self, thumb: &[u8; 32]) {
        self.named.insert(Thumb(*thumb));
    }

    fn date(&mut self, date: Date) {
        self.dates.insert(date.timestamp());
    }

    fn bci(&mut self, bci: Option<BrandCrlIdentifier>) {
        self.bcis.extend(bci.and_then(|bci| Bci::from_content_info(bci.0).ok()));
    }

    /// Every CA but the roots, which the reader has, and of the others those that are named.
    fn certificates(&self, request: &ExportRequest<'_>) -> Vec<Certificate> {
        let own = std::iter::once(request.sender.certificate).chain(request.sender.chain);
        let bcis = self.bcis.iter().chain(request.bcis).flat_map(Bci::certificates);
        let all = self.certificates.iter().chain(own).chain(request.certificates).chain(bcis);
        let sealer = request.sender.certificate.thumb();
        let wanted = |certificate: &&Certificate| {
            let thumb = certificate.thumb();
            let is_ca = certificate.basic_constraints().ca && !certificate.is_self_issued();
            is_ca || thumb == sealer || self.named.contains(&thumb)
        };
        let once: BTreeMap<Thumb, &Certificate> =
            all.filter(wanted).map(|certificate| (certificate.thumb(), certificate)).collect();
        once.into_values().cloned().collect()
    }

    /// For each date and issuer the newest list that was current.
    fn crls(&self, request: &ExportRequest<'_>, certificates: &[Certificate]) -> Vec<Crl> {
        let issues = |crl: &Crl| certificates.iter().any(|c| c.issuer() == crl.issuer());
        let all: Vec<&Crl> =
            self.crls.iter().chain(request.crls).filter(|crl| issues(crl)).collect();
        let mut once = BTreeMap::new();
        for date in &self.dates {
            let current = all.iter().filter(|crl| crl.is_fresh(*date));
            let mut newest: Vec<&Crl> = Vec::new();
            for crl in current {
                match newest.iter_mut().find(|other| other.issuer() == crl.issuer()) {
                    Some(other) if other.number() < crl.number() => *other = *crl,
                    Some(_) => {}
                    None => newest.push(*crl),
                }
            }
            once.extend(newest.into_iter().map(|crl| (crl.thumb(), crl)));
        }
        once.into_values().cloned().collect()
    }

    /// For each date and brand the newest BCI that was current.
    fn bcis(&self, request: &ExportRequest<'_>, certificates: &[Certificate]) -> Vec<Bci> {
        let signs = |bci: &Bci| certificates.iter().any(|c| bci.is_signed_under(c));
        let all: Vec<&Bci> =
            self.bcis.iter().chain(request.bcis).filter(|bci| signs(bci)).collect();
        let mut once = BTreeMap::new();
        for date in &self.dates {
            let current = |bci: &&&Bci| bci.not_before() <= *date && *date <= bci.not_after();
            let mut newest: BTreeMap<&str, &Bci> = BTreeMap::new();
            for bci in all.iter().filter(current) {
                let kept = newest.entry(bci.brand()).or_insert(bci);
                if kept.sequence() < bci.sequence() {
                    *kept = bci;
                }
            }
            once.extend(newest.into_values().map(|bci| (bci.thumb(), bci)));
        }
        once.into_values().cloned().collect()
    }
}
