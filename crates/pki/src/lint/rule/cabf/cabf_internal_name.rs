//! A TLS server's certificate has a name that is not of the public DNS.

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
    id: "cabf-internal-name",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's certificate has a name that is not of the public DNS.",
    page: "`localhost`, single words and domains such as `.local`, `.internal`, `.corp`, \
           `.test` belong to nobody; two networks can have the same. Use a CA of your own \
           for them.",
    reference: "Baseline Requirements section 7.1.4.2.1",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in c.known().standard.subject_alt_names.iter().filter(|_| is_server(c)) {
        if let GeneralName::Dns(host) = name {
            let host = host.to_ascii_lowercase();
            let last = host.rsplit('.').next().unwrap_or_default();
            let internal = !host.contains('.') || INTERNAL.contains(&last);
            found.when(internal && !host.is_empty(), format!("`{}`", host.escape_default()));
        }
    }
}

/// Top-level domains that are not, and will not be, in the public DNS (RFC 6761, RFC 2606, ICANN).
const INTERNAL: [&str; 14] = [
    "local",
    "localhost",
    "localdomain",
    "internal",
    "intranet",
    "corp",
    "home",
    "lan",
    "private",
    "domain",
    "test",
    "invalid",
    "mail",
    "example",
];

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (2, b"shop.local")]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
