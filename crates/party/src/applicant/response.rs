//! What all answers of a CA have in common: who signed, what they must repeat, Errors.
//!
//! The order is SET's (SET 1.0 Book 2, response processing): the signature, without which nothing
//! in the answer counts; header against message; RRPID; LID-EE; thumbs; challenge.

use counterfoil_message::exchange::error_message::{ErrorCode, ErrorMessage};
use counterfoil_message::primitive::{
    CertThumb, Challenge, Digest, DigestAlgorithm, LocalId, Rrpid, Thumbs,
};
use counterfoil_message::treatment::Check;
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};
use counterfoil_pki::trust::{Need, Trust};
use counterfoil_pki::{Certificate, Roles, Thumb};
use jiff::Timestamp;

use super::Applicant;
use super::command::Outcome;
use super::ledger::{Registration, Said, Sending, Step};
use crate::ca::Applicant as Registrant;
use crate::conversation::error_message::{believed, is_error};
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::{Failed, Refusal, Turn};

/// What an answer repeats.
pub(super) struct Echo<'a> {
    pub(super) rrpid: &'a Rrpid,
    pub(super) lid_ee: &'a LocalId,
    pub(super) thumbs: Option<&'a Thumbs>,
    pub(super) challenge: &'a Challenge,
}

impl Echo<'_> {
    /// Compares it with the header around it and with what was sent.
    pub(super) fn check(
        &self,
        header: &MessageHeader,
        sent: &Sending,
        lid_ee: &[u8],
    ) -> Result<(), Refusal> {
        let (rrpid, lid_c) = (self.rrpid, Some(self.lid_ee));
        check_ids(header, InnerIds { rrpid, lid_c, lid_m: None, xid: None })?;
        if *rrpid != sent.rrpid.0 {
            let message = "the answer is to another request";
            return Err(Refusal::new(ErrorCode::UnknownRrpid, "rrpid-unknown", message));
        }
        if self.lid_ee.as_bytes() != lid_ee {
            let message = "LID-EE is not the one of the request";
            return Err(Refusal::new(ErrorCode::UnknownLid, "label-unknown", message));
        }
        if self.thumbs != sent.thumbs.as_ref().map(|thumbs| &thumbs.0) {
            let message = "the echo of the thumbs is not what was sent";
            return Err(Refusal::new(ErrorCode::ThumbsMismatch, "thumbs-mismatch", message));
        }
        if *self.challenge != sent.challenge.0 {
            let message = "the echo of the challenge is not what was sent";
            return Err(Refusal::new(ErrorCode::ChallengeMismatch, "challenge-mismatch", message));
        }
        Ok(())
    }
}

impl Applicant {
    /// Handles an answer according to where the registration stands.
    pub(super) fn receive(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        record: Registration,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        if is_error(&wrapper.message) {
            return self.error_received(turn, lid_ee, record, wrapper);
        }
        match (record.step, &record.who) {
            (Step::Init, Registrant::Cardholder { .. }) => {
                self.card_init_answered(turn, lid_ee, record, wrapper)
            }
            (Step::Init, _) => self.merchant_init_answered(turn, lid_ee, record, wrapper),
            (Step::Form, _) => self.reg_form_answered(turn, lid_ee, record, wrapper),
            (Step::Request, _) => self.certificates_answered(turn, lid_ee, record, wrapper),
            (Step::Inquiry, _) => self.inquiry_answered(turn, lid_ee, record, wrapper),
            _ => Ok(()),
        }
    }

    /// An Error of the CA ends the registration when the CA has signed it. Who else could send
    /// one is anybody on the way.
    fn error_received(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let Some(sent) = &record.sending else { return Ok(()) };
        let rrpid = sent.rrpid.0;
        let mut check = check(&mut self.trust, &record, turn.env.now);
        match believed(wrapper, &rrpid, &mut check).map(|(code, _)| code) {
            Ok(ErrorCode::UnspecifiedFailure) => {
                Ok(self.retry(turn, lid_ee, record, "the CA could not process the request")?)
            }
            Ok(code) => {
                record.said = Said {
                    id: code.name().to_owned(),
                    message: Some(format!("the CA could not process the request: {code}")),
                    ..Said::default()
                };
                Ok(self.settle(turn, lid_ee, record, Step::Failed)?)
            }
            Err(refusal) => {
                let claimed = claimed_code(wrapper);
                let reason = format!("an Error came ({claimed}) that {}", refusal.message);
                Ok(self.retry(turn, lid_ee, record, &reason)?)
            }
        }
    }

    /// The key-exchange certificate that the CA names, verified.
    pub(super) fn exchange_of(
        &mut self,
        record: &Registration,
        thumb: &CertThumb,
        bag: &[Certificate],
        now: Timestamp,
    ) -> Result<Certificate, Refusal> {
        let thumb = Thumb(*thumb.thumbprint.as_bytes());
        let found = bag.iter().find(|certificate| certificate.thumb() == thumb);
        let found = found.or_else(|| self.trust.certificate(thumb)).cloned();
        let found = found.ok_or_else(|| {
            let message = "the CA's key-exchange certificate did not come along";
            Refusal::new(ErrorCode::MissingCertificate, "certificate-missing", message)
        })?;
        let need = Need::exchange(ca_role(&record.who)).of_brand(&record.brand);
        self.trust
            .verify(&found, bag, now, &need)
            .map_err(|error| Refusal::from(&error).with_thumb(*thumb.as_bytes()))?;
        Ok(found)
    }

    /// Thumbs of what survives a crash for certain: the roots.
    pub(super) fn thumbs(&self) -> Thumbs {
        let roots = self.trust.roots().iter();
        let digests: Vec<Digest> =
            roots.map(|root| Digest::new(*root.thumb().as_bytes())).collect();
        Thumbs {
            digest_algorithm: DigestAlgorithm::Sha256,
            cert_thumbs: Some(digests.into()),
            crl_thumbs: None,
            brand_crl_id_thumbs: None,
        }
    }
}

/// What the signer of an answer has to be: a CA of this brand and for such applicants.
pub(super) fn check<'a>(
    trust: &'a mut Trust,
    record: &'a Registration,
    now: Timestamp,
) -> Check<'a> {
    Check { trust, now, need: Need::sign(ca_role(&record.who)).of_brand(&record.brand) }
}

/// Which CA certifies whom.
fn ca_role(who: &Registrant) -> Roles {
    match who {
        Registrant::Cardholder { .. } => Roles::CCA,
        Registrant::Merchant { .. } => Roles::MCA,
        Registrant::Gateway { .. } => Roles::PCA,
    }
}

/// The code in an Error that nobody vouches for, to be read by people.
fn claimed_code(wrapper: &MessageWrapper) -> &'static str {
    match wrapper.message.decode::<ErrorMessage>() {
        Ok(ErrorMessage::Unsigned(error)) => error.error_code.name(),
        Ok(ErrorMessage::Signed(_)) => "signed",
        Err(_) => "unreadable",
    }
}
