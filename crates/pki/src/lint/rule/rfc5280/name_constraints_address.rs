//! An address range in nameConstraints has neither 8 nor 32 octets.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "name-constraints-address",
    group: "rfc5280",
    severity: Severity::Error,
    title: "An address range in nameConstraints has neither 8 nor 32 octets.",
    page: "It is an address and its mask.",
    reference: "RFC 5280 section 4.2.1.10",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(constraints) = &c.known().standard.name_constraints else { return };
    for name in constraints.permitted.iter().chain(&constraints.excluded) {
        if let GeneralName::Ip(octets) = name {
            let right = matches!(octets.len(), 8 | 32);
            found.when(!right, format!("it has {} octets", octets.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let within = seq(&[&tlv(0xa0, &seq(&[&tlv(0x87, &[192, 0, 2, 0])]))]);
        breaks(&RULE, &ca().with(oid::NAME_CONSTRAINTS, true, within));
    }
}
