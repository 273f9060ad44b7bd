//! The CRL lists the same serial number twice.

use std::collections::BTreeSet;

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-entry-twice",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The CRL lists the same serial number twice.",
    page: "Which of the two reasons and times holds is anybody's guess. An indirect CRL, \
           which lists certificates of several issuers, is not judged.",
    reference: "RFC 5280 section 5.1.2.6",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let mut seen = BTreeSet::new();
    for entry in c.entries().filter_map(Result::ok) {
        if entry.extensions.iter().any(|e| e.extension.oid == oid::CERTIFICATE_ISSUER) {
            return;
        }
        if !seen.insert(entry.serial.to_vec()) {
            found.say(format!("one of them is {}", crate::inspect::hex(entry.serial)));
            return;
        }
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
            &crl().but(|d| {
                let entries = d.entries.as_mut().unwrap();
                entries.push(entries[0].clone());
            }),
        );
    }
}
