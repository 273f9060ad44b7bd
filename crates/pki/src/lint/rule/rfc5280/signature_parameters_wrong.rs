//! The signature's algorithm has parameters that it must not have, or lacks those that it must
//! have.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::{AlgorithmView, CertificateView, Parameters},
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "signature-parameters-wrong",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The signature's algorithm has parameters that it must not have, or lacks \
            those that it must have.",
    page: "RSA with SHA-2 takes NULL, ECDSA and EdDSA take none, RSASSA-PSS its own. \
           Verifiers differ in what they forgive.",
    reference: "RFC 4055 section 5; RFC 5758 section 3; RFC 8410 section 3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let Some(said) = wrong_parameters(&c.inner_algorithm) {
        found.say(format!("{} {said}", c.inner_algorithm.name()));
    }
}

/// What is wrong with an algorithm's parameters.
fn wrong_parameters(algorithm: &AlgorithmView) -> Option<&'static str> {
    match (algorithm.expected_parameters()?, algorithm.parameters.as_deref()) {
        (Parameters::Absent, Some(_)) => Some("has parameters and must have none"),
        (Parameters::Null, Some(&[5, 0])) => None,
        (Parameters::Null, _) => Some("must have NULL as its parameters"),
        (Parameters::Own, None) => Some("has no parameters"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let null = seq(&[&oid_der("1.2.840.10045.4.3.2"), &[5, 0]]);
        breaks(
            &RULE,
            &leaf().but(|d| {
                d.inner = null.clone();
                d.outer = null;
            }),
        );
    }
}
