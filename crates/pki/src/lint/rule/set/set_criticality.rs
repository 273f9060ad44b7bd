//! An extension of SET, or one that it asks for, has the wrong criticality.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::extension_name,
    lint::{Found, Look, Rule, Source},
    oid::{self, Oid},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-criticality",
    group: "set",
    severity: Severity::Error,
    title: "An extension of SET, or one that it asks for, has the wrong criticality.",
    page: "certificateType, hashedRootKey, certificatePolicies, basicConstraints and \
           keyUsage are critical; merchantData, cardCertRequired, tunneling and \
           setExtensions are not.",
    reference: "SET 1.0 Book 2, certificate profile",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for (oid, critical) in EXPECTED {
        let wrong = c.extension(oid).is_some_and(|extension| extension.critical != critical);
        let word = if critical { "critical" } else { "non-critical" };
        let name = extension_name(&oid).unwrap_or_default();
        found.when(wrong, format!("{name} has to be {word}"));
    }
}

const EXPECTED: [(Oid, bool); 8] = [
    (oid::SET_CERTIFICATE_TYPE, true),
    (oid::SET_HASHED_ROOT_KEY, true),
    (oid::CERTIFICATE_POLICIES, true),
    (oid::BASIC_CONSTRAINTS, true),
    (oid::SET_MERCHANT_DATA, false),
    (oid::SET_CARD_CERT_REQUIRED, false),
    (oid::SET_TUNNELING, false),
    (oid::SET_EXTENSIONS, false),
];

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_merchant().critical(oid::SET_CERTIFICATE_TYPE, false));
        breaks(&RULE, &set_merchant().critical(oid::SET_MERCHANT_DATA, true));
    }
}
