//! Headers: making them, and holding them against the message inside.

use jiff::Timestamp;

use counterfoil_message::codec::EncodeError;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::text::{Count, SwIdent};
use counterfoil_message::primitive::{Date, LocalId, Rrpid, TransIds, Xid};
use counterfoil_message::wrapper::{MessageHeader, MessageIds, MessageWrapper, Version};

use super::refusal::Refusal;

/// Software of this side, as headers and payment instructions name it.
pub const SOFTWARE: &str = concat!("Counterfoil ", env!("CARGO_PKG_VERSION"));

/// [`SOFTWARE`] as a field.
pub fn software() -> SwIdent {
    SwIdent::new(SOFTWARE).expect("invariant: name and version are short and printable")
}

/// A header of a message made now.
pub fn header(now: Timestamp, message_ids: Option<MessageIds>, rrpid: Rrpid) -> MessageHeader {
    MessageHeader {
        version: Version,
        revision: Count::ZERO,
        date: Date::new(now),
        message_ids,
        rrpid: Some(rrpid),
        sw_ident: software(),
    }
}

/// The ids that a header repeats of a purchase.
pub fn message_ids(ids: &TransIds) -> MessageIds {
    MessageIds { lid_c: Some(ids.lid_c.clone()), lid_m: ids.lid_m.clone(), xid: Some(ids.xid) }
}

/// The octets of a whole message.
///
/// # Errors
/// [`EncodeError`] when it is over a limit.
pub fn wrap<T: Pdu>(header: MessageHeader, message: &T) -> Result<Vec<u8>, EncodeError> {
    MessageWrapper::new(header, message)?.encode()
}

/// What a message says of its ids inside of what the header cannot change.
#[derive(Debug, Clone, Copy)]
pub struct InnerIds<'a> {
    /// RRPID.
    pub rrpid: &'a Rrpid,
    /// LID-C.
    pub lid_c: Option<&'a LocalId>,
    /// LID-M.
    pub lid_m: Option<&'a LocalId>,
    /// XID.
    pub xid: Option<&'a Xid>,
}

impl<'a> InnerIds<'a> {
    /// Of a message that holds TransIDs.
    pub fn of(rrpid: &'a Rrpid, ids: &'a TransIds) -> Self {
        Self { rrpid, lid_c: Some(&ids.lid_c), lid_m: ids.lid_m.as_ref(), xid: Some(&ids.xid) }
    }
}

/// Compares the ids of the header with those inside (SET 1.0 Book 2, wrapper processing). An id
/// that the header leaves out is no difference, except the RRPID.
///
/// # Errors
/// [`Refusal`] with `wrapperMsgMismatch`, naming the id.
pub fn check_ids(header: &MessageHeader, inner: InnerIds<'_>) -> Result<(), Refusal> {
    if header.rrpid.as_ref() != Some(inner.rrpid) {
        return Err(Refusal::mismatch("RRPID"));
    }
    let Some(outer) = &header.message_ids else { return Ok(()) };
    let same = |outer: Option<&LocalId>, inner| outer.is_none() || outer == inner;
    if outer.xid.is_some() && outer.xid.as_ref() != inner.xid {
        return Err(Refusal::mismatch("XID"));
    }
    if !same(outer.lid_c.as_ref(), inner.lid_c) {
        return Err(Refusal::mismatch("LID-C"));
    }
    if !same(outer.lid_m.as_ref(), inner.lid_m) {
        return Err(Refusal::mismatch("LID-M"));
    }
    Ok(())
}

/// Compares a header's date with the clock.
///
/// # Errors
/// [`Refusal`] with `messageTooOld` or `messageTooNew`.
pub fn check_date(
    header: &MessageHeader,
    now: Timestamp,
    age_ms_max: u64,
    skew_ms_max: u64,
) -> Result<(), Refusal> {
    let age_ms = now.as_millisecond() - header.date.timestamp().as_millisecond();
    let bound = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    if age_ms > bound(age_ms_max) {
        let message = format!("the message was made {} seconds ago", age_ms / 1000);
        return Err(Refusal::new(ErrorCode::MessageTooOld, "message-too-old", message));
    }
    if age_ms < -bound(skew_ms_max) {
        let message = format!("the message will be made in {} seconds", -age_ms / 1000);
        return Err(Refusal::new(ErrorCode::MessageTooNew, "message-too-new", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn ids() -> TransIds {
        TransIds {
            lid_c: LocalId::new(b"wallet").unwrap(),
            lid_m: Some(LocalId::new(b"shop").unwrap()),
            xid: Xid::new([1; 20]),
            p_req_date: Date::new(at(0)),
            pay_sys_id: None,
            language: counterfoil_message::primitive::Language::new("en").unwrap(),
        }
    }

    fn difference(change: impl Fn(&mut MessageHeader)) -> Option<String> {
        let ids = ids();
        let rrpid = Rrpid::new([2; 20]);
        let mut header = header(at(0), Some(message_ids(&ids)), rrpid);
        change(&mut header);
        check_ids(&header, InnerIds::of(&rrpid, &ids)).err().map(|refusal| {
            assert_eq!(refusal.code, ErrorCode::WrapperMsgMismatch);
            refusal.message
        })
    }

    #[test]
    fn names_the_id_in_which_header_and_message_differ() {
        let other = || Some(LocalId::new(b"other").unwrap());
        let xid = Some(Xid::new([3; 20]));
        let says = |field: &str| Some(format!("header and message differ in {field}"));
        assert_eq!(difference(|_| ()), None);
        assert_eq!(difference(|h| h.message_ids = None), None);
        assert_eq!(difference(|h| h.rrpid = None), says("RRPID"));
        assert_eq!(difference(|h| h.rrpid = Some(Rrpid::new([3; 20]))), says("RRPID"));
        assert_eq!(difference(|h| h.message_ids.as_mut().unwrap().xid = xid), says("XID"));
        assert_eq!(difference(|h| h.message_ids.as_mut().unwrap().lid_c = other()), says("LID-C"));
        assert_eq!(difference(|h| h.message_ids.as_mut().unwrap().lid_m = other()), says("LID-M"));
    }

    #[test]
    fn a_message_may_be_neither_too_old_nor_from_the_future() {
        let header = header(at(1000), None, Rrpid::new([0; 20]));
        let code = |now| check_date(&header, at(now), 60_000, 5_000).err().map(|r| r.code);
        assert_eq!(code(1060), None);
        assert_eq!(code(1061), Some(ErrorCode::MessageTooOld));
        assert_eq!(code(995), None);
        assert_eq!(code(994), Some(ErrorCode::MessageTooNew));
    }
}
