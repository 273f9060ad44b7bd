//! Making an evidence file from what a party has kept of a payment.
//!
//! The journals of wallet and merchant hold the same signed structures; the wallet alone can open
//! the instruction half, the merchant keeps the gateway's receipts of captures. A journal also
//! holds what strangers sent: whatever does not stand up to [`super::verify()`] is left out.

mod error;
mod gather;
mod journal;

pub use error::ExportError;
pub use journal::Journaled;

use counterfoil_pki::{Bci, Certificate, Crl};
use jiff::Timestamp;
use rand_core::CryptoRng;

use self::journal::{Candidate, Journal, receipts_in, reversals_in};
use super::format::{
    EVIDENCE_ANSWERS_MAX, Evidence, EvidenceFile, EvidenceVersion, Exporter, SignedPurchase,
};
use super::item::Item;
use super::verification::{Reason, Verdict, Verification};
use super::verify;
use crate::container::Signed;
use crate::exchange::purchase::{AuthReceipt, CapReceipt, HodInput, OiData, OrderDescription};
use crate::instruction::PiData;
use crate::primitive::{CurrencyAmount, Date, InstallRecurData, Xid};
use crate::treatment::{Opener, Sender, digest_of};

/// Most purchases under one XID that are looked at: one, unless somebody has tried to forge it.
const CANDIDATES_MAX: usize = 8;

/// What an evidence file is made of.
#[derive(Debug, Clone, Copy)]
pub struct ExportRequest<'a> {
    /// The purchase.
    pub xid: Xid,
    /// The time.
    pub now: Timestamp,
    /// Which party exports.
    pub party: Exporter,
    /// Its signature key and certificate, and the CAs above it.
    pub sender: Sender<'a>,
    /// Messages of the purchase, oldest first; others are passed over.
    pub journal: &'a [Journaled<'a>],
    /// The order, when the file shall show it.
    pub order: Option<Order<'a>>,
    /// The instruction half, of a wallet that has kept it.
    pub instruction: Option<&'a PiData>,
    /// A merchant's key that opens CapRes, in which the receipts of captures are.
    pub opener: Option<Opener<'a>>,
    /// Receipts of authorizations that are in no message of the journal.
    pub auth_receipts: &'a [Signed<AuthReceipt>],
    /// Receipts of captures that are in no message of the journal that can be opened.
    pub cap_receipts: &'a [Signed<CapReceipt>],
    /// Certificates that messages may have left out.
    pub certificates: &'a [Certificate],
    /// CRLs that the party holds or has kept.
    pub crls: &'a [Crl],
    /// BrandCRLIdentifiers that the party holds or has kept.
    pub bcis: &'a [Bci],
    /// The roots that the party trusts.
    pub roots: &'a [Certificate],
}

/// An order as wallet and merchant know it.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// What is sold, as the shop showed it.
    pub description: &'a str,
    /// Its price.
    pub amount: CurrencyAmount,
    /// Instalments or repetition.
    pub install_recur_data: Option<&'a InstallRecurData>,
}

/// A file, and what its verification gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub file: EvidenceFile,
    /// What everybody who trusts the same roots will find.
    pub verification: Verification,
    /// What was left out because it does not hold.
    pub left_out: Vec<Reason>,
}

