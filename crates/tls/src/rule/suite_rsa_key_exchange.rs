//! Key exchange with the RSA key of the certificate is accepted (no forward secrecy; ROBOT not
//! tested).

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// Key exchange with the RSA key of the certificate is accepted (no forward secrecy; ROBOT not
/// tested).
static KIND: Kind = Kind {
    id: "suite-rsa-key-exchange",
    group: "suite",
    severity: Severity::Warning,
    title: "Key exchange with the RSA key of the certificate is accepted (no forward secrecy; \
        ROBOT not tested).",
    page: "Whoever gets the private key later opens every recorded connection. And if the \
        server tells good padding from bad, whoever asks it often enough decrypts without \
        the key (Bleichenbacher, ROBOT). Telling whether it does would be half of the \
        attack, so that is not tested.\n\n\
        Offer ECDHE only: in OpenSSL take `kRSA` out of the list of ciphers. Then ROBOT is \
        no question.",
    reference: "RFC 9325 section 4.1; CVE-2017-13099 (ROBOT)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    seen.suites(&KIND, |_, suite| suite.encrypts_for_rsa() && !suite.is_export())
}
