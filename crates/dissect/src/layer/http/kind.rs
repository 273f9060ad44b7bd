//! What can be remarked of HTTP.

use counterfoil_remark::{Kind, Severity};

pub(super) static ANSWER_MISSING: Kind = Kind {
    id: "http-answer-missing",
    group: "http",
    severity: Severity::Error,
    title: "A request has no answer.",
    page: "The connection ended before the server answered. The server crashed, gave up, or \
           something between the two cut the connection. For a payment this means that its \
           outcome is in doubt: it must be asked for with the same RRPID, not sent anew.\n\nLook \
           into the server's log at the request's time; remarks on the connection (a reset, lost \
           packets) say whether the network had a part in it.",
    reference: "RFC 9112 section 9.3",
};

pub(super) static ANSWER_UNASKED: Kind = Kind {
    id: "http-answer-without-question",
    group: "http",
    severity: Severity::Error,
    title: "An answer came that no request asked for.",
    page: "Client and server count messages differently: a body was longer or shorter than its \
           header said, or something between them injects answers. The next request on this \
           connection may get an answer that belongs to another one.\n\nLook at the message \
           before it, and at proxies on the way.",
    reference: "RFC 9112 section 9.2",
};

pub(super) static LENGTH_AND_CODING: Kind = Kind {
    id: "http-length-and-coding",
    group: "http",
    severity: Severity::Error,
    title: "A message has both Content-Length and Transfer-Encoding.",
    page: "Two receivers may see its end in two places, which lets an attacker hide a request \
           inside another (request smuggling). It is read here by its Transfer-Encoding.\n\n\
           Have the proxy refuse such messages, and find out who sent it.",
    reference: "RFC 9112 section 6.1; CWE-444",
};

pub(super) static LENGTH_BAD: Kind = Kind {
    id: "http-length-bad",
    group: "http",
    severity: Severity::Error,
    title: "Content-Length is no number, or is given twice with different values.",
    page: "Nobody can tell where the body ends, and two receivers may differ. The message is \
           shown with what followed until the connection ended.\n\nCorrect the program or proxy \
           that writes the header.",
    reference: "RFC 9112 section 6.3",
};

pub(super) static BODY_SHORT: Kind = Kind {
    id: "http-body-short",
    group: "http",
    severity: Severity::Error,
    title: "The body ended before its announced end.",
    page: "The header announces more octets than came before the connection ended. The sender \
           crashed or gave up while it wrote, or a proxy cut it off.\n\nLook at the sender's log. \
           If it always stops at the same length, look for a limit of a proxy.",
    reference: "RFC 9112 section 8",
};

pub(super) static BODY_LONG: Kind = Kind {
    id: "http-body-long",
    group: "http",
    severity: Severity::Error,
    title: "Octets follow a message that are no message.",
    page: "The body is longer than its header says, or has an end in another place. What follows \
           is taken for the next message by the receiver, and refused.\n\nCorrect the program \
           that computes the length: it often counts characters instead of octets, or compresses \
           after counting.",
    reference: "RFC 9112 section 6.3",
};

pub(super) static CHUNK_BAD: Kind = Kind {
    id: "http-chunk-bad",
    group: "http",
    severity: Severity::Error,
    title: "A chunk of a body does not begin or end as it must.",
    page: "Its size is no hexadecimal number, or its data is not followed by the end of a line. \
           The rest of the body cannot be told from what follows.\n\nCorrect the program or \
           proxy that writes chunks.",
    reference: "RFC 9112 section 7.1",
};

pub(super) static HEAD_BAD: Kind = Kind {
    id: "http-head-bad",
    group: "http",
    severity: Severity::Error,
    title: "The head of a message breaks the grammar of HTTP.",
    page: "A receiver refuses it, or guesses. It is looked for the next message from the next \
           segment on.\n\nCorrect the program that wrote it.",
    reference: "RFC 9112 section 2",
};

pub(super) static BODY_OTHER: Kind = Kind {
    id: "http-body-other",
    group: "http",
    severity: Severity::Warning,
    title: "The body is not what Content-Type says.",
    page: "Most often a proxy, a login page or a firewall answers in the place of the server, \
           with a page for people where a program expects a message.\n\nLook who wrote the body, \
           and let requests of this path through to the server.",
    reference: "RFC 9110 section 8.3",
};

pub(super) static SERVER_FAILED: Kind = Kind {
    id: "http-server-failed",
    group: "http",
    severity: Severity::Warning,
    title: "The server answered with a status of 500 or above.",
    page: "500 is the program's own failure; 502 and 504 come from a proxy that got no good \
           answer from the program behind it; 503 means that it is overloaded or stopped.\n\n\
           Look into the log of the server, or of the one behind the proxy, at this time.",
    reference: "RFC 9110 section 15.6",
};

pub(super) const KINDS: &[&Kind] = &[
    &ANSWER_MISSING,
    &ANSWER_UNASKED,
    &LENGTH_AND_CODING,
    &LENGTH_BAD,
    &BODY_SHORT,
    &BODY_LONG,
    &BODY_OTHER,
    &CHUNK_BAD,
    &HEAD_BAD,
    &SERVER_FAILED,
];
