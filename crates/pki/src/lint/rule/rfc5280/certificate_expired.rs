//! The certificate has expired.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "certificate-expired",
    group: "rfc5280",
    severity: Severity::Notice,
    title: "The certificate has expired.",
    page: "Rules are applied to it as to any other. Who still uses it has to replace it.",
    reference: "RFC 5280 section 4.1.2.5",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let end = c.not_after.at.filter(|end| *end < found.now);
    if let Some(end) = end {
        found.say(format!("it ended at {end}"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.not_after.1 = "260602000000Z".into()));
    }
}
