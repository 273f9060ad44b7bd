//! An extension is critical and not known here.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "critical-extension-unknown",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "An extension is critical and not known here.",
    page: "Whoever does not know it has to refuse the certificate; that will be nearly \
           everybody.",
    reference: "RFC 5280 section 4.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for view in &c.extensions {
        let oid = view.extension.oid;
        let unknown = view.extension.critical && extension_name(&oid).is_none();
        found.when(unknown, format!("{oid} is critical"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid_of("1.2.3.4"), true, vec![5, 0]));
    }
}
