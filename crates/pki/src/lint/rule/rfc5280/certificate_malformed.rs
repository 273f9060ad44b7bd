//! A part of the certificate cannot be read.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(1988, 1, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "certificate-malformed",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A part of the certificate cannot be read.",
    page: "The certificate is not DER of the form that X.509 gives it. Programs refuse \
           it, or, worse, read it differently. Issue it again with a CA that encodes DER.",
    reference: "X.690; RFC 5280 section 4.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for flaw in &c.flaws {
        found.say(format!("{} at offset {}: {}", flaw.field, flaw.offset, flaw.reason));
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
            &root().but(|d| {
                d.extensions.clear();
                d.unique = tlv(0xa5, &[]);
            }),
        );
    }
}
