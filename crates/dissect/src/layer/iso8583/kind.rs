//! What can be remarked of a bank link.

use counterfoil_remark::{Kind, Severity};

/// Everything that this layer remarks.
pub(super) const KINDS: &[&Kind] = &[
    &FRAME_BROKEN,
    &MESSAGE_MALFORMED,
    &MAC_MISSING,
    &MAC_MISMATCH,
    &ANSWER_LATE,
    &ANSWER_MISSING,
    &ANSWER_TWICE,
    &ANSWER_MISMATCH,
    &ANSWER_WITHOUT_QUESTION,
    &STAN_DUPLICATE,
    &REQUEST_REPEATED,
    &HOST_TROUBLE,
];

pub(super) static FRAME_BROKEN: Kind = Kind {
    id: "iso8583-frame-broken",
    group: "iso8583",
    severity: Severity::Error,
    title: "A length stands before a message that no message can have.",
    page: "The two octets before each message say zero, or more than a message may have. One side \
           counts the length in another way (with its own two octets, in ASCII digits, low octet \
           first), or lost its place in the stream. What follows is looked through for the next \
           message; the other side closes the connection.",
    reference: "docs/decisions; counterfoil-iso8583 frame",
};

pub(super) static MESSAGE_MALFORMED: Kind = Kind {
    id: "iso8583-message-malformed",
    group: "iso8583",
    severity: Severity::Error,
    title: "A message cannot be read by the table of its dialect.",
    page: "The summary names the field and the offset. Both sides must write fields by the same \
           table: a field that one has with a length prefix and the other without shifts all that \
           follow.\n\nCompare the dialect in both configurations; the host answers with response \
           code 30 or closes the connection.",
    reference: "ISO 8583:1987 section 4",
};

pub(super) static MAC_MISSING: Kind = Kind {
    id: "iso8583-mac-missing",
    group: "iso8583",
    severity: Severity::Warning,
    title: "A message has no authentication code.",
    page: "Whoever can write to the link can change amounts and answers in it. Turn on message \
           authentication at the side that lacks it.",
    reference: "ISO 8583:1987 fields 64 and 128; PCI PIN security",
};

pub(super) static MAC_MISMATCH: Kind = Kind {
    id: "iso8583-mac-mismatch",
    group: "iso8583",
    severity: Severity::Error,
    title: "A message's authentication code is wrong under the key that was offered.",
    page: "The two sides hold different keys (after a change on one side alone), or the message \
           was changed on its way. The receiver answers with response code 63.\n\nCompare the key \
           check values with the bank. A code whose second half is zero is a retail MAC on DES, \
           which is refused.",
    reference: "NIST SP 800-38B; RFC 4493",
};

pub(super) static ANSWER_LATE: Kind = Kind {
    id: "iso8583-answer-late",
    group: "iso8583",
    severity: Severity::Warning,
    title: "The bank answered after more than five seconds.",
    page: "A gateway waits a few seconds and then reverses what it does not know the outcome of; \
           an answer after that is thrown away. Late answers come before missing ones: ask the \
           bank how its host is.",
    reference: "ISO 8583:1987, message flow",
};

pub(super) static ANSWER_MISSING: Kind = Kind {
    id: "iso8583-answer-missing",
    group: "iso8583",
    severity: Severity::Error,
    title: "A request had no answer.",
    page: "The outcome of this payment is in doubt. The gateway must send the request again as a \
           repeat, or reverse it; look for a message 0101, 0221 or 0420 with the same trace number \
           after it. If there is none, the bank and the merchant disagree about the payment.",
    reference: "ISO 8583:1987, message flow",
};

pub(super) static ANSWER_TWICE: Kind = Kind {
    id: "iso8583-answer-twice",
    group: "iso8583",
    severity: Severity::Notice,
    title: "A request was answered twice.",
    page: "The answer to a repetition and a late answer to the original look like this. If both \
           say the same, nothing is wrong.",
    reference: "ISO 8583:1987, message flow",
};

pub(super) static ANSWER_MISMATCH: Kind = Kind {
    id: "iso8583-answer-mismatch",
    group: "iso8583",
    severity: Severity::Error,
    title: "The answer's message type is not that of its request.",
    page: "An answer carries the trace number of its request and the message type that belongs to \
           it, 0110 for 0100. The host mixes up its records, or a trace number was used twice.",
    reference: "ISO 8583:1987, message type identifiers",
};

pub(super) static ANSWER_WITHOUT_QUESTION: Kind = Kind {
    id: "iso8583-answer-without-question",
    group: "iso8583",
    severity: Severity::Notice,
    title: "No request with this answer's trace number was seen.",
    page: "The request came before the capture began, or on another connection: hosts with \
           several links may answer on any of them.",
    reference: "ISO 8583:1987 field 11",
};

pub(super) static STAN_DUPLICATE: Kind = Kind {
    id: "iso8583-stan-duplicate",
    group: "iso8583",
    severity: Severity::Error,
    title: "A trace number was used for another message.",
    page: "Trace number, transmission time and acquirer name a message for good. Two different \
           messages under one name make the bank refuse the second with response code 94, or worse \
           answer it like the first.\n\nThe gateway's counter was reset, or two gateways share one \
           acquirer's number.",
    reference: "ISO 8583:1987 field 11",
};

pub(super) static REQUEST_REPEATED: Kind = Kind {
    id: "iso8583-request-repeated",
    group: "iso8583",
    severity: Severity::Notice,
    title: "A request was sent again.",
    page: "The gateway had no answer in time and asks again, as it should. Many repetitions mean \
           that the bank is slow or that answers are lost.",
    reference: "ISO 8583:1987, repeats",
};

pub(super) static HOST_TROUBLE: Kind = Kind {
    id: "iso8583-host-trouble",
    group: "iso8583",
    severity: Severity::Warning,
    title: "The host says that something does not work, rather than that a payment is declined.",
    page: "Response codes 30 (format), 40 (not supported), 63 (authentication), 91 (sign on \
           first, or the issuer is away), 94 (duplicate) and 96 (malfunction) are about the link, \
           not about the card. Payments fail until it is repaired.",
    reference: "ISO 8583:1987 table A.9",
};
