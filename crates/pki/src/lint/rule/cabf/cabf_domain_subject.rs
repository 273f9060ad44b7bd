//! A domain-validated certificate says more of its subject than was checked.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    oid::{self, Oid},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2023, 9, 15),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-domain-subject",
    group: "cabf",
    severity: Severity::Error,
    title: "A domain-validated certificate says more of its subject than was checked.",
    page: "Only countryName and commonName may be there.",
    reference: "Baseline Requirements section 7.1.2.7.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    const DOMAIN: Oid = Oid::from_arcs(&[2, 23, 140, 1, 2, 1]);
    let policies = c.known().standard.policies.as_deref().unwrap_or_default();
    for attribute in c.subject.attributes().filter(|_| is_server(c) && policies.contains(&DOMAIN)) {
        let right = [oid::AT_COUNTRY, oid::AT_COMMON_NAME].contains(&attribute.oid);
        found.when(!right, format!("{} is there", attribute.name()));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let acme = name(&[("2.5.4.10", 0x0c, "Acme"), ("2.5.4.3", 0x0c, "shop.example.com")]);
        breaks(&RULE, &leaf().but(|d| d.subject = acme));
    }
}
