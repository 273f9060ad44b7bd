//! countryName is not a PrintableString of two letters.

use counterfoil_remark::{Kind, Severity};
use der::Tag;

use crate::{
    lint::{Found, Look, RFC5280, Rule, Source},
    oid,
    view::CertificateView,
};

pub(super) static RULE: Rule =
    Rule { kind: &KIND, source: Source::Rfc5280, since: RFC5280, look: Look::Certificate(look) };

static KIND: Kind = Kind {
    id: "country-form",
    group: "rfc5280",
    severity: Severity::Error,
    title: "countryName is not a PrintableString of two letters.",
    page: "It is the code of ISO 3166-1, for example `DE`.",
    reference: "RFC 5280 appendix A.1 (X520countryName)",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in [&c.issuer, &c.subject] {
        for country in name.values(oid::AT_COUNTRY) {
            let letters = country.octets.iter().all(u8::is_ascii_alphabetic);
            let right = country.tag == Tag::PrintableString && country.octets.len() == 2 && letters;
            found.when(!right, format!("`{}` as {}", country.text(), country.tag));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let long = name(&[("2.5.4.6", 0x0c, "DE"), ("2.5.4.3", 0x0c, "a")]);
        breaks(&RULE, &ca().but(|d| d.subject = long));
    }
}
