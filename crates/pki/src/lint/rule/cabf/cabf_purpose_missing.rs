//! The certificate has no extKeyUsage with serverAuth.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2012, 7, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-purpose-missing",
    group: "cabf",
    severity: Severity::Error,
    title: "The certificate has no extKeyUsage with serverAuth.",
    page: "A TLS server's certificate must have it. This certificate is no CA's, and was \
           judged as a server's because that was asked for.",
    reference: "Baseline Requirements section 7.1.2.7.10",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let purposes = c.known().standard.extended_key_usage.as_deref().unwrap_or_default();
    let server = purposes.contains(&oid::KP_SERVER_AUTH);
    found.when(!c.is_ca() && !server, "serverAuth is not among its purposes");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().without(oid::EXTENDED_KEY_USAGE));
    }
}
