//! The next CRL is overdue.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-stale",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "The next CRL is overdue.",
    page: "Verifiers that ask for revocation refuse everything that the CA issued. Fetch \
           or publish a new CRL.",
    reference: "RFC 5280 section 5.1.2.5",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let this = c.this_update.at;
    let next = c.next_update.as_ref().and_then(|next| next.at).filter(|next| Some(*next) > this);
    if let Some(next) = next.filter(|next| *next < found.now) {
        found.say(format!("it was due at {next}"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.next_update = Some((0x17, "260614120000Z".into()))));
    }
}
