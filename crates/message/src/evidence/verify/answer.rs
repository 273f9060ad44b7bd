//! The merchant's answers, and the inquiries that they answer.

use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;
use jiff::Timestamp;

use super::Examination;
use super::purchase::{Parties, check_extensions};
use crate::container::Signed;
use crate::evidence::format::SignedAnswer;
use crate::evidence::item::Item;
use crate::evidence::rule::Rule;
use crate::evidence::statement::{Claim, Gap};
use crate::evidence::verification::Reason;
use crate::exchange::inquiry::InqReqData;
use crate::exchange::purchase::{AuthReceipt, AuthRevReceipt, AuthStatus, PResData};

/// A gateway's receipt, not yet verified, and what the merchant says of the same authorization.
pub(super) struct FoundReceipt {
    pub(super) item: Item,
    pub(super) receipt: Signed<AuthReceipt>,
    pub(super) said: Option<AuthStatus>,
}

/// A gateway's receipt of a reversal, not yet verified.
pub(super) struct FoundReversal {
    pub(super) item: Item,
    pub(super) receipt: Signed<AuthRevReceipt>,
}

impl Examination<'_> {
    /// Verifies every answer; gives the receipts in them and beside them: of authorizations, and
    /// of reversals.
    pub(super) fn answers(
        &mut self,
        parties: &Parties,
    ) -> Result<(Vec<FoundReceipt>, Vec<FoundReversal>), Reason> {
        let evidence = self.evidence;
        let mut found = Vec::new();
        let mut reversals = Vec::new();
        for (n, signed) in evidence.answers.iter().enumerate() {
            let data = self.answer(n, signed, parties)?;
            for (place, payload) in data.p_res_payload_seq.iter().enumerate() {
                let Some(results) = &payload.results else { continue };
                reversals.extend(results.rev_receipt.clone().map(|receipt| FoundReversal {
                    item: Item::AnswerReversal(n, place),
                    receipt,
                }));
                let Some(receipt) = &results.receipt else { continue };
                found.push(FoundReceipt {
                    item: Item::AnswerReceipt(n, place),
                    receipt: receipt.clone(),
                    said: results.auth_status.clone(),
                });
            }
        }
        if evidence.answers.is_empty() {
            self.gaps.push(Gap::AnswerMissing);
        }
        let beside = evidence.auth_receipts.iter().enumerate();
        found.extend(beside.map(|(n, receipt)| FoundReceipt {
            item: Item::AuthReceipt(n),
            receipt: receipt.clone(),
            said: None,
        }));
        let beside = evidence.rev_receipts.iter().flat_map(|receipts| receipts.iter()).enumerate();
        reversals.extend(beside.map(|(n, receipt)| FoundReversal {
            item: Item::RevReceipt(n),
            receipt: receipt.clone(),
        }));
        Ok((found, reversals))
    }

    fn answer(
        &mut self,
        n: usize,
        signed: &SignedAnswer,
        parties: &Parties,
    ) -> Result<PResData, Reason> {
        let item = Item::Answer(n);
        let need = Need::sign(Roles::MER).of_brand(&parties.brand);
        let date = |data: &PResData| date_of(data).unwrap_or(parties.date);
        let held = self.archive.signed(item, &signed.answer, need, date)?;
        let data = &held.content;
        self.check_date(item, date(data))?;
        if data.trans_ids.xid != self.evidence.xid {
            return Err(Reason::broken(item, Rule::OtherPurchase));
        }
        if !parties.is_merchant(held.signer.certificate()) {
            return Err(Reason::broken(item, Rule::MerchantDiffers));
        }
        if !parties.has_ids(&data.trans_ids) {
            return Err(Reason::broken(item, Rule::IdsDiffer));
        }
        match &signed.inquiry {
            Some(inquiry) => self.check_inquiry(n, inquiry, data, parties)?,
            None => self.check_echo(item, data)?,
        }
        let payloads = data.p_res_payload_seq.iter();
        check_extensions(item, payloads.map(|payload| payload.p_rs_extensions.as_ref()))?;
        let codes = data.p_res_payload_seq.iter().map(|payload| payload.completion_code).collect();
        self.statements.push(held.states(Claim::Answered { codes }));
        Ok(held.content)
    }

    /// The answer to PReq repeats its RRPID and challenge.
    fn check_echo(&self, item: Item, data: &PResData) -> Result<(), Reason> {
        match &self.evidence.purchase.oi_data {
            Some(oi_data) if oi_data.rrpid == data.rrpid => {
                if oi_data.chall_c != data.chall_c {
                    return Err(Reason::broken(item, Rule::ChallengeDiffers));
                }
                Ok(())
            }
            _ => Err(Reason::broken(item, Rule::AnswerUnasked)),
        }
    }

    /// The answer to an inquiry repeats its RRPID and challenge, and whoever paid has asked.
    fn check_inquiry(
        &mut self,
        n: usize,
        inquiry: &Signed<InqReqData>,
        data: &PResData,
        parties: &Parties,
    ) -> Result<(), Reason> {
        let item = Item::Inquiry(n);
        let need = Need::sign(Roles::CARD).of_brand(&parties.brand);
        let date = date_of(data).unwrap_or(parties.date);
        let held = self.archive.signed(item, inquiry, need, |_| date)?;
        let asked = &held.content;
        if asked.trans_ids.xid != self.evidence.xid {
            return Err(Reason::broken(item, Rule::OtherPurchase));
        }
        if held.signer.certificate() != &parties.cardholder {
            return Err(Reason::broken(item, Rule::CardholderDiffers));
        }
        if asked.rrpid != data.rrpid {
            return Err(Reason::broken(Item::Answer(n), Rule::AnswerUnasked));
        }
        if asked.chall_c2 != data.chall_c {
            return Err(Reason::broken(Item::Answer(n), Rule::ChallengeDiffers));
        }
        check_extensions(item, [asked.inq_rq_extensions.as_ref()])
    }
}

/// The last date in an answer; PResData has none of its own.
fn date_of(data: &PResData) -> Option<Timestamp> {
    let results = data.p_res_payload_seq.iter().filter_map(|payload| payload.results.as_ref());
    let dates = results.flat_map(|results| {
        let authorized = results.auth_status.as_ref().map(|status| status.auth_date);
        let captured = results.cap_status.as_ref().map(|status| status.cap_date);
        [authorized, captured]
    });
    dates.flatten().max().map(|date| date.timestamp())
}
