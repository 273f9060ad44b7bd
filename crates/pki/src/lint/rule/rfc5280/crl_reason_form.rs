//! The reason of an entry is critical, unknown, or takes the entry back in a CRL that is no
//! delta.

use counterfoil_remark::{Kind, Severity};

use crate::{
    crl::Reason,
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-reason-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The reason of an entry is critical, unknown, or takes the entry back in a CRL \
            that is no delta.",
    page: "reasonCode is non-critical; 7 is not used; removeFromCRL (8) only stands in \
           delta CRLs.",
    reference: "RFC 5280 section 5.3.1",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let delta = c.extension(oid::DELTA_CRL_INDICATOR).is_some();
    let one = c.entries().filter_map(Result::ok).find(|entry| {
        let mut all = entry.extensions.iter().map(|view| &view.extension);
        all.any(|e| e.oid == oid::REASON_CODE && (e.critical || !is_right(&e.value, delta)))
    });
    if let Some(entry) = one {
        found.say(format!("for example {}", crate::inspect::hex(entry.serial)));
    }
}

fn is_right(value: &[u8], delta: bool) -> bool {
    Reason::from_der(value).is_ok_and(|reason| delta || reason != Reason::RemoveFromCrl)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.entries.as_mut().unwrap()[0].2[0].2 = vec![0x0a, 1, 8]));
    }
}
