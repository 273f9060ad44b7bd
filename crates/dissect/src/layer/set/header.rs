//! The header against the body, the clock and the transport.

use counterfoil_message::exchange::message_by_tag;
use counterfoil_message::pdu::Family;
use counterfoil_remark::{Kind, Severity};
use der::Tag;

use super::conversation::ERROR_TAG;
use super::part::Part;
use super::{Findings, value, walk};
use crate::message::Moment;

/// How far a header's date may be from the time of capture, in seconds.
const SKEW_SECONDS_MAX: i64 = 300;

pub(super) static HEADER_MISMATCH: Kind = Kind {
    id: "set-header-mismatch",
    group: "set",
    severity: Severity::Error,
    title: "Header and body name different ids.",
    page: "Nothing protects the header; it repeats the ids of the body so that a receiver finds \
           its records before any cryptography. Where both are readable and differ, the receiver \
           answers with Error `wrapperMsgMismatch`.\n\nEither the header was changed on its way, \
           or the sender puts the ids of another exchange into it (two threads that share a \
           buffer, a retry that draws a new RRPID for the header alone).",
    reference: "SET 1.0 Book 2, message wrapper processing; docs/wire-format.md, A message",
};

pub(super) static DATE_SKEWED: Kind = Kind {
    id: "set-date-skewed",
    group: "set",
    severity: Severity::Warning,
    title: "The header's date is more than five minutes away from the time of capture.",
    page: "The sender's clock, or that of the machine which captured, is wrong; or the message \
           was kept back. Receivers refuse messages that are too old or from the future with \
           Error `messageTooOld` or `messageTooNew`, and judge certificates by the same clock.\n\n\
           Compare the clocks with a time server first.",
    reference: "docs/wire-format.md, Error codes",
};

pub(super) static MEDIA_TYPE_MISMATCH: Kind = Kind {
    id: "set-media-type-mismatch",
    group: "set",
    severity: Severity::Warning,
    title: "The media type of HTTP and the message disagree.",
    page: "Messages of payment travel as `application/set-payment`, those of registration as \
           `application/set-registration`. A receiver that routes by media type sends this one to \
           the wrong place, and answers 415 or Error `messageNotSupported`.",
    reference: "IANA application/set-payment, application/set-registration (1996)",
};

pub(super) static UNSIGNED_PURCHASE: Kind = Kind {
    id: "set-unsigned-purchase",
    group: "set",
    severity: Severity::Warning,
    title: "A purchase without the cardholder's signature.",
    page: "SET 1.0 let cardholders without certificate buy; SET 2 reads the form and refuses it by \
           policy: nobody could prove later who agreed to the payment.",
    reference: "docs/divergences.md; SET 1.0 Book 2, PReqUnsigned",
};

/// The ids of the header and what they are called in bodies.
const IDS: [(&str, &[&str]); 4] = [
    ("rrpid", &["rrpid"]),
    ("xID", &["xid"]),
    ("lid-C", &["lid-C", "localID-C"]),
    ("lid-M", &["lid-M", "localID-M"]),
];

/// A field of the header.
pub(super) fn field<'a>(root: &'a Part, name: &str) -> Option<&'a Part> {
    root.child("messageHeader")?.named(name)
}

/// Holds the header against the body and the clock.
pub(super) fn check(root: &Part, tag: u32, now: Moment, findings: &mut Findings) {
    if let Some(message) = root.child("message").filter(|_| tag != ERROR_TAG) {
        for (outer, inner) in IDS {
            let Some(outer) = field(root, outer) else { continue };
            let found = message.find(&|part| inner.contains(&part.name.as_str()));
            if found.is_some_and(|found| found.octets() != outer.octets()) {
                let found = format!("{} of the header is not that of the body", outer.name);
                findings.remark_part(&HEADER_MISMATCH, outer, found);
            }
        }
        if let Some(unsigned) =
            message.find(&|part| part.name == "pReqUnsigned" || part.name == "piUnsigned")
        {
            findings.remark_part(&UNSIGNED_PURCHASE, unsigned, unsigned.name.clone());
        }
    }
    check_date(root, now, findings);
}

fn check_date(root: &Part, now: Moment, findings: &mut Findings) {
    let Some(date) = field(root, "date") else { return };
    let Some(made) = value::moment(Tag::GeneralizedTime, date.octets()) else { return };
    let seconds = now.0 / 1_000_000_000 - made.as_second();
    if seconds.abs() > SKEW_SECONDS_MAX {
        let place = if seconds > 0 { "before" } else { "after" };
        let found = format!("made {} s {place} its capture", seconds.unsigned_abs());
        findings.remark_part(&DATE_SKEWED, date, found);
    }
}

/// Holds the media type against the message.
pub(super) fn check_media_type(root: &Part, media_type: Option<&str>, findings: &mut Findings) {
    let Some(media_type) = media_type else { return };
    let Some(tag) = walk::message_tag(root).filter(|tag| *tag != ERROR_TAG) else { return };
    let Some((exchange, message)) = message_by_tag(tag) else { return };
    let expected = match exchange.family {
        Family::Payment => "application/set-payment",
        Family::Registration => "application/set-registration",
    };
    if media_type != expected {
        let found = format!("{} came as {}", message.name, value::text(media_type.as_bytes()));
        findings.remark_part(&MEDIA_TYPE_MISMATCH, root, found);
    }
}
