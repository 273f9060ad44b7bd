//! Key exchange with the Diffie-Hellman key of the certificate is accepted (no forward secrecy).

use counterfoil_remark::{Kind, Remark, Severity};

use crate::suite::KeyExchange;

use super::{Rule, Seen};

/// Key exchange with the Diffie-Hellman key of the certificate is accepted (no forward secrecy).
static KIND: Kind = Kind {
    id: "suite-static-key-exchange",
    group: "suite",
    severity: Severity::Warning,
    title: "Key exchange with the Diffie-Hellman key of the certificate is accepted (no forward \
        secrecy).",
    page: "Whoever gets the private key later opens every recorded connection.\n\n\
        Offer ECDHE only.",
    reference: "RFC 9325 section 4.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |_, suite| matches!(suite.key_exchange, KeyExchange::Dh | KeyExchange::Ecdh))
}
