//! tunneling is allowed and names no suite that is known here.

use counterfoil_crypto::suite::Suite;
use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Set,
    since: jiff::civil::date(1997, 5, 31),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "set-tunneling-suites",
    group: "set",
    severity: Severity::Warning,
    title: "tunneling is allowed and names no suite that is known here.",
    page: "No message can be passed to a cardholder.",
    reference: "SET 1.0 Book 3, tunneling; docs/wire-format.md",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    if let Some(tunneling) = c.known().tunneling.as_ref().filter(|t| t.tunneling) {
        let known = tunneling.suites.iter().any(|oid| Suite::by_oid(*oid).is_ok());
        found.when(!known, format!("{} suites are named", tunneling.suites.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &set_gateway().with(oid::SET_TUNNELING, false, seq(&[&[0x30, 0]])));
    }
}
