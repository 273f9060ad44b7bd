//! An extension's value cannot be read.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "extension-malformed",
    group: "rfc5280",
    severity: Severity::Error,
    title: "An extension's value cannot be read.",
    page: "Its value is not what its specification says: wrong type, an empty list, the \
           same policy twice, octets left over. A program that understands the extension \
           refuses the certificate.",
    reference: "RFC 5280 section 4.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for (oid, flaw) in &c.bad_extensions {
        let name = extension_name(oid).map_or_else(|| oid.to_string(), str::to_owned);
        found.say(format!("{name}: {} ({})", flaw.reason, flaw.field));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::CRL_DISTRIBUTION_POINTS, false, vec![0x30, 0]));
    }
}
