//! The certificate is of version 1 or 2 and cannot say what it may be used for.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "version-1-limits-nothing",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "The certificate is of version 1 or 2 and cannot say what it may be used for.",
    page: "Without extensions there are no basicConstraints: a program that takes such a \
           certificate for a CA's trusts everything that its key signs. Old roots are of \
           this kind. Replace it by one of version 3.",
    reference: "RFC 5280 section 4.1.2.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let old = matches!(c.version_number(), Some(1 | 2));
    found.when(old && !c.has_extensions, "it has no extensions");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(
            &RULE,
            &root().but(|d| {
                d.version = None;
                d.extensions.clear();
            }),
        );
    }
}
