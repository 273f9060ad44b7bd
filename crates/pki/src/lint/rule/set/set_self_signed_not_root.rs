//! A certificate of SET is self-issued and not the root's.

use counterfoil_remark::{Kind, Severity};

use crate::{
    extension::Roles,
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
    id: "set-self-signed-not-root",
    group: "set",
    severity: Severity::Error,
    title: "A certificate of SET is self-issued and not the root's.",
    page: "Below the root nobody certifies himself.",
    reference: "SET 1.0 Book 2, certificate management architecture",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let root = c.known().roles.is_none_or(|roles| roles.contains(Roles::RCA));
    found.when(!root && c.is_self_issued(), "issuer and subject are the same");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks_with(
            &RULE,
            &set_brand().but(|d| d.issuer = d.subject.clone()),
            &["root-key-ids-differ"],
        );
    }
}
