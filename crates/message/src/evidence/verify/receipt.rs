//! The gateway's receipts: what it authorized, what it captured, and what that adds up to.

use std::collections::BTreeMap;

use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles};
use jiff::Timestamp;

use super::answer::FoundReceipt;
use super::purchase::Parties;
use super::{Examination, later};
use crate::container::Signed;
use crate::evidence::item::Item;
use crate::evidence::rule::Rule;
use crate::evidence::statement::{Claim, Gap};
use crate::evidence::verification::{Outcome, Reason};
use crate::exchange::authorization::AuthCode;
use crate::exchange::capture::CapCode;
use crate::exchange::purchase::{AuthReceipt, AuthStatus, CapReceipt};
use crate::instruction::PiHead;
use crate::primitive::{InstallRecurInd, Ratio, Rrpid};

/// What the receipts of authorizations say.
#[derive(Default)]
pub(super) struct Authorizations {
    /// Each once, by its id.
    receipts: BTreeMap<Rrpid, AuthReceipt>,
    /// Sum of the captures of each, in the unit of [`Ratio`].
    captured: BTreeMap<Rrpid, u64>,
    /// What reversals have left of each, in the same unit.
    left: BTreeMap<Rrpid, u64>,
}

impl Authorizations {
    pub(super) fn approved(&self) -> impl Iterator<Item = &AuthReceipt> {
        self.receipts.values().filter(|receipt| receipt.auth_code == AuthCode::Approved)
    }

    /// Takes note of a reversal; of several, the one that leaves the least counts.
    pub(super) fn reduce(&mut self, rrpid: Rrpid, left: u64) {
        let known = self.left.entry(rrpid).or_insert(left);
        *known = left.min(*known);
    }

    /// What is authorized in the end.
    fn standing(&self, receipt: &AuthReceipt) -> u64 {
        let left = self.left.get(&receipt.auth_rrpid).copied();
        left.map_or(part(receipt), |left| left.min(part(receipt)))
    }
}

