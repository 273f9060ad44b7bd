//! The cardholder's signature, its two halves, the merchant's offer and the order.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::PROTOCOL_DUAL_SIGNATURE;
use counterfoil_crypto::suite::Suite;
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Roles};
use jiff::Timestamp;

use super::Examination;
use super::archive::Held;
use crate::codec::EncodeError;
use crate::evidence::format::{Exporter, SignedPurchase};
use crate::evidence::item::Item;
use crate::evidence::rule::Rule;
use crate::evidence::statement::{Claim, Gap};
use crate::evidence::verification::Reason;
use crate::exchange::purchase::HodInput;
use crate::exchange::purchase_init::PInitResData;
use crate::instruction::PiTbs;
use crate::primitive::{CurrencyAmount, MsgExtensions, TransIds, structure};
use crate::treatment::{self, Authentic, digest_of};

/// Who pays whom through whom, for what, and when, as the cardholder has signed it.
pub(super) struct Parties {
    pub(super) cardholder: Certificate,
    /// The merchant's signature certificate.
    pub(super) merchant: Certificate,
    /// Id that the acquirer gave the merchant.
    pub(super) merchant_id: String,
    /// The gateway's key-exchange certificate.
    pub(super) gateway: Certificate,
    /// The brand of the gateway's certificate.
    pub(super) brand: String,
    /// Date of the purchase.
    pub(super) date: Timestamp,
    pub(super) trans_ids: TransIds,
    /// DD(HODInput).
    pub(super) hod: DetachedDigest,
    /// The price, once it is known.
    pub(super) price: Option<CurrencyAmount>,
}

impl Parties {
    /// Is this a certificate of the party in that role? A renewed one is.
    pub(super) fn has(&self, role: Exporter, certificate: &Certificate) -> bool {
        match role {
            Exporter::Wallet => certificate.subject() == self.cardholder.subject(),
            Exporter::Merchant => self.is_merchant(certificate),
            Exporter::Gateway => certificate.subject() == self.gateway.subject(),
        }
    }

    /// Is this a certificate of the same merchant?
    pub(super) fn is_merchant(&self, certificate: &Certificate) -> bool {
        merchant_id(certificate) == Some(self.merchant_id.as_str())
            && certificate.subject() == self.merchant.subject()
    }

    /// Ids of the same purchase? The network's id may be filled in on the way.
    pub(super) fn has_ids(&self, ids: &TransIds) -> bool {
        let own = TransIds { pay_sys_id: ids.pay_sys_id.clone(), ..self.trans_ids.clone() };
        own == *ids
    }
}

