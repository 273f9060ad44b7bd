//! The version is not 1, 2 or 3.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "certificate-version-unknown",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The version is not 1, 2 or 3.",
    page: "The field counts from 0: version 3 is written as 2. A CA that writes 3 means \
           version 3 and says version 4.",
    reference: "RFC 5280 section 4.1.2.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(c.version_number().is_none(), "the version is written as none of 0, 1 and 2");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &leaf().but(|d| d.version = Some(vec![3])),
            &["extensions-need-version-3"],
        );
    }
}
