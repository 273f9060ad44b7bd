//! CardCInitReq -> CardCInitRes: a wallet gets to know the CA (SET 1.0 Book 2, part II).
//!
//! 1. decode; header against message;
//! 2. the brand is the one of this CA, else there is nobody here by that name: `invalidCertificate`
//!    would blame the wallet's certificates, so it is `unspecifiedFailure`;
//! 3. answer with certificates, CRLs and BCI that the wallet lacks, the challenge under signature.
//!
//! Nothing is remembered but the answer: LID-CA is given with the form.

use counterfoil_message::exchange::card_init::{CardCInitReq, CardCInitRes, CardCInitResTbs};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::primitive::BrandId;
use counterfoil_message::treatment;
use counterfoil_pki::hierarchy::same_brand;

use super::CertificateAuthority;
use super::answer::{answering, check_inner, wrapped};
use super::request::{Answered, Incoming};
use crate::conversation::Failed;
use crate::conversation::Refusal;
use crate::event::Event;
use crate::machine::Env;

impl CertificateAuthority {
    pub(super) fn card_init(
        &self,
        incoming: &Incoming<'_>,
        env: &mut Env<'_>,
    ) -> Result<Answered, Failed> {
        let request: CardCInitReq = incoming.decode()?;
        check_inner(incoming.header(), &request.rrpid, &request.lid_ee)?;
        self.check_brand(&request.brand_id)?;
        let along = self.along(request.thumbs.as_ref(), env)?;
        let header = answering(incoming, &request.lid_ee, env);
        let content = CardCInitResTbs {
            rrpid: request.rrpid,
            lid_ee: request.lid_ee,
            chall_ee: request.chall_ee,
            lid_ca: None,
            cae_thumb: self.cae_thumb()?,
            brand_crl_identifier: along.bci.clone(),
            thumbs: request.thumbs,
        };
        let signed =
            self.with_sender(&along, &[], |sender| treatment::sign(sender, &content, env.rng))?;
        Ok(Answered {
            message: "CardCInitRes",
            body: wrapped(header, &CardCInitRes(signed))?,
            event: Event::info("registration.asked").with("applicant", "cardholder"),
        })
    }

    /// The brand that somebody wants to register with is the one of this CA.
    pub(super) fn check_brand(&self, brand: &BrandId) -> Result<(), Refusal> {
        if same_brand(brand.as_str(), &self.config.brand) {
            return Ok(());
        }
        let message = "this certificate authority works for another brand";
        Err(Refusal::new(ErrorCode::UnspecifiedFailure, "brand-not-served", message))
    }
}
