//! A dNSName is not a host name.

use counterfoil_remark::{Kind, Severity};

use crate::{
    general_name::GeneralName,
    lint::{Found, Look, RFC5280, Rule, Source},
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "dns-name-syntax",
    group: "rfc5280",
    severity: Severity::Error,
    title: "A dNSName is not a host name.",
    page: "Labels of letters, digits and hyphens, 1 to 63 characters, 253 in all, no dot \
           at the end, no port, no address; a wildcard stands alone in the first label.",
    reference: "RFC 5280 section 4.2.1.6; RFC 1034 section 3.5; RFC 5890 section 2.3.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in &c.known().standard.subject_alt_names {
        if let GeneralName::Dns(host) = name {
            found.when(!is_host(host), format!("`{}`", host.escape_default()));
        }
    }
}

fn is_host(host: &str) -> bool {
    let rest = host.strip_prefix("*.").unwrap_or(host);
    let numbers = rest.split('.').all(|label| label.bytes().all(|b| b.is_ascii_digit()));
    !rest.is_empty() && host.len() <= 253 && !numbers && rest.split('.').all(is_label)
}
/// Underscores are no letters of host names; they have a rule of their own.
fn is_label(label: &str) -> bool {
    let right = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=63).contains(&label.len())
        && label.bytes().all(right)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let with =
            |host: &str| leaf().with(oid::SUBJECT_ALT_NAME, false, names(&[(2, host.as_bytes())]));
        let list = |host: &str| names(&[(2, b"shop.example.com"), (2, host.as_bytes())]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list("a..example")));
        for host in ["", "a.example.", "-a.example", "a b.example", "192.0.2.1", "a.*.example", "*"]
        {
            breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list(host)));
        }
        keeps(&RULE, &with("*.example.com"));
    }
}
