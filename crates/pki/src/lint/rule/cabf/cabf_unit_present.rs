//! A TLS server's subject has an organizationalUnitName.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2022, 9, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-unit-present",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's subject has an organizationalUnitName.",
    page: "Nobody can check what stands in it; it is no longer allowed.",
    reference: "Baseline Requirements section 7.1.4.2 (ballot SC47)",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let there = c.subject.values(oid::AT_ORGANIZATIONAL_UNIT).next().is_some();
    found.when(is_server(c) && there, "it is there");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let unit = name(&[("2.5.4.11", 0x0c, "Shop"), ("2.5.4.3", 0x0c, "shop.example.com")]);
        let ov = policies(&["2.23.140.1.2.2"]);
        breaks(&RULE, &leaf().but(|d| d.subject = unit).with(oid::CERTIFICATE_POLICIES, false, ov));
    }
}