impl Examination<'_> {
    /// The dual signature: what is signed, by whom, for whom.
    pub(super) fn purchase(&mut self) -> Result<Parties, Reason> {
        let purchase = &self.evidence.purchase;
        let tbs = &purchase.pi_tbs;
        let broken = |rule| Reason::broken(Item::Purchase, rule);
        if tbs.xid != self.evidence.xid {
            return Err(broken(Rule::OtherPurchase));
        }
        let (trans_ids, hod) = self.halves(purchase)?;
        let date = trans_ids.p_req_date.timestamp();
        self.check_date(Item::Purchase, date)?;
        let gateway = self.archive.named(&tbs.gateway_cert_hash, Item::Purchase)?;
        let merchant = self.archive.named(&tbs.merchant_cert_hash, Item::Purchase)?;
        let brand = gateway.brand().unwrap_or_default().to_owned();
        let is_suite = Suite::by_oid(tbs.suite).is_ok();
        if tbs.protocol != PROTOCOL_DUAL_SIGNATURE || !is_suite || tbs.brand_id.as_str() != brand {
            return Err(broken(Rule::ContextDiffers));
        }
        let cardholder = self.cardholder(tbs, date, &brand)?;
        for (certificate, need) in
            [(&merchant, Need::sign(Roles::MER)), (&gateway, Need::exchange(Roles::PGWY))]
        {
            let need = need.of_brand(&brand);
            self.archive.certificate_held(Item::Purchase, certificate, date, need)?;
        }
        let merchant_id = merchant_id(&merchant).unwrap_or_default().to_owned();
        let parties = Parties {
            cardholder: cardholder.signer.certificate().clone(),
            merchant,
            merchant_id,
            gateway,
            brand,
            date,
            trans_ids,
            hod,
            price: None,
        };
        self.statements.push(cardholder.states(Claim::Ordered {
            merchant_id: parties.merchant_id.clone(),
            gateway: parties.gateway.subject().to_string(),
            brand: parties.brand.clone(),
            order_hash: parties.hod.digest,
        }));
        self.amounts(parties, &cardholder)
    }

    fn cardholder(
        &mut self,
        tbs: &PiTbs,
        date: Timestamp,
        brand: &str,
    ) -> Result<Held<PiTbs>, Reason> {
        let signature = &self.evidence.purchase.pi_signature;
        let need = Need::sign(Roles::CARD).of_brand(brand);
        self.archive.held(Item::Purchase, date, need, |check| {
            treatment::verify_detached(signature, tbs.clone(), check).map(Authentic::into_parts)
        })
    }

    /// Ids and hod, from whichever half is there; with both, from both.
    fn halves(&self, purchase: &SignedPurchase) -> Result<(TransIds, DetachedDigest), Reason> {
        let tbs = &purchase.pi_tbs;
        let order = purchase.oi_data.as_ref().map(|oi_data| {
            let item = Item::OrderHalf;
            let digest = digest_of(oi_data).map_err(unencodable(item))?;
            if digest != tbs.h_oi_data {
                return Err(Reason::broken(item, Rule::OrderHalfDiffers));
            }
            check_extensions(item, [oi_data.oi_extensions.as_ref()])?;
            Ok((item, &oi_data.trans_ids, oi_data.hod))
        });
        let instruction = purchase.pi_data.as_ref().map(|pi_data| {
            let item = Item::InstructionHalf;
            let digest = digest_of(pi_data).map_err(unencodable(item))?;
            if digest != tbs.h_pi_data {
                return Err(Reason::broken(item, Rule::InstructionHalfDiffers));
            }
            let head = &pi_data.pi_head;
            check_extensions(item, [head.pi_extensions.as_ref()])?;
            Ok((item, &head.trans_ids, head.inputs.hod))
        });
        let halves = [order.transpose()?, instruction.transpose()?];
        let mut halves = halves.into_iter().flatten();
        let missing = || Reason::broken(Item::Purchase, Rule::HalvesMissing);
        let (item, ids, hod) = halves.next().ok_or_else(missing)?;
        if ids.xid != self.evidence.xid {
            return Err(Reason::broken(item, Rule::OtherPurchase));
        }
        if let Some((item, other_ids, other_hod)) = halves.next() {
            if other_ids != ids {
                return Err(Reason::broken(item, Rule::IdsDiffer));
            }
            if other_hod != hod {
                return Err(Reason::broken(item, Rule::OrderDiffers));
            }
        }
        Ok((ids.clone(), hod))
    }

    /// What the instruction half and the order say of the price.
    fn amounts(
        &mut self,
        mut parties: Parties,
        cardholder: &Held<PiTbs>,
    ) -> Result<Parties, Reason> {
        match &self.evidence.purchase.pi_data {
            Some(pi_data) => {
                let head = &pi_data.pi_head;
                if head.merchant_id.as_str() != parties.merchant_id {
                    return Err(Reason::broken(Item::InstructionHalf, Rule::MerchantDiffers));
                }
                let amount = head.inputs.purch_amt;
                parties.price = Some(amount);
                self.statements.push(cardholder.states(Claim::Instructed { amount }));
            }
            None => self.gaps.push(Gap::InstructionMissing),
        }
        match &self.evidence.order {
            Some(order) => {
                let amount = check_order(order, &parties)?;
                parties.price = Some(amount);
                let text = String::from_utf8_lossy(order.od.as_bytes()).into_owned();
                self.statements.push(cardholder.states(Claim::OrderText { text, amount }));
            }
            None => self.gaps.push(Gap::OrderMissing),
        }
        if self.evidence.purchase.oi_data.is_none() {
            self.gaps.push(Gap::OrderHalfMissing);
        }
        Ok(parties)
    }

    /// PInitRes: the merchant offered this purchase on these terms.
    pub(super) fn offer(&mut self, parties: &Parties) -> Result<(), Reason> {
        let Some(offer) = &self.evidence.offer else {
            self.gaps.push(Gap::OfferMissing);
            return Ok(());
        };
        let need = Need::sign(Roles::MER).of_brand(&parties.brand);
        let held = self.archive.signed(Item::Offer, offer, need, |_| parties.date)?;
        self.check_terms(&held.content, parties)?;
        check_extensions(Item::Offer, [held.content.pi_rs_extensions.as_ref()])?;
        if held.signer.certificate() != &parties.merchant {
            return Err(Reason::broken(Item::Offer, Rule::MerchantDiffers));
        }
        let names = parties.merchant.merchant_data().and_then(|data| data.mer_names.first());
        let statement = held.states(Claim::Offered {
            merchant_id: parties.merchant_id.clone(),
            merchant_name: names.map(|names| names.name.clone()).unwrap_or_default(),
            date: parties.date,
            gateway: parties.gateway.subject().to_string(),
        });
        self.statements.insert(0, statement);
        Ok(())
    }

    fn check_terms(&self, data: &PInitResData, parties: &Parties) -> Result<(), Reason> {
        let broken = |rule| Err(Reason::broken(Item::Offer, rule));
        let tbs = &self.evidence.purchase.pi_tbs;
        if data.trans_ids.xid != self.evidence.xid {
            return broken(Rule::OtherPurchase);
        }
        if !parties.has_ids(&data.trans_ids) {
            return broken(Rule::IdsDiffer);
        }
        if let Some(oi_data) = &self.evidence.purchase.oi_data
            && (oi_data.chall_c != data.chall_c || oi_data.chall_m != Some(data.chall_m))
        {
            return broken(Rule::ChallengeDiffers);
        }
        if data.pe_thumb.thumbprint != tbs.gateway_cert_hash {
            return broken(Rule::GatewayDiffers);
        }
        if data.suite != tbs.suite || !data.suites.contains(&data.suite) {
            return broken(Rule::SuiteDiffers);
        }
        Ok(())
    }
}

