//! The certificate is for other names than the one asked for.

use counterfoil_pki::host::{self, HostName};
use counterfoil_remark::{Kind, Remark, Severity};

use super::{Rule, Seen};

/// The certificate is for other names than the one asked for.
static KIND: Kind = Kind {
    id: "certificate-name",
    group: "certificate",
    severity: Severity::Error,
    title: "The certificate is for other names than the one asked for.",
    page: "Clients refuse the connection. Only subjectAltName counts; the common name does not.\n\n\
        Have the certificate issued for this name, or send clients to a name that it has. \
        When the server has several certificates, see which one it gives to those who ask \
        for this name.",
    reference: "RFC 9525 section 6",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let Some(text) = seen.host else { return Vec::new() };
    let host = text.parse::<HostName>();
    let mut remarks = Vec::new();
    for leaf in seen.chains.iter().filter_map(|chain| chain.leaf()?.strict()) {
        let why = match &host {
            Ok(host) => host.check(leaf).err(),
            Err(error) => {
                Some(format!("asked for `{text}`, which no certificate can have: {error}"))
            }
        };
        if let Some(why) = why {
            let has = host::names(leaf).join(", ");
            remarks.push(KIND.of(seen.subject, why).with("expected", text).with("seen", has));
        }
    }
    remarks
}
