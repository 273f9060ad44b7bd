//! The subject has no brand (organizationName).

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-brand-missing",
    group: "set",
    severity: Severity::Error,
    title: "The subject has no brand (organizationName).",
    page: "Everything below a brand CA carries the brand's name; parties of another brand \
           refuse it by it.",
    reference: "SET 1.0 Book 2, BrandID",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let root = c.known().roles == Some(Roles::RCA);
    let brand = c.subject.values(oid::AT_ORGANIZATION).next().is_some();
    found.when(!root && !brand && !c.subject.is_empty(), "organizationName is absent");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(
            &RULE,
            &set_cardholder()
                .but(|d| d.subject = name(&[("2.5.4.6", 0x13, "DE"), ("2.5.4.3", 0x0c, "x7Qk")])),
        );
    }
}
