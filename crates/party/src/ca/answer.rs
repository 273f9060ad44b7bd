//! Making answers: what goes along with them, signing, and Errors.

use counterfoil_message::codec::EncodeError;
use counterfoil_message::exchange::error_message::{ErrorMessage, ErrorMsg, ErrorTbs};
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{
    BrandCrlIdentifier, CertThumb, Date, LocalId, Nonce, Rrpid, Thumbs,
};
use counterfoil_message::treatment::{Opener, Sender, TreatmentError};
use counterfoil_message::wrapper::{MessageHeader, MessageIds};
use counterfoil_pki::{Certificate, Crl};
use counterfoil_secret::Report;

use super::CertificateAuthority;
use super::command::Outcome;
use super::request::Incoming;
use crate::conversation::Failed;
use crate::conversation::error_message::{Refused, error_message};
use crate::conversation::header::{InnerIds, check_ids, header, software, wrap};
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
        for certificate in self.crl_certificates(env.records)? {
            if !chain.contains(&certificate) {
                chain.push(certificate);
            }
        }
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
        Ok(sign(&sender)?)
    }

    /// Answers with an Error, signed where this CA signs messages.
    pub(super) fn answer_error(
        &self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        about: About<'_>,
        bad_header: Option<&MessageHeader>,
        refusal: &Refusal,
    ) {
        let event = Event::warning("request.refused")
            .with("code", refusal.code.name())
            .with("error", refusal.id)
            .with("reason", refusal.message.as_str());
        turn.event_about(event, about);
        // Who sends something that has not even an RRPID cannot tell an answer from another.
        let Some(header) = bad_header.filter(|header| header.rrpid.is_some()) else {
            return turn.drop_request(reply_to);
        };
        let made = match &self.identity.messages {
            Some(identity) => self.signed_error(identity, header, refusal, turn.env),
            None => unsigned_error(header, refusal, turn.env),
        };
        match made {
            Ok(body) => turn.reply(reply_to, About { message: "Error", ..about }, body),
            Err(failed) => {
                let event = Event::error("error.not_made").with("reason", failed.message);
                turn.event_about(event, about);
                turn.drop_request(reply_to);
            }
        }
    }

    fn signed_error(
        &self,
        identity: &Identity,
        bad: &MessageHeader,
        refusal: &Refusal,
        env: &mut Env<'_>,
    ) -> Result<Vec<u8>, Refusal> {
        let mut chain = self.identity.certificates();
        chain.retain(|certificate| *certificate != identity.sign_certificate);
        let sender = Sender {
            key: identity.sign_key.as_ref(),
            certificate: &identity.sign_certificate,
            chain: &chain,
            crls: &[],
        };
        Ok(error_message(&sender, refusal, Refused::Header(bad), env.now, env.rng)?)
    }
}

/// An Error by a party that has no signature certificate.
pub(crate) fn unsigned_error(
    bad: &MessageHeader,
    refusal: &Refusal,
    env: &mut Env<'_>,
) -> Result<Vec<u8>, Refusal> {
    let content = ErrorTbs {
        error_code: refusal.code,
        error_nonce: Nonce::random(env.rng),
        error_oid: refusal.extension,
        error_thumb: refusal.thumb.map(CertThumb::new),
        error_msg: ErrorMsg::MessageHeader(bad.clone()),
    };
    let header = MessageHeader {
        message_ids: bad.message_ids.clone(),
        date: Date::new(env.now),
        sw_ident: software(),
        ..bad.clone()
    };
    wrap(header, &ErrorMessage::Unsigned(content)).map_err(|error| unencodable(&error))
}

/// The ids that headers of registration carry: the applicant's label.
pub(crate) fn applicant_ids(lid_ee: LocalId) -> MessageIds {
    MessageIds { lid_c: Some(lid_ee), lid_m: None, xid: None }
}

/// A whole answer to an applicant.
pub(super) fn wrapped<T: Pdu>(header: MessageHeader, message: &T) -> Result<Vec<u8>, Failed> {
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
