//! Subject and issuer are of different brands.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
    hierarchy,
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
    id: "set-brand-differs",
    group: "set",
    severity: Severity::Error,
    title: "Subject and issuer are of different brands.",
    page: "Only a brand CA's issuer, the root, has another organizationName.",
    reference: "SET 1.0 Book 2, BrandID",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let above = c.known().roles.unwrap_or_default().intersects(Roles::BCA | Roles::RCA);
    let brand = |name: &crate::view::NameView| {
        name.values(oid::AT_ORGANIZATION).next().map(crate::view::AttributeView::text)
    };
    if let (Some(subject), Some(issuer)) = (brand(&c.subject), brand(&c.issuer)) {
        let differ = !hierarchy::same_brand(&subject, &issuer);
        found.when(!above && differ, format!("`{subject}` below `{issuer}`"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(
            &RULE,
            &set_cardholder().but(|d| {
                d.subject = name(&[("2.5.4.10", 0x0c, "Other Card"), ("2.5.4.3", 0x0c, "x7Qk")]);
            }),
        );
    }
}
