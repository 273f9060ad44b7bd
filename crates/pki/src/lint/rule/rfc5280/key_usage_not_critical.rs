//! keyUsage is not critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "key-usage-not-critical",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "keyUsage is not critical.",
    page: "It should be; who skips it uses the key for what it is not meant for.",
    reference: "RFC 5280 section 4.2.1.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let skipped = c.extension(oid::KEY_USAGE).is_some_and(|e| !e.critical);
    found.when(skipped, "it is marked non-critical");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().critical(oid::KEY_USAGE, false));
    }
}
