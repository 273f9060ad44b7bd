//! The same extension stands in the certificate twice.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "extension-twice",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The same extension stands in the certificate twice.",
    page: "One program goes by the first, another by the last.",
    reference: "RFC 5280 section 4.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for (index, view) in c.extensions.iter().enumerate() {
        let oid = view.extension.oid;
        let name = extension_name(&oid).map_or_else(|| oid.to_string(), str::to_owned);
        let again = c.extensions[..index].iter().any(|other| other.extension.oid == oid);
        found.when(again, format!("{name} is there again"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.extensions.push(d.extensions[0].clone())));
    }
}