/// The order that hod stands for; gives its price.
fn check_order(order: &HodInput, parties: &Parties) -> Result<CurrencyAmount, Reason> {
    let digest = digest_of(order).map_err(unencodable(Item::Order))?;
    if digest != parties.hod {
        return Err(Reason::broken(Item::Order, Rule::OrderDiffers));
    }
    if parties.price.is_some_and(|price| price != order.purch_amt) {
        return Err(Reason::broken(Item::Order, Rule::AmountDiffers));
    }
    check_extensions(Item::Order, [order.od_extensions.as_ref()])?;
    Ok(order.purch_amt)
}

/// Id of the merchant that a certificate is of.
fn merchant_id(certificate: &Certificate) -> Option<&str> {
    certificate.merchant_data().map(|data| data.mer_id.as_str())
}

fn unencodable(item: Item) -> impl Fn(EncodeError) -> Reason {
    move |error| Reason::of(item, &error)
}

/// No critical extension is understood here, for none is defined.
pub(super) fn check_extensions<'e>(
    item: Item,
    lists: impl IntoIterator<Item = Option<&'e MsgExtensions>>,
) -> Result<(), Reason> {
    let unknown =
        lists.into_iter().flatten().any(|list| structure::unknown_critical(list, &[]).is_some());
    if unknown { Err(Reason::broken(item, Rule::ExtensionUnrecognized)) } else { Ok(()) }
}
