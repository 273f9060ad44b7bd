//! The key is too short to withstand an attack, or of an algorithm that is no longer used.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2014, 1, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "key-too-weak",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The key is too short to withstand an attack, or of an algorithm that is no \
            longer used.",
    page: "RSA below 2048 bits and curves below 224 bits can be broken by those who want \
           to; DSA is withdrawn (FIPS 186-5). Make a new key and have it certified.",
    reference: "NIST SP 800-131A; NIST SP 800-57 part 1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let bits = c.key.bits().unwrap_or(0);
    let weak = match &c.key.shape {
        KeyShape::Rsa { .. } => bits < 2048,
        KeyShape::Ec { .. } => bits > 0 && bits < 224,
        _ => c.key.algorithm.name() == "dsa",
    };
    found.when(weak, format!("the key is {}", c.key.describe()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let mut modulus = vec![0xff; 128];
        modulus.insert(0, 0);
        breaks_with(
            &RULE,
            &leaf().but(|d| d.key = rsa_key(&modulus, &[1, 0, 1])),
            &["rsa-small-factor"],
        );
    }
}
