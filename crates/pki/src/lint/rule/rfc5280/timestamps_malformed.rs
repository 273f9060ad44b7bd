//! The list of signed certificate timestamps is empty or cannot be read.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::count_timestamps,
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2013, 6, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "timestamps-malformed",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The list of signed certificate timestamps is empty or cannot be read.",
    page: "Browsers that ask for Certificate Transparency refuse the certificate.",
    reference: "RFC 6962 section 3.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let Some(extension) = c.extension(oid::CT_TIMESTAMPS) {
        let count = count_timestamps(&extension.value);
        found.when(!count.is_ok_and(|count| count > 0), "there is none that can be read");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().with(oid::CT_TIMESTAMPS, false, vec![4, 2, 0, 0]));
    }
}
