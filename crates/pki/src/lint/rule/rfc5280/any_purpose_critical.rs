//! extKeyUsage has anyExtendedKeyUsage and is critical.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "any-purpose-critical",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "extKeyUsage has anyExtendedKeyUsage and is critical.",
    page: "With \"any\" in it, it should not be critical.",
    reference: "RFC 5280 section 4.2.1.12",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let purposes = c.known().standard.extended_key_usage.as_deref().unwrap_or_default();
    let critical = c.extension(oid::EXTENDED_KEY_USAGE).is_some_and(|e| e.critical);
    found.when(critical && purposes.contains(&oid::ANY_EXTENDED_KEY_USAGE), "both are so");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let any = seq(&[&oid::ANY_EXTENDED_KEY_USAGE.to_der_bytes()]);
        breaks(&RULE, &leaf().with(oid::EXTENDED_KEY_USAGE, true, any));
    }
}
