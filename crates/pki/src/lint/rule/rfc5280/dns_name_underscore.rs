//! A dNSName has an underscore.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "dns-name-underscore",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "A dNSName has an underscore.",
    page: "It is no letter of host names. Some programs refuse the name.",
    reference: "RFC 5280 section 4.2.1.6; RFC 1034 section 3.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in &c.known().standard.subject_alt_names {
        if let GeneralName::Dns(host) = name {
            found.when(host.contains('_'), format!("`{}`", host.escape_default()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (2, b"a_b.example.com")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
