//! Making answers: what goes along with them, signing, and Errors.

use counterfoil_message::codec::EncodeError;
use counterfoil_message::exchange::error_message::{
    BadWrapper, ErrorCode, ErrorMessage, ErrorMsg, ErrorTbs,
};
use counterfoil_message::limits::BAD_WRAPPER_BYTES_MAX;
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{
    BrandCrlIdentifier, CertThumb, LocalId, Nonce, Rrpid, Thumbs,
};
use counterfoil_message::treatment::{self, Opener, Sender, TreatmentError};
use counterfoil_message::wrapper::{MessageHeader, MessageIds};
use counterfoil_pki::path::Rule;
use counterfoil_pki::trust::TrustError;
use counterfoil_pki::{Certificate, Crl};
use counterfoil_secret::Report;
use rand_core::CryptoRng;

use super::CertificateAuthority;
use super::command::Outcome;
use super::request::{Incoming, Stop};
use crate::conversation::header::{InnerIds, check_ids, header, wrap};
use crate::conversation::{About, Refusal, Turn};
use crate::event::Event;
use crate::identity::{Exchange, Identity};
use crate::machine::{Env, ReplyTo};
use crate::records::RecordsError;

/// What goes along with an answer, less what the applicant said it has.
pub(super) struct Along {
    /// Certificates of this CA and those above it.
    pub(super) chain: Vec<Certificate>,
    /// The brand's CRLs.
    pub(super) crls: Vec<Crl>,
    /// The brand's BrandCRLIdentifier.
    pub(super) bci: Option<BrandCrlIdentifier>,
}

impl CertificateAuthority {
    /// The keys that messages are signed and opened with.
    pub(super) fn message_keys(&self) -> Result<(&Identity, &Exchange), Refusal> {
        let identity = self.identity.messages.as_ref();
        identity
            .and_then(|identity| Some((identity, identity.exchange.as_ref()?)))
            .ok_or_else(|| self.not_supported(None))
    }

