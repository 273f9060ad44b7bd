//! The same extension stands in the CRL twice.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-extension-twice",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The same extension stands in the CRL twice.",
    page: "One program goes by the first, another by the last.",
    reference: "RFC 5280 section 5.2",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    for (index, view) in c.extensions.iter().enumerate() {
        let oid = view.extension.oid;
        let again = c.extensions[..index].iter().any(|other| other.extension.oid == oid);
        found.when(again, format!("{oid} is there again"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.extensions.push(d.extensions[0].clone())));
    }
}
