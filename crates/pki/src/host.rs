//! [`HostName`]: the name that a certificate is asked for, and whether it has it (RFC 9525).

use std::{fmt, net::IpAddr, str::FromStr};

use crate::{certificate::Certificate, error::PkiError, general_name::GeneralName};

/// Longest DNS name in characters, and longest label (RFC 1035 2.3.4).
const NAME_CHARS_MAX: usize = 253;
const LABEL_CHARS_MAX: usize = 63;

/// Most names of a certificate that one sentence lists.
const NAMES_SHOWN_MAX: usize = 4;

/// A reference identity: a DNS name in lower case without a final dot, or an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostName {
    /// A fully qualified DNS name; internationalised labels as A-labels.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
}

impl FromStr for HostName {
    type Err = PkiError;

    fn from_str(text: &str) -> Result<Self, PkiError> {
        let refused = |reason: &str| PkiError::HostName { reason: reason.into() };
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Ok(Self::Ip(address));
        }
        if !text.is_ascii() {
            return Err(refused("write it with A-labels (`xn--...`)"));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        // A host of somebody's own network may have an underscore; no certificate will match it.
        match dns_labels(&name.replace('_', "-")) {
            Some(_) => Ok(Self::Dns(name)),
            None => Err(refused("neither a DNS name nor an IP address")),
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

impl HostName {
    /// Has `certificate` this name? Only subjectAltName counts (RFC 9525 2).
    ///
    /// # Errors
    /// The names that it has instead, for a person.
    pub fn check(&self, certificate: &Certificate) -> Result<(), String> {
        if certificate.subject_alt_names().iter().any(|name| self.is(name)) {
            return Ok(());
        }
        let has = names(certificate);
        let shown = has.iter().take(NAMES_SHOWN_MAX).map(|name| format!("`{name}`"));
        let mut shown = shown.collect::<Vec<_>>().join(", ");
        if has.is_empty() {
            shown = "no name of a host".into();
        } else if has.len() > NAMES_SHOWN_MAX {
            shown = format!("{shown} and {} more", has.len() - NAMES_SHOWN_MAX);
        }
        Err(format!("asked for `{self}`, it has {shown}"))
    }

    /// RFC 9525 6.3 and 6.4.
    fn is(&self, presented: &GeneralName) -> bool {
        match (self, presented) {
            (Self::Dns(name), GeneralName::Dns(presented)) => matches(presented, name),
            (Self::Ip(IpAddr::V4(address)), GeneralName::Ip(octets)) => {
                address.octets().as_slice() == octets
            }
            (Self::Ip(IpAddr::V6(address)), GeneralName::Ip(octets)) => {
                address.octets().as_slice() == octets
            }
            _ => false,
        }
    }
}

/// The hosts that a certificate is for, as text.
pub fn names(certificate: &Certificate) -> Vec<String> {
    certificate.subject_alt_names().iter().filter_map(host).collect()
}

/// Does a presented dNSName, possibly with a wildcard, match `name`?
fn matches(presented: &str, name: &str) -> bool {
    if !is_presentable(presented) {
        return false;
    }
    let presented = presented.to_ascii_lowercase();
    match presented.strip_prefix("*.") {
        None => presented == name,
        Some(rest) => name.split_once('.').is_some_and(|(_, below)| below == rest),
    }
}

/// Is it a dNSName that a certificate may have: a host name whose leftmost label may be `*` when
/// at least two follow (RFC 5280 4.2.1.6, RFC 9525 6.3)?
pub(crate) fn is_presentable(name: &str) -> bool {
    match name.strip_prefix("*.") {
        None => dns_labels(name).is_some(),
        Some(rest) => dns_labels(rest).is_some_and(|labels| labels >= 2),
    }
}

/// How many labels a name in preferred name syntax has (RFC 1034 3.5, RFC 1123 2.1); `None` when
/// it is not one, or looks like an address.
pub(crate) fn dns_labels(name: &str) -> Option<usize> {
    let label = |label: &str| {
        (1..=LABEL_CHARS_MAX).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let labels: Vec<&str> = name.split('.').collect();
    let last_is_number = labels.last()?.bytes().all(|b| b.is_ascii_digit());
    let fits = name.len() <= NAME_CHARS_MAX && !last_is_number && labels.iter().all(|l| label(l));
    fits.then_some(labels.len())
}

/// A name of a host as text.
fn host(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Dns(name) => Some(name.escape_default().to_string()),
        GeneralName::Ip(octets) => {
            let v4 = <[u8; 4]>::try_from(octets.as_slice()).map(IpAddr::from);
            let v6 = <[u8; 16]>::try_from(octets.as_slice()).map(IpAddr::from);
            v4.or(v6).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_whole_labels_only() {
        let cases = [
            ("shop.example.com", "shop.example.com", true),
            ("SHOP.example.COM", "shop.example.com", true),
            ("*.example.com", "shop.example.com", true),
            ("*.example.com", "a.shop.example.com", false),
            ("*.example.com", "example.com", false),
            ("s*.example.com", "shop.example.com", false),
            ("shop.*.com", "shop.example.com", false),
            ("*.com", "example.com", false),
            ("*", "localhost", false),
            ("localhost", "localhost", true),
            ("a_b.example.com", "a_b.example.com", false),
            ("shop.example.com\0.evil.org", "shop.example.com", false),
            ("shop.example.com.", "shop.example.com", false),
            ("10.0.0.1", "10.0.0.1", false),
        ];
        for (presented, name, expected) in cases {
            assert_eq!(matches(presented, name), expected, "{presented} {name}");
        }
    }

    #[test]
    fn reads_names_and_addresses_and_refuses_the_rest() {
        let read = |text: &str| text.parse::<HostName>().map(|name| name.to_string()).ok();
        assert_eq!(read("Shop.Example.com.").as_deref(), Some("shop.example.com"));
        assert_eq!(read("[2001:DB8::1]").as_deref(), Some("2001:db8::1"));
        assert_eq!(read("a_b.example.com").as_deref(), Some("a_b.example.com"));
        for bad in ["", ".", "a..b", "-a.b", "*.example.com", "bücher.example", "1.2.3", "a b"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
