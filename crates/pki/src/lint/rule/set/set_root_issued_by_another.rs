//! A certificate with the role of the root was issued by somebody else.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-root-issued-by-another",
    group: "set",
    severity: Severity::Error,
    title: "A certificate with the role of the root was issued by somebody else.",
    page: "The root signs itself; nobody is entitled to certify it.",
    reference: "SET 1.0 Book 2, root certificate",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let root = c.known().roles.unwrap_or_default().contains(Roles::RCA);
    found.when(root && c.is_ca() && !c.is_self_issued(), "issuer and subject differ");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_root().but(|d| d.issuer = name(&[("2.5.4.10", 0x0c, "Other")])));
    }
}