impl Examination<'_> {
    /// Verifies the receipts of authorizations.
    pub(super) fn authorizations(
        &mut self,
        parties: &Parties,
        found: &[FoundReceipt],
    ) -> Result<Authorizations, Reason> {
        let mut authorizations = Authorizations::default();
        for FoundReceipt { item, receipt, said } in found {
            let receipt = self.authorization(*item, receipt, parties, &mut authorizations)?;
            if said.as_ref().is_some_and(|said| differs(said, &receipt)) {
                self.gaps.push(Gap::AnswerDiffers(*item));
            }
        }
        let dates = authorizations.approved().map(|receipt| receipt.auth_date.timestamp());
        if let Some(first) = dates.min() {
            self.check_payers_standing(parties, first)?;
        }
        let sum: u64 = authorizations.approved().map(part).sum();
        let rounding = authorizations.receipts.len() as u64;
        if sum > Ratio::ONE.get() + rounding && !self.is_recurring() {
            self.gaps.push(Gap::AuthorizedAbovePrice);
        }
        Ok(authorizations)
    }

    fn authorization(
        &mut self,
        item: Item,
        signed: &Signed<AuthReceipt>,
        parties: &Parties,
        authorizations: &mut Authorizations,
    ) -> Result<AuthReceipt, Reason> {
        let need = Need::sign(Roles::PGWY).of_brand(&parties.brand);
        let date = |receipt: &AuthReceipt| receipt.auth_date.timestamp();
        let held = self.archive.signed(item, signed, need, date)?;
        let receipt = &held.content;
        self.check_authorization(item, receipt, held.signer.certificate(), parties)?;
        match authorizations.receipts.get(&receipt.auth_rrpid) {
            Some(other) if other != receipt => {
                return Err(Reason::broken(item, Rule::ReceiptsDiffer));
            }
            Some(_) => return Ok(held.content),
            None => authorizations.receipts.insert(receipt.auth_rrpid, receipt.clone()),
        };
        if receipt.captured && receipt.auth_code == AuthCode::Approved {
            authorizations.captured.insert(receipt.auth_rrpid, part(receipt));
        }
        let amount = |ratio: Ratio| ratio.part_of(&parties.price?);
        self.statements.push(held.states(Claim::Authorized {
            code: receipt.auth_code,
            ratio: receipt.auth_ratio,
            amount: receipt.auth_ratio.and_then(amount),
            rrpid: receipt.auth_rrpid,
            date: date(receipt),
            captured: receipt.captured,
        }));
        Ok(held.content)
    }

    fn check_authorization(
        &self,
        item: Item,
        receipt: &AuthReceipt,
        signer: &Certificate,
        parties: &Parties,
    ) -> Result<(), Reason> {
        let broken = |rule| Err(Reason::broken(item, rule));
        if receipt.xid != self.evidence.xid {
            return broken(Rule::OtherPurchase);
        }
        if signer.subject() != parties.gateway.subject() {
            return broken(Rule::GatewayDiffers);
        }
        let merchant = self.archive.certificate(receipt.merchant_cert_hash.as_bytes());
        let is_merchant = receipt.merchant_id.as_str() == parties.merchant_id
            && merchant.is_some_and(|certificate| parties.is_merchant(certificate));
        if !is_merchant {
            return broken(Rule::MerchantDiffers);
        }
        if receipt.p_req_date != parties.trans_ids.p_req_date {
            return broken(Rule::IdsDiffer);
        }
        if receipt.hod != parties.hod {
            return broken(Rule::OrderDiffers);
        }
        let date = receipt.auth_date.timestamp();
        self.check_date(item, date)?;
        if parties.date > later(date) {
            return broken(Rule::DateOrder);
        }
        Ok(())
    }

    /// The gateway's date is the first that neither cardholder nor merchant has chosen: their
    /// certificates were good then, too.
    fn check_payers_standing(&mut self, parties: &Parties, date: Timestamp) -> Result<(), Reason> {
        for (certificate, role) in
            [(&parties.cardholder, Roles::CARD), (&parties.merchant, Roles::MER)]
        {
            let need = Need::sign(role).of_brand(&parties.brand);
            self.archive.certificate_held(Item::Purchase, certificate, date, need)?;
        }
        Ok(())
    }

    /// Verifies the receipts of captures; gives what it all adds up to, if there is anything.
    pub(super) fn captures(
        &mut self,
        parties: &Parties,
        mut authorizations: Authorizations,
    ) -> Result<Option<Outcome>, Reason> {
        let evidence = self.evidence;
        let mut seen: Vec<CapReceipt> = Vec::new();
        for (n, signed) in evidence.cap_receipts.iter().enumerate() {
            let receipt = self.capture(Item::CapReceipt(n), signed, parties, &authorizations)?;
            // The same words under another signature are the same capture.
            if !seen.contains(&receipt.0) {
                if receipt.0.cap_code == CapCode::Success {
                    *authorizations.captured.entry(receipt.0.auth_rrpid).or_default() +=
                        receipt.0.cap_ratio.unwrap_or(Ratio::ONE).get();
                }
                self.statements.push(receipt.1);
                seen.push(receipt.0);
            }
        }
        let outcome = self.outcome(&authorizations);
        if outcome == Some(Outcome::Authorized) {
            self.gaps.push(Gap::CaptureMissing);
        }
        Ok(outcome)
    }

    fn capture(
        &mut self,
        item: Item,
        signed: &Signed<CapReceipt>,
        parties: &Parties,
        authorizations: &Authorizations,
    ) -> Result<(CapReceipt, crate::evidence::Statement), Reason> {
        let need = Need::sign(Roles::PGWY).of_brand(&parties.brand);
        let date = |receipt: &CapReceipt| receipt.cap_date.timestamp();
        let held = self.archive.signed(item, signed, need, date)?;
        let receipt = &held.content;
        self.check_capture(item, receipt, held.signer.certificate(), parties)?;
        let authorization = authorizations.approved().find(|a| a.auth_rrpid == receipt.auth_rrpid);
        let Some(authorization) = authorization else {
            return Err(Reason::broken(item, Rule::CaptureUnlinked));
        };
        if authorization.auth_date.timestamp() > later(date(receipt)) {
            return Err(Reason::broken(item, Rule::DateOrder));
        }
        let amount = |ratio: Ratio| ratio.part_of(&parties.price?);
        let statement = held.states(Claim::Captured {
            code: receipt.cap_code,
            ratio: receipt.cap_ratio,
            amount: receipt.cap_ratio.and_then(amount),
            rrpid: receipt.auth_rrpid,
            date: date(receipt),
        });
        Ok((held.content, statement))
    }

    fn check_capture(
        &self,
        item: Item,
        receipt: &CapReceipt,
        signer: &Certificate,
        parties: &Parties,
    ) -> Result<(), Reason> {
        let broken = |rule| Err(Reason::broken(item, rule));
        if receipt.xid != self.evidence.xid {
            return broken(Rule::OtherPurchase);
        }
        if signer.subject() != parties.gateway.subject() {
            return broken(Rule::GatewayDiffers);
        }
        if receipt.merchant_id.as_str() != parties.merchant_id {
            return broken(Rule::MerchantDiffers);
        }
        if receipt.hod.is_some_and(|hod| hod != parties.hod) {
            return broken(Rule::OrderDiffers);
        }
        self.check_date(item, receipt.cap_date.timestamp())
    }

    fn outcome(&mut self, authorizations: &Authorizations) -> Option<Outcome> {
        let standing = |receipt| authorizations.standing(receipt);
        let authorized: u64 = authorizations.approved().map(standing).sum();
        if authorizations.receipts.is_empty() {
            return None;
        }
        if authorizations.approved().next().is_none() {
            return Some(Outcome::Declined);
        }
        let above = authorizations.approved().any(|receipt| {
            let captured = authorizations.captured.get(&receipt.auth_rrpid);
            // Each part was rounded to the next billionth.
            captured.is_some_and(|sum| {
                *sum > standing(receipt) + self.evidence.cap_receipts.len() as u64
            })
        });
        if above {
            self.gaps.push(Gap::CapturedAboveAuthorized);
        }
        let captured: u64 = authorizations.captured.values().sum();
        let rounding = self.evidence.cap_receipts.len() as u64;
        Some(match authorizations.captured.is_empty() {
            true if authorized == 0 => Outcome::Voided,
            true => Outcome::Authorized,
            false if captured + rounding < authorized => Outcome::PartlyCaptured,
            false => Outcome::Captured,
        })
    }

    /// Did the cardholder agree to a payment that repeats, as far as the file shows?
    fn is_recurring(&self) -> bool {
        let head: Option<&PiHead> = self.evidence.purchase.pi_data.as_ref().map(|pi| &pi.pi_head);
        let instructed = head.and_then(|head| head.install_recur_data.as_ref());
        let ordered = self.evidence.order.as_ref().and_then(|o| o.install_recur_data.as_ref());
        [instructed, ordered]
            .into_iter()
            .flatten()
            .any(|terms| matches!(terms.install_recur_ind, InstallRecurInd::Recurring(_)))
    }
}

/// Does the merchant say something else than the gateway?
fn differs(said: &AuthStatus, receipt: &AuthReceipt) -> bool {
    let ratio = receipt.auth_ratio.unwrap_or(said.auth_ratio);
    said.auth_code != receipt.auth_code || said.auth_ratio != ratio
}

/// The authorized part; an order without a price is authorized whole.
fn part(receipt: &AuthReceipt) -> u64 {
    receipt.auth_ratio.unwrap_or(Ratio::ONE).get()
}
