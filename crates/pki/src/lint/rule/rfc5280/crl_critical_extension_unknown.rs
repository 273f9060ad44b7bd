//! An extension of the CRL or of an entry is critical and not known here.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-critical-extension-unknown",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "An extension of the CRL or of an entry is critical and not known here.",
    page: "Whoever does not know it must not use the CRL to say that a certificate is \
           good.",
    reference: "RFC 5280 sections 5.2 and 5.3",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let own = c.extensions.iter().map(|view| &view.extension).cloned();
    let entries = c.entries().filter_map(Result::ok).flat_map(|entry| entry.extensions);
    let all = own.chain(entries.map(|view| view.extension));
    let unknown = all.into_iter().find(|e| e.critical && extension_name(&e.oid).is_none());
    if let Some(extension) = unknown {
        found.say(format!("{} is critical", extension.oid));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(
            &RULE,
            &crl().but(|d| d.extensions.push((oid_of("1.2.3.4"), Some(true), vec![5, 0]))),
        );
    }
}
