//! An entry says that its reason is unspecified.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-reason-unspecified",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "An entry says that its reason is unspecified.",
    page: "The extension should be absent instead.",
    reference: "RFC 5280 section 5.3.1",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let one = c.entries().filter_map(Result::ok).find(|entry| {
        let mut all = entry.extensions.iter().map(|view| &view.extension);
        all.any(|e| e.oid == oid::REASON_CODE && e.value == [0x0a, 1, 0])
    });
    if let Some(entry) = one {
        found.say(format!("for example {}", crate::inspect::hex(entry.serial)));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.entries.as_mut().unwrap()[0].2[0].2 = vec![0x0a, 1, 0]));
    }
}
