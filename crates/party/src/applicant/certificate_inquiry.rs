//! CertInqReq -> CertInqRes: was the pended request decided? (SET 1.0 Book 2)

use counterfoil_crypto::key::KeyUse;
use counterfoil_message::exchange::certificate_inquiry::{CertInqReq, CertInqReqTbs, CertInqRes};
use counterfoil_message::exchange::certificate_request::CertRes;
use counterfoil_message::primitive::{Challenge, LocalId, Rrpid};
use counterfoil_message::treatment::registration::sign_by_key;
use counterfoil_message::wrapper::MessageWrapper;

use super::Applicant;
use super::call::Outgoing;
use super::command::{CommandError, Outcome};
use super::ledger::{Registration, Step, unreadable};
use crate::ca::applicant_ids;
use crate::conversation::header::{header, wrap};
use crate::conversation::refusal::unable;
use crate::conversation::{Failed, Turn};
use crate::machine::Env;
use crate::records::RecordsError;

impl Applicant {
    /// Asks the CA; whoever waits is told the answer.
    pub(super) fn inquire(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        record: Registration,
    ) -> Result<Result<(), CommandError>, RecordsError> {
        match self.inquiry(&record, lid_ee, turn.env) {
            Ok(outgoing) => {
                self.send(turn, lid_ee, record, Step::Inquiry, outgoing)?;
                Ok(Ok(()))
            }
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                self.waiting.remove(lid_ee);
                Ok(Err(CommandError::Unable(refusal.message)))
            }
        }
    }

    fn inquiry(
        &self,
        record: &Registration,
        lid_ee: &[u8],
        env: &mut Env<'_>,
    ) -> Result<Outgoing, Failed> {
        let secrets = self.open_secrets(lid_ee, record)?;
        let opened = record.opened.as_ref().ok_or_else(|| unreadable("no form is open"))?;
        // The key that signed the request: the new one, or the present one where no new
        // signature key was made.
        let present = secrets.present.as_ref().map(|present| &present.key);
        let pair = self.key(secrets.sign_key.as_ref().or(present), KeyUse::Sign)?;
        let pair = pair.ok_or_else(|| unreadable("the key of the request is missing"))?;
        let key = pair.signing_key().map_err(unable)?;
        let lid_ee = LocalId::new(lid_ee).map_err(unable)?;
        let content = CertInqReqTbs {
            rrpid: Rrpid::random(env.rng),
            lid_ee: lid_ee.clone(),
            chall_ee3: Challenge::random(env.rng),
            lid_ca: LocalId::new(&opened.lid_ca.0).map_err(unable)?,
        };
        let signed = sign_by_key(key.as_ref(), &content, env.rng)?;
        let header = header(env.now, Some(applicant_ids(lid_ee)), content.rrpid);
        Ok(Outgoing {
            message: "CertInqReq",
            rrpid: content.rrpid,
            challenge: content.chall_ee3,
            thumbs: None,
            body: wrap(header, &CertInqReq(signed)).map_err(unable)?,
        })
    }

    /// CertInqRes has the form of a CertRes.
    pub(super) fn inquiry_answered(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        record: Registration,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let response = match wrapper.message.decode()? {
            CertInqRes::EncK(sealed) => CertRes::EncK(sealed),
            CertInqRes::Signed(signed) => CertRes::Signed(signed),
        };
        self.decided(turn, lid_ee, record, &wrapper.header, &response)
    }
}
