//! commonName of a TLS server is not among the names of subjectAltName.

use counterfoil_remark::{Kind, Severity};

use crate::{
    inspect::name_text,
    lint::is_server,
    lint::{Found, Look, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Cabf,
    since: jiff::civil::date(2012, 7, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "cabf-common-name-not-in-alt-name",
    group: "cabf",
    severity: Severity::Error,
    title: "commonName of a TLS server is not among the names of subjectAltName.",
    page: "When it is there it must be one of them, written the same.",
    reference: "Baseline Requirements section 7.1.4.3",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    let names: Vec<String> = c.known().standard.subject_alt_names.iter().map(name_text).collect();
    for common in c.subject.values(oid::AT_COMMON_NAME).filter(|_| is_server(c)) {
        let text = common.text();
        let there = names.iter().any(|name| {
            name.split_once(':').is_some_and(|(_, value)| value.eq_ignore_ascii_case(&text))
        });
        found.when(!there, format!("`{}`", text.escape_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        breaks(&RULE, &leaf().but(|d| d.subject = name(&[("2.5.4.3", 0x0c, "other.example.com")])));
    }
}
