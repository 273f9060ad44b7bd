//! authorityInfoAccess does not say where the issuer's certificate is.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    oid,
    view::{CertificateView, values},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2012, 7, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-issuer-location-missing",
    group: "cabf",
    severity: Severity::Warning,
    title: "authorityInfoAccess does not say where the issuer's certificate is.",
    page: "It should, so that browsers can complete a chain that the server sends \
           incompletely.",
    reference: "Baseline Requirements section 7.1.2.7.7",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let access = c.extension(oid::AUTHORITY_INFO_ACCESS);
    let access = access.and_then(|e| values::read_access(&e.value).ok()).unwrap_or_default();
    let there = access.iter().any(|(m, _)| m.last_arc_under(&oid::ACCESS_METHODS) == Some(2));
    found.when(!there && !c.is_self_issued(), "caIssuers is absent");
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
            &leaf().with(
                oid::AUTHORITY_INFO_ACCESS,
                false,
                access(&[(OCSP, "http://ocsp.example.com/")]),
            ),
        );
    }
}
