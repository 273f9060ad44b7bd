//! The certificate has extensions and is not of version 3.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "extensions-need-version-3",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The certificate has extensions and is not of version 3.",
    page: "Programs that go by the version do not look at the extensions, so that a limit \
           in them, such as basicConstraints, does not hold.",
    reference: "RFC 5280 section 4.1.2.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let number = c.version_number();
    found.when(c.has_extensions && number != Some(3), "it has extensions below version 3");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.version = Some(vec![1])));
    }
}
