//! subjectAltName of a TLS server has a name that is neither dNSName nor iPAddress.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    inspect::name_text,
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
    id: "cabf-alt-name-form",
    group: "cabf",
    severity: Severity::Error,
    title: "subjectAltName of a TLS server has a name that is neither dNSName nor \
            iPAddress.",
    page: "E-mail addresses, URIs and directory names have no place in it.",
    reference: "Baseline Requirements section 7.1.2.7.12",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in c.known().standard.subject_alt_names.iter().filter(|_| is_server(c)) {
        let right = matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_));
        found.when(!right, name_text(name));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (1, b"a@example.com")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
