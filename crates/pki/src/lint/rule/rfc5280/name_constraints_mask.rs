//! The mask of an address range in nameConstraints has a one after a zero.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "name-constraints-mask",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The mask of an address range in nameConstraints has a one after a zero.",
    page: "It has to be a prefix (CIDR). Readers differ in which addresses they see in \
           the range.",
    reference: "RFC 5280 section 4.2.1.10; RFC 4632 section 3.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let Some(constraints) = &c.known().standard.name_constraints else { return };
    for name in constraints.permitted.iter().chain(&constraints.excluded) {
        if let GeneralName::Ip(octets) = name {
            if !matches!(octets.len(), 8 | 32) {
                continue;
            }
            let mask = &octets[octets.len() / 2..];
            let bits: String = mask.iter().map(|octet| format!("{octet:08b}")).collect();
            found.when(bits.contains("01"), format!("the mask is {mask:?}"));
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
        let range = [192, 0, 2, 0, 255, 0, 255, 0];
        let within = seq(&[&tlv(0xa0, &seq(&[&tlv(0x87, &range)]))]);
        breaks(&RULE, &ca().with(oid::NAME_CONSTRAINTS, true, within));
    }
}
