//! Has a certificate the name that was asked for? (RFC 9525)

use std::net::IpAddr;

use counterfoil_pki::{Certificate, general_name::GeneralName};

/// Is `host`, a DNS name or an address, one of the names in subjectAltName?
pub fn matches(certificate: &Certificate, host: &str) -> bool {
    let wanted: Option<IpAddr> = host.parse().ok();
    certificate.subject_alt_names().iter().any(|name| match (name, wanted) {
        (GeneralName::Dns(pattern), None) => matches_dns(pattern, host),
        (GeneralName::Ip(octets), Some(wanted)) => address(octets) == Some(wanted),
        _ => false,
    })
}

/// The address of 4 or 16 octets.
pub fn address(octets: &[u8]) -> Option<IpAddr> {
    let short = <[u8; 4]>::try_from(octets).ok().map(IpAddr::from);
    short.or_else(|| <[u8; 16]>::try_from(octets).ok().map(IpAddr::from))
}

/// A wildcard stands for one whole label, the leftmost, when two or more follow.
fn matches_dns(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match pattern.strip_prefix("*.") {
        None => pattern.eq_ignore_ascii_case(host),
        Some(rest) => {
            let below = host.split_once('.').map(|(_, below)| below);
            rest.contains('.') && below.is_some_and(|below| below.eq_ignore_ascii_case(rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_whole_label() {
        assert!(matches_dns("shop.example", "SHOP.example."));
        assert!(matches_dns("*.shop.example", "www.shop.example"));
        assert!(!matches_dns("*.shop.example", "a.b.shop.example"));
        assert!(!matches_dns("*.shop.example", "shop.example"));
        assert!(!matches_dns("*.example", "shop.example"));
        assert!(!matches_dns("w*.shop.example", "www.shop.example"));
    }
}
