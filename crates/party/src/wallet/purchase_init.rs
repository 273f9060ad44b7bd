//! PInitRes: the merchant's word, verified, before the cardholder signs anything.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::Oid;
use counterfoil_crypto::suite::Suite;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase_init::{PInitRes, PInitResData};
use counterfoil_message::primitive::LocalId;
use counterfoil_message::treatment::{self, Authentic, Check, Recipient};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::trust::{Need, Verified};
use counterfoil_pki::{Certificate, Roles};

use super::init_check::{Asked, judge};
use super::ledger::{Purchase, Sending};
use super::{Turn, Wallet};
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Refusal};

/// What PInitRes settled, verified.
pub(super) struct Settled {
    /// What the merchant signed.
    pub(super) data: PInitResData,
    /// The merchant.
    pub(super) merchant: Verified,
    /// Its merchant id.
    pub(super) merchant_id: String,
    /// The gateway to seal for.
    pub(super) gateway: Recipient,
    /// The suite.
    pub(super) suite: &'static Suite,
}

/// The digest of the order, kept with what it was made of.
pub(super) type Hod = DetachedDigest;

impl Wallet {
    pub(super) fn purchase_init_answered(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: &mut Purchase,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let Some(sending) = purchase.sending.clone() else { return Ok(()) };
        let settled = self.settle(turn, lid_c, purchase, &sending, wrapper)?;
        self.prepare_purchase(turn, lid_c, purchase, &sending, settled)?;
        self.send(turn, lid_c, purchase);
        Ok(())
    }

    fn settle(
        &mut self,
        turn: &mut Turn<'_, '_>,
        lid_c: &[u8],
        purchase: &Purchase,
        sending: &Sending,
        wrapper: &MessageWrapper,
    ) -> Result<Settled, Failed> {
        let PInitRes(signed) = wrapper.message.decode()?;
        let need = Need::sign(Roles::MER).of_brand(&purchase.brand);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let answer = treatment::verify(&signed, &mut check)?;
        let suites: Vec<Oid> = self.suites.iter().map(|suite| suite.oid).collect();
        let asked = Asked {
            rrpid: &sending.rrpid.0,
            lid_c: &LocalId::new(lid_c).map_err(unable)?,
            lid_m: &purchase.shown.lid_m.0,
            challenge: &sending.challenge.0,
            thumbs: purchase.thumbs.as_ref().map(|thumbs| &thumbs.0),
            suites: &suites,
        };
        let data = answer.content();
        judge(data, &asked)?;
        check_ids(&wrapper.header, InnerIds::of(&data.rrpid, &data.trans_ids))?;
        self.check_purchase_date(turn, data)?;
        let suite = Suite::by_oid(data.suite).map_err(unable)?;
        let gateway = self.gateway(turn, purchase, &answer, suite)?;
        let (data, merchant) = answer.into_parts();
        let merchant_id = merchant.certificate().merchant_data().map(|d| d.mer_id.clone());
        let merchant_id = merchant_id.ok_or_else(|| {
            let message = "the merchant's certificate names no merchant id";
            Refusal::new(ErrorCode::InvalidCertificate, "merchant-data-missing", message)
        })?;
        Ok(Settled { data, merchant, merchant_id, gateway, suite })
    }

    /// The date of the purchase, which the cardholder is about to sign, is today's.
    fn check_purchase_date(&self, turn: &Turn<'_, '_>, data: &PInitResData) -> Result<(), Refusal> {
        let off_ms =
            turn.env.now.as_millisecond() - data.trans_ids.p_req_date.timestamp().as_millisecond();
        let (code, message) = if off_ms > 0 {
            (ErrorCode::MessageTooOld, "the date of the purchase is in the past")
        } else {
            (ErrorCode::MessageTooNew, "the date of the purchase is in the future")
        };
        if off_ms.unsigned_abs() <= self.settings.clock_skew_ms_max {
            return Ok(());
        }
        Err(Refusal::new(code, "purchase-date", message))
    }

    /// The gateway's certificate that peThumb names: of a gateway, of the brand, for key
    /// exchange, and for the suite that was chosen.
    fn gateway(
        &mut self,
        turn: &mut Turn<'_, '_>,
        purchase: &Purchase,
        answer: &Authentic<PInitResData>,
        suite: &'static Suite,
    ) -> Result<Recipient, Failed> {
        let thumb = *answer.content().pe_thumb.thumbprint.as_bytes();
        let named = |certificate: &&Certificate| *certificate.thumb().as_bytes() == thumb;
        let certificate = answer.bag().iter().find(named).cloned().ok_or_else(|| {
            let message = "the gateway's certificate did not come along";
            Refusal::new(ErrorCode::MissingCertificate, "gateway-certificate-missing", message)
                .with_thumb(thumb)
        })?;
        let need = Need::exchange(Roles::PGWY).of_brand(&purchase.brand);
        self.trust
            .verify(&certificate, answer.bag(), turn.env.now, &need)
            .map_err(|error| Refusal::from(&error).with_thumb(thumb))?;
        let recipient = Recipient::new(&certificate)
            .map_err(|error| Refusal::of(ErrorCode::InvalidCertificate, &error))?;
        if recipient.suite() != suite {
            let message = "the gateway's certificate is of another suite than was chosen";
            let code = ErrorCode::UnspecifiedFailure;
            return Err(Refusal::new(code, "suite-mismatch", message).into());
        }
        Ok(recipient)
    }
}
