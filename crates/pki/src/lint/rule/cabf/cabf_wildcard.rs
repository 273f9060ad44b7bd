//! A wildcard covers a whole top-level domain.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2012, 7, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-wildcard",
    group: "cabf",
    severity: Severity::Error,
    title: "A wildcard covers a whole top-level domain.",
    page: "`*.com` would be every company's name. Public suffixes of several labels are \
           not known here.",
    reference: "Baseline Requirements section 3.2.2.6",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in c.known().standard.subject_alt_names.iter().filter(|_| is_server(c)) {
        if let GeneralName::Dns(host) = name {
            let wide = host.strip_prefix("*.").is_some_and(|rest| !rest.contains('.'));
            found.when(wide, format!("`{}`", host.escape_default()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (2, b"*.com")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
