//! The gateway's receipts of reversals: what of an authorization was given back.

use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles};

use super::answer::FoundReversal;
use super::purchase::Parties;
use super::receipt::Authorizations;
use super::{Examination, later};
use crate::container::Signed;
use crate::evidence::Statement;
use crate::evidence::item::Item;
use crate::evidence::rule::Rule;
use crate::evidence::statement::Claim;
use crate::evidence::verification::Reason;
use crate::exchange::purchase::AuthRevReceipt;
use crate::primitive::Ratio;

impl Examination<'_> {
    /// Verifies the receipts of reversals and takes what they gave back from the authorizations.
    pub(super) fn reversals(
        &mut self,
        parties: &Parties,
        found: &[FoundReversal],
        authorizations: &mut Authorizations,
    ) -> Result<(), Reason> {
        let mut seen: Vec<AuthRevReceipt> = Vec::new();
        for FoundReversal { item, receipt } in found {
            let (receipt, statement) = self.reversal(*item, receipt, parties, authorizations)?;
            // The same words under another signature are the same reversal.
            if !seen.contains(&receipt) {
                let left = receipt.auth_ratio.map_or(0, Ratio::get);
                authorizations.reduce(receipt.auth_rrpid, left);
                self.statements.push(statement);
                seen.push(receipt);
            }
        }
        Ok(())
    }

    fn reversal(
        &mut self,
        item: Item,
        signed: &Signed<AuthRevReceipt>,
        parties: &Parties,
        authorizations: &Authorizations,
    ) -> Result<(AuthRevReceipt, Statement), Reason> {
        let need = Need::sign(Roles::PGWY).of_brand(&parties.brand);
        let date = |receipt: &AuthRevReceipt| receipt.rev_date.timestamp();
        let held = self.archive.signed(item, signed, need, date)?;
        let receipt = &held.content;
        self.check_reversal(item, receipt, held.signer.certificate(), parties)?;
        let authorization = authorizations.approved().find(|a| a.auth_rrpid == receipt.auth_rrpid);
        let Some(authorization) = authorization else {
            return Err(Reason::broken(item, Rule::ReversalUnlinked));
        };
        if authorization.auth_date.timestamp() > later(date(receipt)) {
            return Err(Reason::broken(item, Rule::DateOrder));
        }
        let amount = |ratio: Ratio| ratio.part_of(&parties.price?);
        let statement = held.states(Claim::Reversed {
            ratio: receipt.auth_ratio,
            amount: receipt.auth_ratio.and_then(amount),
            rrpid: receipt.auth_rrpid,
            date: date(receipt),
        });
        Ok((held.content, statement))
    }

    fn check_reversal(
        &self,
        item: Item,
        receipt: &AuthRevReceipt,
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
        if receipt.hod != parties.hod {
            return broken(Rule::OrderDiffers);
        }
        self.check_date(item, receipt.rev_date.timestamp())
    }
}
