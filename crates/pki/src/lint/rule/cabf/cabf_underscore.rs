//! A TLS server's certificate has a dNSName with an underscore.

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
    since: jiff::civil::date(2019, 4, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-underscore",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's certificate has a dNSName with an underscore.",
    page: "Such names are no longer certified.",
    reference: "Baseline Requirements section 7.1.4.2.1 (ballot SC12)",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in c.known().standard.subject_alt_names.iter().filter(|_| is_server(c)) {
        if let GeneralName::Dns(host) = name {
            found.when(host.contains('_'), format!("`{}`", host.escape_default()));
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
        let list = names(&[(2, b"shop.example.com"), (2, b"a_b.example.com")]);
        breaks_with(
            &RULE,
            &leaf().with(oid::SUBJECT_ALT_NAME, false, list),
            &["dns-name-underscore"],
        );
    }
}
