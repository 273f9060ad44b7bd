//! An extension says `critical: FALSE`, which DER leaves away.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "critical-default-written",
    group: "rfc5280",
    severity: Severity::Error,
    title: "An extension says `critical: FALSE`, which DER leaves away.",
    page: "A value that is the default is absent in DER. Strict readers refuse the \
           certificate.",
    reference: "X.690 section 11.5; RFC 5280 section 4.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for view in c.extensions.iter().filter(|view| view.writes_default) {
        let oid = view.extension.oid;
        found.say(extension_name(&oid).map_or_else(|| oid.to_string(), str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.extensions[0].1 = Some(false)));
    }
}
