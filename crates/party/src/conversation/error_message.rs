//! Error: telling a peer why its message was not processed, and believing a peer that says so.

use jiff::Timestamp;
use rand_core::CryptoRng;

use counterfoil_message::exchange::error_message::{
    BadWrapper, ErrorCode, ErrorMessage, ErrorMsg, ErrorTbs,
};
use counterfoil_message::limits::BAD_WRAPPER_BYTES_MAX;
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{CertThumb, Nonce, Rrpid};
use counterfoil_message::treatment::{self, Check, Sender, TreatmentError};
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper, RawPdu};
use counterfoil_pki::trust::Verified;

use super::header::{header, wrap};
use super::refusal::Refusal;

/// Which message is refused.
#[derive(Debug, Clone, Copy)]
pub enum Refused<'a> {
    /// One whose header could be read.
    Header(&'a MessageHeader),
    /// One of which only the octets are known.
    Octets(&'a [u8]),
}

/// The signed Error that tells why a message is refused.
///
/// # Errors
/// [`TreatmentError`] when this side cannot sign.
pub fn error_message(
    sender: &Sender<'_>,
    refusal: &Refusal,
    refused: Refused<'_>,
    now: Timestamp,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, TreatmentError> {
    let (ids, rrpid) = match refused {
        Refused::Header(header) => (header.message_ids.clone(), header.rrpid),
        Refused::Octets(_) => (None, None),
    };
    let content = ErrorTbs {
        error_code: refusal.code,
        error_nonce: Nonce::random(rng),
        error_oid: refusal.extension,
        error_thumb: refusal.thumb.map(CertThumb::new),
        error_msg: error_msg(refused),
    };
    let signed = treatment::sign(sender, &content, rng)?;
    let mut header = header(now, ids, Rrpid::new([0; 20]));
    header.rrpid = rrpid;
    Ok(wrap(header, &ErrorMessage::Signed(signed))?)
}

fn error_msg(refused: Refused<'_>) -> ErrorMsg {
    match refused {
        Refused::Header(header) => ErrorMsg::MessageHeader(header.clone()),
        Refused::Octets(octets) => {
            let kept = &octets[..octets.len().min(BAD_WRAPPER_BYTES_MAX)];
            let wrapper = BadWrapper::new(kept).expect("invariant: cut off at the limit");
            ErrorMsg::BadWrapper(wrapper)
        }
    }
}

/// Is this an Error?
pub fn is_error(message: &RawPdu) -> bool {
    message.tag == ErrorMessage::TAG
}

/// The code of an Error about our request `rrpid`, and who signed it, when `check` trusts it.
///
/// An Error that nobody signed, or that is about another message, says nothing.
///
/// # Errors
/// [`Refusal`] telling why it is not believed.
pub fn believed(
    wrapper: &MessageWrapper,
    rrpid: &Rrpid,
    check: &mut Check<'_>,
) -> Result<(ErrorCode, Verified), Refusal> {
    let ErrorMessage::Signed(signed) = wrapper.message.decode::<ErrorMessage>()? else {
        let message = "the Error is not signed";
        return Err(Refusal::new(ErrorCode::SignatureRequired, "error-unsigned", message));
    };
    let (content, signer) = treatment::verify(&signed, check)?.into_parts();
    match &content.error_msg {
        ErrorMsg::MessageHeader(header) if header.rrpid.as_ref() == Some(rrpid) => {
            Ok((content.error_code, signer))
        }
        _ => {
            let message = "the Error is about another message";
            Err(Refusal::new(ErrorCode::UnknownRrpid, "error-of-other-message", message))
        }
    }
}
