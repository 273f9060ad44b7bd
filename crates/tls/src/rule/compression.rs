//! TLS compression is accepted.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// Compression of TLS is accepted (CRIME).
static KIND: Kind = Kind {
    id: "compression",
    group: "feature",
    severity: Severity::Error,
    title: "Compression of TLS is accepted (CRIME).",
    page: "The length of what is compressed together with a secret gives the secret away \
        (CRIME).\n\n\
        Switch it off: `SSLCompression off`, or a library of the last ten years. HTTP \
        compression is another matter (BREACH) and not looked at.",
    reference: "RFC 9325 section 3.3; CVE-2012-4929 (CRIME)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    match seen.facts.compression {
        None | Some(0) => Vec::new(),
        Some(method) => {
            let name = if method == 1 { "DEFLATE".to_owned() } else { format!("method {method}") };
            vec![KIND.of(seen.subject, format!("it chooses {name}"))]
        }
    }
}
