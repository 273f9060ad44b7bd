//! A CRL distribution point has no URI of HTTP or LDAP.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    revocation_point::PointName,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "crl-point-unreachable",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "A CRL distribution point has no URI of HTTP or LDAP.",
    page: "Nobody can fetch the CRL from it without knowing more.",
    reference: "RFC 5280 section 4.2.1.13",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for point in c.known().standard.crl_points.iter().flatten() {
        let Some(PointName::Full(names)) = &point.name else { continue };
        let reachable = names.iter().any(|name| match name {
            GeneralName::Uri(uri) => ["http://", "https://", "ldap://", "ldaps://", "ldap:///"]
                .iter()
                .any(|scheme| uri.to_ascii_lowercase().starts_with(scheme)),
            GeneralName::Directory(_) => true,
            _ => false,
        });
        found.when(!reachable, "none of its names can be fetched from");
    }
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
            &ca().with(oid::CRL_DISTRIBUTION_POINTS, false, point("file:///crl")),
            &[],
        );
    }
}
