//! Alerts: what a peer says before it hangs up, and what that means.

use counterfoil_remark::{Kind, Severity};
use counterfoil_tls::alert::{Alert, CLOSE_NOTIFY};

pub(super) static ALERT: Kind = Kind {
    id: "tls-alert",
    group: "tls",
    severity: Severity::Error,
    title: "A side refused to go on, and said why.",
    page: "The alert names the reason as the side sees it that sent it; the fault is often on the \
           other side. The summary says what the reason means.\n\nIn TLS 1.3 a client's refusal \
           of the server's certificate is encrypted: give the key log to see it.",
    reference: "RFC 8446 section 6; RFC 5246 section 7.2",
};

/// Whether an alert is the ordinary end of a connection.
pub(super) fn is_end(alert: Alert) -> bool {
    alert.description == CLOSE_NOTIFY
}

/// What an alert means, for somebody who has to act.
pub(super) fn meaning(description: u8) -> &'static str {
    match description {
        0 => "the connection ends in order",
        10 | 109 | 110 => "the other side sent a message that does not belong there",
        20 | 21 | 51 => {
            "what came could not be opened or verified: altered on the way, or \
                         another key"
        }
        22 | 50 => "what came has the wrong form or length",
        40 => "no version, suite, group or certificate that both sides accept",
        42 | 43 | 46 => "the certificate was not accepted",
        44 => "the certificate is revoked",
        45 => "the certificate has expired, or a clock is wrong",
        47 => "a value in the handshake makes no sense",
        48 => "the issuer of the certificate is not trusted: a root or an intermediate is missing",
        49 => "the certificate is valid, and its holder may not",
        70 => "no version of the protocol that both sides speak",
        71 => "everything offered is too weak",
        80 => "the side that sent it failed by itself",
        86 => "the client tried an older version than both sides have",
        90 => "somebody stopped the handshake",
        100 => "renegotiation is not wanted",
        112 => "the server has no certificate for the name that was asked for",
        113 => "the stapled OCSP response was not accepted",
        115 => "the session or key is not known any more",
        116 => "a client's certificate is required, and none came",
        120 => "no application protocol (ALPN) that both sides speak",
        _ => "no meaning is registered",
    }
}
