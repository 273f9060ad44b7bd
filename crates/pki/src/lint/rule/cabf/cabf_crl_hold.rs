//! An entry of the CRL is on hold.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, Rule, Source},
    oid,
    view::CrlView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2020, 9, 30),
    look: Look::Crl(look),
};

static KIND: Kind = Kind {
    id: "cabf-crl-hold",
    group: "cabf",
    severity: Severity::Error,
    title: "An entry of the CRL is on hold.",
    page: "Certificates of TLS servers are revoked for good; certificateHold must not be \
           used.",
    reference: "Baseline Requirements section 7.2.2",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    let one = c.entries().filter_map(Result::ok).find(|entry| {
        let mut all = entry.extensions.iter().map(|view| &view.extension);
        all.any(|e| e.oid == oid::REASON_CODE && e.value == [0x0a, 1, 6])
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
        breaks_crl(&RULE, &crl().but(|d| d.entries.as_mut().unwrap()[0].2[0].2 = vec![0x0a, 1, 6]));
    }
}
