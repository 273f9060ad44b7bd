//! A part of the CRL cannot be read.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-malformed",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A part of the CRL cannot be read.",
    page: "Programs refuse the whole CRL, and then either everything below the CA or \
           revocation itself.",
    reference: "X.690; RFC 5280 section 5.1",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    for flaw in &c.flaws {
        found.say(format!("{} at offset {}: {}", flaw.field, flaw.offset, flaw.reason));
    }
    if let Some(Err(flaw)) = c.entries().find(Result::is_err) {
        found.say(format!("an entry: {} ({})", flaw.reason, flaw.field));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.inner = vec![5, 0]));
    }
}
