//! A part of a name is longer than its type allows.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid::{self, Oid},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "name-part-too-long",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A part of a name is longer than its type allows.",
    page: "commonName, organizationName and organizationalUnitName have at most 64 \
           characters, localityName and stateOrProvinceName 128. Some programs cut or \
           refuse longer ones.",
    reference: "RFC 5280 appendix A.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for attribute in c.issuer.attributes().chain(c.subject.attributes()) {
        let limit = BOUNDS.iter().find(|(kind, _)| *kind == attribute.oid).map(|(_, max)| *max);
        let length = attribute.text().chars().count();
        if let Some(max) = limit.filter(|max| length > *max) {
            found.say(format!("{} has {length} characters of {max}", attribute.name()));
        }
    }
}

/// ub-common-name and the other upper bounds.
const BOUNDS: [(Oid, usize); 8] = [
    (oid::AT_COMMON_NAME, 64),
    (oid::AT_SURNAME, 40),
    (oid::AT_SERIAL_NUMBER, 64),
    (oid::AT_LOCALITY, 128),
    (oid::AT_STATE, 128),
    (oid::AT_ORGANIZATION, 64),
    (oid::AT_ORGANIZATIONAL_UNIT, 64),
    (oid::AT_EMAIL, 255),
];

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let long = name(&[("2.5.4.10", 0x0c, &"x".repeat(65)), ("2.5.4.3", 0x0c, "a")]);
        breaks(&RULE, &ca().but(|d| d.subject = long));
        let fits = name(&[("2.5.4.10", 0x0c, &"x".repeat(64)), ("2.5.4.3", 0x0c, "a")]);
        keeps(&RULE, &ca().but(|d| d.subject = fits));
    }
}
