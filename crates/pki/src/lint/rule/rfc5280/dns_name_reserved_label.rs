//! A dNSName has a label with hyphens in third and fourth place that is no A-label.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule = Rule {
    kind: &KIND,
    source: Source::Rfc5280,
    since: jiff::civil::date(2018, 5, 1),
    look: Look::Certificate(look),
};

static KIND: Kind = Kind {
    id: "dns-name-reserved-label",
    group: "rfc5280",
    severity: Severity::Warning,
    title: "A dNSName has a label with hyphens in third and fourth place that is no \
            A-label.",
    page: "Such labels are reserved; `xn--` begins an internationalized name, which the \
           rest has to be Punycode of.",
    reference: "RFC 5890 section 2.3.1; RFC 8399",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in &c.known().standard.subject_alt_names {
        if let GeneralName::Dns(host) = name {
            let odd = host.split('.').find(|label| is_reserved(&label.to_ascii_lowercase()));
            if let Some(label) = odd {
                found.say(format!("`{}`", label.escape_default()));
            }
        }
    }
}

fn is_reserved(label: &str) -> bool {
    label.get(2..4) == Some("--") && label.strip_prefix("xn--").is_none_or(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (2, b"ab--c.example.com")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