/// Makes the evidence file of a payment.
///
/// # Errors
/// [`ExportError`]: the journal lacks the purchase, what was given does not belong to it, or the
/// file cannot be written.
pub fn export(
    request: &ExportRequest<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<Exported, ExportError> {
    let journal = Journal::read(request);
    let mut best: Option<Exported> = None;
    for candidate in journal.candidates(request).into_iter().take(CANDIDATES_MAX) {
        let exported = export_candidate(request, &journal, candidate, rng)?;
        if exported.verification.is_proved() {
            return Ok(exported);
        }
        best.get_or_insert(exported);
    }
    best.ok_or(ExportError::PurchaseMissing { xid: request.xid })
}

fn export_candidate(
    request: &ExportRequest<'_>,
    journal: &Journal,
    candidate: Candidate,
    rng: &mut dyn CryptoRng,
) -> Result<Exported, ExportError> {
    let mut evidence = assemble(request, journal, candidate)?;
    let mut left_out = Vec::new();
    loop {
        gather::fill(&mut evidence, request);
        let file = EvidenceFile::seal(evidence.clone(), &request.sender, rng)?;
        let verification = verify::judge(&file, request.roots, request.now)?;
        let Verdict::NotProved(reason) = &verification.verdict else {
            return Ok(Exported { file, verification, left_out });
        };
        if !leave_out(&mut evidence, reason.item) {
            return Ok(Exported { file, verification, left_out });
        }
        left_out.push(reason.clone());
    }
}

fn assemble(
    request: &ExportRequest<'_>,
    journal: &Journal,
    candidate: Candidate,
) -> Result<Evidence, ExportError> {
    let Candidate { offer, pi_tbs, pi_signature, oi_data } = candidate;
    let order = request.order.map(|order| open_order(order, &oi_data)).transpose()?;
    let pi_data = request.instruction.cloned();
    if let Some(pi_data) = &pi_data {
        if pi_data.pi_head.acq_back_key_data.is_some() {
            return Err(ExportError::InstructionHoldsKey);
        }
        if digest_of(pi_data)? != pi_tbs.h_pi_data {
            return Err(ExportError::InstructionDiffers);
        }
    }
    let mut answers = journal.answers(&oi_data);
    answers.drain(..answers.len().saturating_sub(EVIDENCE_ANSWERS_MAX));
    let auth_receipts = journal.receipts_beside(&answers, request.auth_receipts);
    let rev_receipts = journal.reversals_beside(&answers);
    Ok(Evidence {
        version: EvidenceVersion::CURRENT,
        xid: request.xid,
        exported_at: Date::new(request.now),
        exported_by: request.party,
        purchase: SignedPurchase { pi_tbs, pi_signature, oi_data: Some(oi_data), pi_data },
        offer: Some(offer),
        answers: answers.into(),
        auth_receipts: auth_receipts.into(),
        cap_receipts: journal.captures(request.cap_receipts).into(),
        order,
        certificates: Vec::new().into(),
        crls: Vec::new().into(),
        bcis: Vec::new().into(),
        rev_receipts: (!rev_receipts.is_empty()).then(|| rev_receipts.into()),
    })
}

/// The order under the salt of the order half: the very value that hod digests.
fn open_order(order: Order<'_>, oi_data: &OiData) -> Result<HodInput, ExportError> {
    let od = OrderDescription::new(order.description.as_bytes());
    let input = HodInput {
        od: od.map_err(|_| ExportError::OrderDiffers)?,
        purch_amt: order.amount,
        od_salt: oi_data.od_salt,
        install_recur_data: order.install_recur_data.cloned(),
        od_extensions: None,
    };
    if digest_of(&input)? != oi_data.hod {
        return Err(ExportError::OrderDiffers);
    }
    Ok(input)
}

/// Takes a part out that the proof can do without; says whether it is one.
fn leave_out(evidence: &mut Evidence, item: Item) -> bool {
    fn without<T: Clone>(list: &[T], place: usize) -> Vec<T> {
        let others = list.iter().enumerate().filter(|(n, _)| *n != place);
        others.map(|(_, element)| element.clone()).collect()
    }
    match item {
        Item::Answer(n)
        | Item::Inquiry(n)
        | Item::AnswerReceipt(n, _)
        | Item::AnswerReversal(n, _) => {
            // The gateway's receipts may hold where the merchant's words around them do not.
            let mut receipts = evidence.auth_receipts.to_vec();
            receipts.extend(receipts_in(&evidence.answers[n].answer));
            evidence.auth_receipts = receipts.into();
            let mut reversals: Vec<_> =
                evidence.rev_receipts.iter().flat_map(|list| list.iter().cloned()).collect();
            reversals.extend(reversals_in(&evidence.answers[n].answer));
            evidence.rev_receipts = (!reversals.is_empty()).then(|| reversals.into());
            evidence.answers = without(&evidence.answers, n).into();
        }
        Item::AuthReceipt(n) => evidence.auth_receipts = without(&evidence.auth_receipts, n).into(),
        Item::CapReceipt(n) => evidence.cap_receipts = without(&evidence.cap_receipts, n).into(),
        Item::RevReceipt(n) => {
            let all = evidence.rev_receipts.as_ref().map(|list| without(list, n));
            evidence.rev_receipts = all.filter(|list| !list.is_empty()).map(Into::into);
        }
        _ => return false,
    }
    true
}
