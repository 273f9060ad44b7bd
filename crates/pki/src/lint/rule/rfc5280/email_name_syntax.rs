//! An rfc822Name is not local-part@domain.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "email-name-syntax",
    group: "rfc5280",
    severity: Severity::Error,
    title: "An rfc822Name is not local-part@domain.",
    page: "No display name, no angle brackets, no `mailto:`, one @.",
    reference: "RFC 5280 section 4.2.1.6; RFC 5321 section 4.1.2",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in &c.known().standard.subject_alt_names {
        if let GeneralName::Rfc822(text) = name {
            let domain = text.rsplit_once('@').filter(|(local, _)| !local.is_empty());
            let right = domain.is_some_and(|(local, host)| {
                !host.is_empty() && !text.contains([' ', '<', '>', ',']) && is_one(local)
            });
            found.when(!right, format!("`{}`", text.escape_default()));
        }
    }
}

/// Only a quoted local part may have an @ of its own.
fn is_one(local: &str) -> bool {
    !local.contains('@') || (local.starts_with('"') && local.ends_with('"'))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (1, b"Shop <a@example.com>")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
