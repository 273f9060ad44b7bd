//! The field extensions is there and holds none.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "extensions-empty",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The field extensions is there and holds none.",
    page: "It is a list of one or more; without any it has to be absent.",
    reference: "RFC 5280 section 4.1.2.9",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let empty = c.has_extensions && c.extensions.is_empty() && c.flaws.is_empty();
    found.when(empty, "the list is empty");
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
                d.unique = tlv(0xa3, &[0x30, 0]);
            }),
        );
    }
}
