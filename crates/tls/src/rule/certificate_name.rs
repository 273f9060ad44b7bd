//! The certificate is for other names than the one asked for.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::chain::{name, names};

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

/// Names that are shown.
const NAMES_MAX: usize = 8;

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let Some(host) = seen.host else { return Vec::new() };
    let mut remarks = Vec::new();
    for leaf in seen.chains.iter().filter_map(|chain| chain.leaf()?.strict()) {
        if !name::matches(leaf, host) {
            let names = names(leaf);
            let mut shown = names.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join(", ");
            if names.is_empty() {
                shown = "no name of a server".into();
            } else if names.len() > NAMES_MAX {
                shown = format!("{shown} and {} more", names.len() - NAMES_MAX);
            }
            let remark = KIND.of(seen.subject, format!("asked for {host}, it is for {shown}"));
            remarks.push(remark.with("expected", host).with("seen", shown));
        }
    }
    remarks
}
