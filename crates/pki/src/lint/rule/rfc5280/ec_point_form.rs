//! The point of an elliptic curve key is of a wrong form or length.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::{CertificateView, KeyShape},
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2009, 3, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "ec-point-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The point of an elliptic curve key is of a wrong form or length.",
    page: "It begins with 4 (uncompressed) or 2 or 3 (compressed) and has the length that \
           its curve asks for; the hybrid forms 6 and 7 must not be used.",
    reference: "RFC 5480 section 2.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let KeyShape::Ec { curve: Some(_) } = &c.key.shape else { return };
    let Some(bits) = c.key.bits() else { return };
    let octets = bits.div_ceil(8) as usize;
    let right = match c.key.octets.first() {
        Some(4) => c.key.octets.len() == 1 + 2 * octets,
        Some(2 | 3) => c.key.octets.len() == 1 + octets,
        _ => false,
    };
    let first = c.key.octets.first().copied().unwrap_or(0);
    found.when(!right, format!("{} octets, the first {first:#04x}", c.key.octets.len()));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let curve = [oid_der("1.2.840.10045.2.1"), oid_der("1.2.840.10045.3.1.7")].concat();
        let short = spki(&tlv(0x30, &curve), &[4; 64]);
        breaks(&RULE, &leaf().but(|d| d.key = short));
    }
}
