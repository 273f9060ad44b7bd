//! A TLS server's certificate names neither a CRL nor an OCSP responder.

use counterfoil_remark::{Kind, Severity};
use jiff::civil::date;

use crate::{
    lint::is_server,
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
    id: "cabf-status-missing",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's certificate names neither a CRL nor an OCSP responder.",
    page: "Nobody can learn that it is revoked. Certificates of at most 10 days, 7 from \
           15 March 2026, need neither.",
    reference: "Baseline Requirements sections 7.1.2.7.7 and 7.1.2.11.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let access = c.extension(oid::AUTHORITY_INFO_ACCESS);
    let access = access.and_then(|e| values::read_access(&e.value).ok()).unwrap_or_default();
    let ocsp = access.iter().any(|(m, _)| m.last_arc_under(&oid::ACCESS_METHODS) == Some(1));
    let crl = c.extension(oid::CRL_DISTRIBUTION_POINTS).is_some();
    let limit = if found.issued_on.is_some_and(|day| day >= date(2026, 3, 15)) { 7 } else { 10 };
    let short = match (c.not_before.at, c.not_after.at) {
        (Some(begin), Some(end)) => end.as_second() - begin.as_second() < limit * 86_400,
        _ => false,
    };
    found.when(is_server(c) && !ocsp && !crl && !short, "there is neither");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let only = access(&[(CA_ISSUERS, "http://ca.example.com/1.cer")]);
        let draft = leaf().without(oid::CRL_DISTRIBUTION_POINTS);
        breaks(&RULE, &draft.with(oid::AUTHORITY_INFO_ACCESS, false, only));
    }
}
