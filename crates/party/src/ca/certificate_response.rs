//! CertRes and CertInqRes: what an applicant is told, and how.
//!
//! A cardholder's answer is signed and sealed under the key that the wallet sent along (EncK); a
//! merchant's or gateway's is signed only, since certificates are public (SET 1.0 Book 2).

use counterfoil_crypto::oid::Oid;
use counterfoil_message::exchange::certificate_request::{
    CaMsg, CertRes, CertResData, CertStatus, CertStatusCode,
};
use counterfoil_message::primitive::{
    BackKey, Challenge, Digest, DigestAlgorithm, LocalId, Rrpid, Thumbs, Url,
};
use counterfoil_message::treatment::{Binding, enc_k, sign};
use counterfoil_message::wrapper::MessageHeader;
use counterfoil_pki::Certificate;

use super::CertificateAuthority;
use super::answer::{answering, unencodable};
use super::books::{Applicant, ISSUED, Session, SessionState};
use super::form::long_text;
use super::request::Incoming;
use super::session::ReplySecrets;
use crate::conversation::Failed;
use crate::machine::Env;
use crate::records::{Octets, RecordsError};

/// The algorithm of a back key: id-aes256-wrap (RFC 3565), under a key derived from it.
pub(crate) const BACK_KEY_ALGORITHM: Oid = Oid::from_arcs(&[2, 16, 840, 1, 101, 3, 4, 1, 45]);

/// What the answer repeats of the request.
pub(super) struct Asked {
    pub(super) rrpid: Rrpid,
    pub(super) lid_ee: LocalId,
    pub(super) challenge: Challenge,
    pub(super) lid_ca: LocalId,
    pub(super) thumbs: Option<Thumbs>,
}

/// What the answer says.
pub(super) struct Standing {
    pub(super) status: Box<CertStatus>,
    certificates: Vec<Certificate>,
    /// Seals the answer to a cardholder.
    back_key: Option<BackKey>,
}

impl Standing {
    /// A status without certificates.
    pub(super) fn without(status: Box<CertStatus>, back_key: Option<BackKey>) -> Self {
        Self { status, certificates: Vec::new(), back_key }
    }
}

/// A status with a text for the applicant; no text when it is empty.
pub(super) fn status(code: CertStatusCode, text: &str) -> Box<CertStatus> {
    Box::new(CertStatus {
        cert_status_code: code,
        nonce_cca: None,
        ee_message: long_text(text),
        ca_msg: None,
        failed_item_seq: None,
    })
}

impl CertificateAuthority {
    /// The answer that carries certificates.
    pub(super) fn complete_standing(
        &self,
        certificates: Vec<Certificate>,
        reply: Option<ReplySecrets>,
        applicant: &Applicant,
    ) -> Standing {
        let mut status = status(CertStatusCode::RequestComplete, "");
        status.ca_msg = self.ca_msg(applicant);
        let back_key = reply.map(|reply| {
            status.nonce_cca = Some(reply.nonce_cca);
            reply.back_key
        });
        Standing { status, certificates, back_key }
    }

    /// Where a registration stands now; open ones have nothing to tell.
    pub(super) fn standing_of(
        &self,
        lid_ca: &[u8],
        session: &Session,
        env: &Env<'_>,
    ) -> Result<Option<Standing>, RecordsError> {
        let open = |reply: &Option<Octets>| {
            reply.as_ref().map(|sealed| self.open_reply(lid_ca, sealed)).transpose()
        };
        let back_key = |reply| Ok::<_, RecordsError>(open(reply)?.map(|reply| reply.back_key));
        Ok(Some(match &session.state {
            SessionState::Open => return Ok(None),
            SessionState::Pending(application) => {
                let status = status(CertStatusCode::RequestPended, "nobody has decided yet");
                Standing::without(status, back_key(&application.reply)?)
            }
            SessionState::Refused { code, message, reply, .. } => {
                let code = CertStatusCode::from_number(*code);
                let code = code.unwrap_or(CertStatusCode::RejectedByCa);
                Standing::without(status(code, message), back_key(reply)?)
            }
            SessionState::Complete { serials, reply, .. } => {
                let certificates = serials
                    .iter()
                    .map(|serial| issued(serial, env))
                    .collect::<Result<Vec<_>, _>>()?;
                self.complete_standing(certificates, open(reply)?, &session.applicant)
            }
        }))
    }

    /// Signs an answer, and seals it where there is a back key.
    pub(super) fn cert_res(
        &self,
        incoming: &Incoming<'_>,
        asked: Asked,
        standing: Standing,
        env: &mut Env<'_>,
    ) -> Result<(MessageHeader, CertRes), Failed> {
        let along = self.along(asked.thumbs.as_ref(), env)?;
        let header = answering(incoming, &asked.lid_ee, env);
        let binding = Binding::of_header(&header).map_err(|error| unencodable(&error))?;
        let Standing { status, certificates, back_key } = standing;
        let content = CertResData {
            rrpid: asked.rrpid,
            lid_ee: asked.lid_ee,
            chall_ee3: asked.challenge,
            lid_ca: asked.lid_ca,
            cert_status: *status,
            cert_thumbs: thumbs_of(&certificates),
            brand_crl_identifier: along.bci.clone(),
            thumbs: asked.thumbs,
        };
        let response = self.with_sender(&along, &certificates, |sender| match &back_key {
            Some(key) => enc_k(sender, key, &binding, &content, env.rng).map(CertRes::EncK),
            None => sign(sender, &content, env.rng).map(CertRes::Signed),
        })?;
        Ok((header, response))
    }

    fn ca_msg(&self, applicant: &Applicant) -> Option<CaMsg> {
        let Applicant::Cardholder { bin } = applicant else { return None };
        let form = &self.config.issuer(bin)?.form;
        let url = |text: &Option<String>| text.as_deref().and_then(|text| Url::new(text).ok());
        let (card_logo_url, brand_logo_url) = (url(&form.card_logo_url), url(&form.brand_logo_url));
        (card_logo_url.is_some() || brand_logo_url.is_some()).then_some(CaMsg {
            card_logo_url,
            brand_logo_url,
            card_currency: None,
            cardholder_msg: None,
        })
    }
}

fn issued(serial: &Octets, env: &Env<'_>) -> Result<Certificate, RecordsError> {
    let failed = |cause: String| RecordsError {
        attempt: format!("read the issued certificate {}", hex::encode(&serial.0)),
        cause,
    };
    let stored = ISSUED.get(env.records, &serial.0)?;
    let stored = stored.ok_or_else(|| failed("it is not recorded".into()))?;
    Certificate::from_der(&stored.der.0).map_err(|error| failed(error.to_string()))
}

/// The thumbs of new certificates.
fn thumbs_of(certificates: &[Certificate]) -> Option<Thumbs> {
    let digest = |certificate: &Certificate| Digest::new(*certificate.thumb().as_bytes());
    (!certificates.is_empty()).then(|| Thumbs {
        digest_algorithm: DigestAlgorithm::Sha256,
        cert_thumbs: Some(certificates.iter().map(digest).collect()),
        crl_thumbs: None,
        brand_crl_id_thumbs: None,
    })
}
