//! The certificate is signed with an algorithm that browsers do not accept.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2016, 1, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-signature-algorithm",
    group: "cabf",
    severity: Severity::Error,
    title: "The certificate is signed with an algorithm that browsers do not accept.",
    page: "RSA (PKCS#1 v1.5 or PSS) and ECDSA with SHA-256, SHA-384 or SHA-512 are all.",
    reference: "Baseline Requirements section 7.1.3.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let name = c.outer_algorithm.name();
    let right = ["sha256", "sha384", "sha512"].iter().any(|hash| name.starts_with(hash))
        || ["ecdsa-with-SHA256", "ecdsa-with-SHA384", "ecdsa-with-SHA512", "rsassaPss"]
            .contains(&name.as_str());
    found.when(!right, format!("the algorithm is {name}"));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let ed = seq(&[&oid_der("1.3.101.112")]);
        breaks(
            &RULE,
            &leaf().but(|d| {
                d.inner = ed.clone();
                d.outer = ed;
            }),
        );
    }
}
