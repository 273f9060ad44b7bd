//! Version 1 is written out, which DER leaves away.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "version-default-written",
    group: "rfc5280",
    severity: Severity::Error,
    title: "Version 1 is written out, which DER leaves away.",
    page: "A value that is the default is absent in DER. Strict readers refuse the \
           certificate.",
    reference: "X.690 section 11.5; RFC 5280 section 4.1.2.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    found.when(matches!(c.version.as_deref(), Some([0])), "the field says 0, which is its default");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &root().but(|d| {
                d.version = Some(vec![0]);
                d.extensions.clear();
            }),
            &["version-1-limits-nothing"],
        );
    }
}
