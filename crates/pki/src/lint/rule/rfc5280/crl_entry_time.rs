//! The time of an entry is not of the form that RFC 5280 asks for, or lies after the CRL's own.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-entry-time",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The time of an entry is not of the form that RFC 5280 asks for, or lies after \
            the CRL's own.",
    page: "A certificate that is listed is revoked, whatever the time says; programs that \
           go by the time may think otherwise.",
    reference: "RFC 5280 section 5.1.2.6",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    for entry in c.entries().filter_map(Result::ok) {
        let wrong = match (entry.revoked_at.at, c.this_update.at) {
            (None, _) => true,
            (Some(revoked), Some(this)) => revoked > this,
            _ => false,
        };
        if wrong {
            let serial = crate::inspect::hex(entry.serial);
            found.say(format!("`{}` of {serial}", entry.revoked_at.text()));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(
            &RULE,
            &crl().but(|d| d.entries.as_mut().unwrap()[0].1.1 = "260616000000Z".into()),
        );
    }
}
