//! A TLS server's certificate does not have exactly one of the Forum's policies.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    oid::Oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2023, 9, 15),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-policy-reserved",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's certificate does not have exactly one of the Forum's policies.",
    page: "2.23.140.1.2.1 (domain), .2 (organization), .3 (individual) or 2.23.140.1.1 \
           (extended).",
    reference: "Baseline Requirements section 7.1.2.7.9",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(policies) = c.known().standard.policies.as_deref() else { return };
    let reserved = policies.iter().filter(|policy| is_reserved(policy)).count();
    found.when(is_server(c) && reserved != 1, format!("there are {reserved} of them"));
}

fn is_reserved(policy: &Oid) -> bool {
    const CABF: Oid = Oid::from_arcs(&[2, 23, 140, 1]);
    *policy == CABF.child(1) || matches!(policy.last_arc_under(&CABF.child(2)), Some(1..=3))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::CERTIFICATE_POLICIES, false, policies(&["1.2.3.4"])));
    }
}
