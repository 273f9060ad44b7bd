//! PCertReq: a merchant fetches the gateway's key-exchange certificate.

use counterfoil_message::exchange::gateway_certificate::{
    BrandAndBin, PCertCode, PCertReq, PCertReqData, PCertRes, PCertResItem, PCertResTbs,
};
use counterfoil_message::primitive::{BrandCrlIdentifier, CertThumb};
use counterfoil_message::treatment::{self, Authentic, Check, Sender};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Need;

use super::opening::other_merchant;
use super::response::unable;
use super::{Failed, Gateway, Outcome};
use crate::conversation::header::{header, wrap};
use crate::conversation::refusal::check_extensions;
use crate::conversation::{Refusal, Turn};
use crate::event::Event;

impl Gateway {
    /// Verifies the request and answers with the certificate for each brand that is served.
    pub(super) fn certificates(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let request: PCertReq = wrapper.message.decode().map_err(Refusal::from)?;
        let brand = self.settings.brand.clone();
        let need = Need::sign(Roles::MER).of_brand(&brand);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let authentic: Authentic<PCertReqData> =
            treatment::verify(&request.0, &mut check).map_err(Refusal::from)?;
        let data = authentic.content();
        let tags = &data.p_cert_rr_tags;
        if wrapper.header.rrpid.as_ref() != Some(&tags.rrpid) {
            return Err(Refusal::mismatch("RRPID").into());
        }
        check_extensions([data.p_c_rq_extensions.as_ref()])?;
        let named = tags.mer_term_ids.merchant_id.as_str();
        let certified = authentic.signer().certificate().merchant_data();
        if certified.is_none_or(|certified| certified.mer_id != named) {
            return Err(other_merchant(named).into());
        }
        let items: Vec<PCertResItem> =
            data.brand_and_bin_seq.iter().map(|asked| self.certificate_for(asked)).collect();
        turn.event(Event::info("certificates.sent").rrpid(tags.rrpid.as_bytes()));
        let bci = self.trust.bci(&brand).map(|bci| BrandCrlIdentifier(bci.content_info().clone()));
        let answer = PCertResTbs {
            p_cert_rr_tags: tags.clone(),
            p_cert_res_item_seq: items.into(),
            brand_crl_identifier_seq: bci.map(|bci| vec![bci].into()),
            p_c_rs_extensions: None,
        };
        let mut chain = self.identity.chain.clone();
        chain.push(self.exchange.certificate.clone());
        let crls: Vec<_> = self.trust.crls().cloned().collect();
        let sender = Sender { chain: &chain, crls: &crls, ..self.sender() };
        let signed = treatment::sign(&sender, &answer, turn.env.rng).map_err(unable)?;
        let signed = PCertRes(signed);
        let body = wrap(header(turn.env.now, None, tags.rrpid), &signed).map_err(unable)?;
        self.answer(turn, &tags.rrpid, "PCertRes", None, body)
    }

    fn certificate_for(&self, asked: &BrandAndBin) -> PCertResItem {
        let wanted = asked.brand_id.as_str().split(':').next().unwrap_or_default();
        if wanted != self.settings.brand {
            return PCertResItem { p_cert_code: PCertCode::BrandNotSupported, cert_thumb: None };
        }
        let thumb = CertThumb::new(*self.exchange.certificate.thumb().as_bytes());
        PCertResItem { p_cert_code: PCertCode::Success, cert_thumb: Some(thumb) }
    }
}
