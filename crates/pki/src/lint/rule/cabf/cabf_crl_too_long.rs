//! The next CRL is due later than a year after this one.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2013, 1, 1),
    look: Look::Crl(look),
};

static KIND: Kind = Kind {
    id: "cabf-crl-too-long",
    group: "cabf",
    severity: Severity::Error,
    title: "The next CRL is due later than a year after this one.",
    page: "At most 10 days for a CRL of server certificates, 12 months for one of CA \
           certificates; which of the two it is cannot be told, so only the longer is \
           held.",
    reference: "Baseline Requirements section 4.9.7",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let next = c.next_update.as_ref().and_then(|next| next.at);
    if let (Some(this), Some(next)) = (c.this_update.at, next) {
        let days = (next.as_second() - this.as_second()) / 86_400;
        found.when(days > 366, format!("after {days} days"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.next_update = Some((0x17, "270714000000Z".into()))));
    }
}
