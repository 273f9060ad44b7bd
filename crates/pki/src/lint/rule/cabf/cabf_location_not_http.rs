//! A location of OCSP, caIssuers or a CRL is not of plain HTTP.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, Rule, Source},
    oid,
    revocation_point::PointName,
    view::{CertificateView, values},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2023, 9, 15),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-location-not-http",
    group: "cabf",
    severity: Severity::Error,
    title: "A location of OCSP, caIssuers or a CRL is not of plain HTTP.",
    page: "What is fetched is signed; with HTTPS it would need itself to be fetched.",
    reference: "Baseline Requirements sections 7.1.2.7.7 and 7.1.2.11.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let access = c.extension(oid::AUTHORITY_INFO_ACCESS);
    let access = access.and_then(|e| values::read_access(&e.value).ok()).unwrap_or_default();
    let points = c.known().standard.crl_points.iter().flatten();
    let points = points.filter_map(|point| match &point.name {
        Some(PointName::Full(names)) => Some(names),
        _ => None,
    });
    for name in access.iter().map(|(_, name)| name).chain(points.flatten()) {
        if let GeneralName::Uri(uri) = name {
            let http = uri.to_ascii_lowercase().starts_with("http://");
            found.when(!http, format!("`{}`", uri.escape_default()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(
            &RULE,
            &leaf().with(oid::CRL_DISTRIBUTION_POINTS, false, point("https://crl.example.com/1")),
        );
    }
}
