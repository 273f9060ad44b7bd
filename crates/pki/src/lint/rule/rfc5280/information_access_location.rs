//! A location of OCSP, caIssuers or caRepository is no URI of HTTP or LDAP.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::{CertificateView, values},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "information-access-location",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "A location of OCSP, caIssuers or caRepository is no URI of HTTP or LDAP.",
    page: "Programs fetch from URIs; other forms of name lead nowhere.",
    reference: "RFC 5280 section 4.2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for oid in [oid::AUTHORITY_INFO_ACCESS, oid::SUBJECT_INFO_ACCESS] {
        let Some(extension) = c.extension(oid) else { continue };
        for (method, location) in values::read_access(&extension.value).unwrap_or_default() {
            let known = matches!(method.last_arc_under(&oid::ACCESS_METHODS), Some(1 | 2 | 5));
            found.when(known && !is_fetched(&location), format!("of method {method}"));
        }
    }
}

fn is_fetched(location: &GeneralName) -> bool {
    let GeneralName::Uri(uri) = location else { return false };
    let uri = uri.to_ascii_lowercase();
    ["http://", "https://", "ldap://", "ldaps://", "rsync://"].iter().any(|s| uri.starts_with(s))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &ca().with(oid::AUTHORITY_INFO_ACCESS, false, access(&[(CA_ISSUERS, "/ca.cer")])),
            &[],
        );
    }
}
