//! The next CRL was due before this one was issued.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-updates-reversed",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The next CRL was due before this one was issued.",
    page: "The CRL is never fresh.",
    reference: "RFC 5280 section 5.1.2.5",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let next = c.next_update.as_ref().and_then(|next| next.at);
    if let (Some(this), Some(next)) = (c.this_update.at, next) {
        found.when(next <= this, format!("issued at {this}, next due at {next}"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.next_update = Some((0x17, "260614000000Z".into()))));
    }
}
