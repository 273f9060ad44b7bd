//! The CRL is signed over MD2, MD4, MD5 or SHA-1.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::{CrlView, Strength},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2011, 3, 1),
    look: Look::Crl(look),
};

static KIND: Kind = Kind {
    id: "crl-signature-broken-hash",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The CRL is signed over MD2, MD4, MD5 or SHA-1.",
    page: "Two contents with one digest can be computed.",
    reference: "RFC 6151 section 2.1; RFC 6194 section 3",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let broken = c.inner_algorithm.strength() == Some(Strength::Broken);
    found.when(broken, format!("it is signed with {}", c.inner_algorithm.name()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        let draft = crl().but(|d| d.inner = seq(&[&oid_der("1.2.840.10045.4.1")]));
        let found = crate::lint::lint(&draft.item(), now(), crate::lint::Profiles::DEFAULT);
        assert!(found.iter().any(|remark| remark.id == RULE.kind.id), "{found:?}");
    }
}
