//! An end entity's certificate has no subjectKeyIdentifier.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::is_server,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "subject-key-id-missing",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "An end entity's certificate has no subjectKeyIdentifier.",
    page: "It should be there, so that programs find the certificate of a key. TLS \
           servers are not judged: the CA/Browser Forum advises them against it.",
    reference: "RFC 5280 section 4.2.1.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let missing = c.extension(oid::SUBJECT_KEY_ID).is_none() && c.version_number() == Some(3);
    found.when(missing && !c.is_ca() && !is_server(c) && !c.is_self_issued(), "it is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let client = seq(&[&oid::KP_CLIENT_AUTH.to_der_bytes()]);
        breaks(&RULE, &leaf().with(oid::EXTENDED_KEY_USAGE, false, client));
    }
}
