//! A TLS server's certificate has an address that is not of the public Internet.

use std::net::{Ipv4Addr, Ipv6Addr};

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
    id: "cabf-reserved-address",
    group: "cabf",
    severity: Severity::Error,
    title: "A TLS server's certificate has an address that is not of the public Internet.",
    page: "Private, loopback, link-local and documentation addresses belong to nobody.",
    reference: "Baseline Requirements section 7.1.4.2.1; RFC 6890",
};

fn look(c: &CertificateView, found: &mut Found<'_>) {
    for name in c.known().standard.subject_alt_names.iter().filter(|_| is_server(c)) {
        if let GeneralName::Ip(octets) = name {
            found.when(is_reserved(octets), name_text(name));
        }
    }
}

fn is_reserved(octets: &[u8]) -> bool {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        let a = Ipv4Addr::from(octets);
        let shared = octets[0] == 100 && octets[1] & 0xc0 == 64;
        let other = a.is_documentation() || a.is_broadcast() || a.is_multicast() || octets[0] == 0;
        return a.is_private() || a.is_loopback() || a.is_link_local() || shared || other;
    }
    let Ok(octets) = <[u8; 16]>::try_from(octets) else { return false };
    let a = Ipv6Addr::from(octets);
    let local = octets[0] & 0xfe == 0xfc || (octets[0] == 0xfe && octets[1] & 0xc0 == 0x80);
    let documentation = octets.starts_with(&[0x20, 0x01, 0x0d, 0xb8]);
    a.is_loopback() || a.is_unspecified() || a.is_multicast() || local || documentation
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::rule_tests::*;
    use crate::oid;

    #[test]
    fn a_certificate_that_breaks_just_this_rule_is_told() {
        let list = names(&[(2, b"shop.example.com"), (7, &[10, 0, 0, 1])]);
        breaks(&RULE, &leaf().with(oid::SUBJECT_ALT_NAME, false, list));
    }
}