    /// What opens messages to this CA.
    pub(super) fn opener(&self) -> Result<Opener<'_>, Refusal> {
        let (_, exchange) = self.message_keys()?;
        Ok(Opener { key: exchange.key.as_ref(), certificate: &exchange.certificate })
    }

    /// The thumb of the certificate that applicants seal for.
    pub(super) fn cae_thumb(&self) -> Result<CertThumb, Refusal> {
        let (_, exchange) = self.message_keys()?;
        Ok(CertThumb::new(*exchange.certificate.thumb().as_bytes()))
    }

    /// Gathers what an applicant lacks.
    pub(super) fn along(
        &self,
        thumbs: Option<&Thumbs>,
        env: &Env<'_>,
    ) -> Result<Along, RecordsError> {
        let lists = thumbs
            .map(|thumbs| [&thumbs.cert_thumbs, &thumbs.crl_thumbs, &thumbs.brand_crl_id_thumbs]);
        let has = |list: usize, thumb: &[u8; 32]| {
            let named = lists.and_then(|lists| lists[list].as_ref());
            named.is_some_and(|named| named.iter().any(|digest| digest.as_bytes() == thumb))
        };
        let mut chain = self.identity.certificates();
        chain.extend(self.crl_certificates(env.records)?);
        chain.retain(|certificate| !has(0, certificate.thumb().as_bytes()));
        let mut crls = self.fresh_crls(env.records, env.now)?;
        crls.retain(|crl| !has(1, crl.thumb().as_bytes()));
        let bci = self.fresh_bci(env.records, env.now)?;
        let bci = bci.filter(|bci| !has(2, bci.thumb().as_bytes()));
        let bci = bci.map(|bci| BrandCrlIdentifier(bci.content_info().clone()));
        Ok(Along { chain, crls, bci })
    }

    /// Signs with what goes along, and `more` certificates first.
    pub(super) fn with_sender<T>(
        &self,
        along: &Along,
        more: &[Certificate],
        sign: impl FnOnce(&Sender<'_>) -> Result<T, TreatmentError>,
    ) -> Result<T, Refusal> {
        let (identity, _) = self.message_keys()?;
        let own = &identity.sign_certificate;
        let mut chain: Vec<Certificate> = more.to_vec();
        chain.extend(along.chain.iter().filter(|c| *c != own && !more.contains(c)).cloned());
        let sender = Sender {
            key: identity.sign_key.as_ref(),
            certificate: own,
            chain: &chain,
            crls: &along.crls,
        };
        sign(&sender).map_err(refusal_of)
    }

    /// Answers with an Error, signed where this CA signs messages.
    pub(super) fn answer_error(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        about: About<'_>,
        bad_header: Option<&MessageHeader>,
        bad: &[u8],
        refusal: &Refusal,
    ) -> Result<(), RecordsError> {
        let event = Event::warning("request.refused")
            .with("code", refusal.code.name())
            .with("error", refusal.id)
            .with("reason", refusal.message.as_str());
        turn.event_about(event, about);
        // Who sends something that has not even an RRPID cannot tell an answer from another.
        let Some(header) = answer_header(bad_header, turn.env) else {
            turn.drop_request(reply_to);
            return Ok(());
        };
        match self.error(header, bad_header, bad, refusal, turn.env.rng) {
            Ok(body) => turn.reply(reply_to, About { message: "Error", ..about }, body),
            Err(failed) => {
                let event = Event::error("error.not_made").with("reason", failed.message);
                turn.event_about(event, about);
                turn.drop_request(reply_to);
            }
        }
        Ok(())
    }

    fn error(
        &self,
        header: MessageHeader,
        bad_header: Option<&MessageHeader>,
        bad: &[u8],
        refusal: &Refusal,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, Refusal> {
        let content = error_content(bad_header, bad, refusal, rng);
        let message = match &self.identity.messages {
            None => ErrorMessage::Unsigned(content),
            Some(identity) => {
                let chain = self.identity.certificates();
                let chain: Vec<Certificate> =
                    chain.into_iter().filter(|c| *c != identity.sign_certificate).collect();
                let sender = Sender {
                    key: identity.sign_key.as_ref(),
                    certificate: &identity.sign_certificate,
                    chain: &chain,
                    crls: &[],
                };
                let signed = treatment::sign(&sender, &content, rng).map_err(refusal_of)?;
                ErrorMessage::Signed(signed)
            }
        };
        wrap(header, &message).map_err(|error| unencodable(&error))
    }
}

/// The content of an Error about `bad`.
pub(crate) fn error_content(
    bad_header: Option<&MessageHeader>,
    bad: &[u8],
    refusal: &Refusal,
    rng: &mut dyn CryptoRng,
) -> ErrorTbs {
    let error_msg = match bad_header {
        Some(header) => ErrorMsg::MessageHeader(header.clone()),
        None => {
            let start = &bad[..bad.len().min(BAD_WRAPPER_BYTES_MAX)];
            let octets = BadWrapper::new(start);
            ErrorMsg::BadWrapper(octets.expect("invariant: cut off at the limit of the field"))
        }
    };
    ErrorTbs {
        error_code: refusal.code,
        error_nonce: Nonce::random(rng),
        error_oid: refusal.extension,
        error_thumb: refusal.thumb.map(CertThumb::new),
        error_msg,
    }
}

fn answer_header(bad: Option<&MessageHeader>, env: &Env<'_>) -> Option<MessageHeader> {
    let bad = bad?;
    let ids = bad.message_ids.as_ref().and_then(|ids| ids.lid_c.clone()).map(applicant_ids);
    Some(header(env.now, ids, bad.rrpid?))
}

/// The ids that headers of registration carry: the applicant's label.
pub(crate) fn applicant_ids(lid_ee: LocalId) -> MessageIds {
    MessageIds { lid_c: Some(lid_ee), lid_m: None, xid: None }
}

/// A whole answer to an applicant.
pub(super) fn wrapped<T: Pdu>(header: MessageHeader, message: &T) -> Result<Vec<u8>, Stop> {
    wrap(header, message).map_err(|error| unencodable(&error).into())
}

/// The header of the answer to a request.
pub(super) fn answering(incoming: &Incoming<'_>, lid_ee: &LocalId, env: &Env<'_>) -> MessageHeader {
    header(env.now, Some(applicant_ids(lid_ee.clone())), incoming.rrpid)
}

/// Compares header and message.
pub(super) fn check_inner(
    header: &MessageHeader,
    rrpid: &Rrpid,
    lid_ee: &LocalId,
) -> Result<(), Refusal> {
    check_ids(header, InnerIds { rrpid, lid_c: Some(lid_ee), lid_m: None, xid: None })
}

pub(super) fn unencodable(error: &EncodeError) -> Refusal {
    Refusal::unable(error.id(), error.to_string())
}

/// What the sender of a message is told about an error of a treatment.
pub(crate) fn refusal_of(error: TreatmentError) -> Refusal {
    let code = match &error {
        TreatmentError::Unopened(_) | TreatmentError::Signature(_) => ErrorCode::SignatureFailure,
        TreatmentError::CertificateMissing => ErrorCode::MissingCertificate,
        TreatmentError::CertificateMalformed(_) => ErrorCode::InvalidCertificate,
        TreatmentError::Trust(TrustError::Path(path)) => match path.rule {
            Rule::Expired | Rule::NotYetValid => ErrorCode::ExpiredCertificate,
            Rule::Revoked => ErrorCode::RevokedCertificate,
            Rule::IssuerUnknown => ErrorCode::MissingCertificate,
            _ => ErrorCode::InvalidCertificate,
        },
        TreatmentError::Trust(_) => ErrorCode::InvalidCertificate,
        TreatmentError::Decode(error) => return Refusal::from(error.clone()),
        TreatmentError::Encode(_) | TreatmentError::Failed(_) => {
            return Refusal::unable(error.id(), error.to_string());
        }
    };
    let id = error.log_id();
    Refusal { id, ..Refusal::of(code, &error) }
}
