//! The CRL has extensions and is not of version 2.

use counterfoil_remark::{Kind, Severity};

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CrlView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Crl(look) };

static KIND: Kind = Kind {
    id: "crl-version-1",
    group: "rfc5280",
    severity: Severity::Error,
    title: "The CRL has extensions and is not of version 2.",
    page: "CAs issue CRLs of version 2; of another one the extensions are not looked at.",
    reference: "RFC 5280 section 5.1.2.1",
};

fn look(c: &CrlView, found: &mut Found<'_>) {
    found.when(
        c.has_extensions && !matches!(c.version.as_deref(), Some([1])),
        "the version is not 2",
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn what_breaks_just_this_rule_is_told() {
        breaks_crl(&RULE, &crl().but(|d| d.version = None));
    }
}
