//! The chain that a side shows, where it can be seen: always before TLS 1.3, then with a key log.

use std::net::IpAddr;

use counterfoil_pki::Certificate;
use counterfoil_pki::general_name::GeneralName;
use counterfoil_remark::{Kind, Remark, Severity};
use jiff::Timestamp;

use crate::tree::{Node, Span};

pub(super) static CERTIFICATE_EXPIRED: Kind = Kind {
    id: "tls-certificate-expired",
    group: "tls",
    severity: Severity::Error,
    title: "A certificate had expired when it was shown.",
    page: "Its validity ended before the time of capture. Clients refuse the connection with \
           alert certificate_expired, or their users learn to click warnings away.\n\nRenew it; \
           if only some clients complain, compare their clocks.",
    reference: "RFC 5280 section 4.1.2.5",
};

pub(super) static CERTIFICATE_NOT_YET_VALID: Kind = Kind {
    id: "tls-certificate-not-yet-valid",
    group: "tls",
    severity: Severity::Error,
    title: "A certificate was not valid yet when it was shown.",
    page: "Its validity begins after the time of capture: a clock is wrong at the CA that issued \
           it, at the server, or where the capture was made.",
    reference: "RFC 5280 section 4.1.2.5",
};

pub(super) static CHAIN_INCOMPLETE: Kind = Kind {
    id: "tls-chain-incomplete",
    group: "tls",
    severity: Severity::Warning,
    title: "The chain ends before a certificate that clients can be expected to have.",
    page: "The side showed a certificate without the certificate of its issuer, and the other side \
           did not go on with the handshake: it refused, hung up, or its answer cannot be seen. \
           Whoever goes on has the issuer as a root, and then nothing is told. Browsers often \
           repair a chain from caches; payment software does not, and refuses with alert \
           unknown_ca.\n\nPut the intermediate certificates \
           behind the leaf in the server's certificate file, in order.",
    reference: "RFC 8446 section 4.4.2; RFC 5246 section 7.4.2",
};

pub(super) static CHAIN_DISORDERED: Kind = Kind {
    id: "tls-chain-disordered",
    group: "tls",
    severity: Severity::Warning,
    title: "The certificates of the chain stand in the wrong order.",
    page: "Each certificate has to certify the one before it. TLS 1.3 tells receivers to put up \
           with disorder; older software does not.\n\nSort the certificate file: leaf first, \
           then its issuer, and so on.",
    reference: "RFC 8446 section 4.4.2; RFC 5246 section 7.4.2",
};

pub(super) static NAME_MISMATCH: Kind = Kind {
    id: "tls-name-mismatch",
    group: "tls",
    severity: Severity::Error,
    title: "The certificate is not for the name that the client asked for.",
    page: "The client named a server (SNI), and none of the certificate's alternative names is \
           that name. The server has another certificate configured for this name, or answers \
           unknown names with its default.\n\nThe client refuses the connection. Correct the \
           server's configuration, or have a certificate issued with this name.",
    reference: "RFC 9525 section 6.3; RFC 6066 section 3",
};

pub(super) static CERTIFICATE_UNREADABLE: Kind = Kind {
    id: "tls-certificate-unreadable",
    group: "tls",
    severity: Severity::Warning,
    title: "A certificate in the chain cannot be read.",
    page: "It is not DER of an X.509 certificate as RFC 5280 describes it. `counterfoil cert lint` \
           says more, given the file from which the server takes it.",
    reference: "RFC 5280 section 4.1",
};

/// Certificates of a chain that are looked at.
const CERTIFICATES_MAX: usize = 16;

/// A chain, read.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) summary: String,
    pub(super) nodes: Vec<Node>,
    pub(super) remarks: Vec<Remark>,
    /// What is wrong unless whoever it was shown to goes on.
    pub(super) doubt: Option<Remark>,
}

/// Reads a chain that was shown at `now` to somebody who asked for `name`.
pub(super) fn read(
    chain: &[Vec<u8>],
    name: Option<&str>,
    now: Option<Timestamp>,
    subject: &str,
    span: Span,
) -> Shown {
    let mut shown = Shown::default();
    let mut read = Vec::new();
    for der in chain.iter().take(CERTIFICATES_MAX) {
        match Certificate::from_der(der) {
            Ok(certificate) => {
                shown.nodes.push(node(&certificate, span));
                read.push(certificate);
            }
            Err(error) => {
                let remark = CERTIFICATE_UNREADABLE.of(subject, error.to_string());
                shown.remarks.push(remark);
            }
        }
    }
    for certificate in &read {
        shown.remarks.extend(now.and_then(|now| out_of_time(certificate, now, subject)));
    }
    shown.doubt = gap(&read, subject);
    if shown.doubt.is_none() {
        shown.remarks.extend(disorder(&read, subject));
    }
    if let (Some(leaf), Some(name)) = (read.first(), name)
        && !is_for(leaf, name)
    {
        let names: Vec<String> = leaf.subject_alt_names().iter().filter_map(shown_name).collect();
        let summary = format!("{name} was asked for, the certificate is for {}", names.join(" "));
        shown.remarks.push(NAME_MISMATCH.of(subject, summary).with("expected", name));
    }
    let leaf = read.first().map_or("none".to_owned(), |leaf| leaf.subject().to_string());
    shown.summary = format!("{leaf}, {} in the chain", chain.len());
    shown
}

fn out_of_time(certificate: &Certificate, now: Timestamp, subject: &str) -> Option<Remark> {
    let holder = certificate.subject();
    if now > certificate.not_after() {
        let found = format!("{holder} expired at {}", certificate.not_after());
        return Some(CERTIFICATE_EXPIRED.of(subject, found));
    }
    let found = format!("{holder} begins at {}", certificate.not_before());
    (now < certificate.not_before()).then(|| CERTIFICATE_NOT_YET_VALID.of(subject, found))
}

/// A chain is whole when it leads to a certificate that signed itself, or to one whose issuer may
/// be a root. The issuer of a leaf alone may be a root, too: only the other side knows.
fn gap(chain: &[Certificate], subject: &str) -> Option<Remark> {
    let leaf = chain.first()?;
    let has_issuer = chain.iter().any(|other| other.subject() == leaf.issuer());
    (!has_issuer && !leaf.is_self_issued()).then(|| {
        let found = format!("{} issued {}, and is not in the chain", leaf.issuer(), leaf.subject());
        CHAIN_INCOMPLETE.of(subject, found)
    })
}

fn disorder(chain: &[Certificate], subject: &str) -> Option<Remark> {
    let is_disordered = chain.windows(2).any(|pair| pair[0].issuer() != pair[1].subject());
    is_disordered.then(|| {
        CHAIN_DISORDERED.of(subject, "a certificate is not followed by its issuer".to_owned())
    })
}

/// Whether a certificate is for a host (RFC 9525 section 6.3): a name, with a wildcard for its
/// first label, or an address.
fn is_for(certificate: &Certificate, host: &str) -> bool {
    let address: Option<IpAddr> = host.parse().ok();
    let octets = address.map(|address| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    });
    certificate.subject_alt_names().iter().any(|name| match name {
        GeneralName::Dns(pattern) => octets.is_none() && matches(pattern, host),
        GeneralName::Ip(known) => octets.as_ref() == Some(known),
        _ => false,
    })
}

fn matches(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match pattern.strip_prefix("*.") {
        Some(suffix) => {
            host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(suffix))
        }
        None => pattern.eq_ignore_ascii_case(host),
    }
}

fn shown_name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Dns(name) => Some(name.clone()),
        GeneralName::Ip(octets) => Some(match <[u8; 4]>::try_from(octets.as_slice()) {
            Ok(octets) => IpAddr::from(octets).to_string(),
            Err(_) => hex::encode(octets),
        }),
        _ => None,
    }
}

fn node(certificate: &Certificate, span: Span) -> Node {
    let field = |name: &str, value: String| Node::field("tls.certificate", name, value, span);
    let names: Vec<String> =
        certificate.subject_alt_names().iter().filter_map(shown_name).collect();
    Node::field("tls.certificate", "Certificate", certificate.subject().to_string(), span).with([
        field("Issuer", certificate.issuer().to_string()),
        field("Serial", hex::encode(certificate.serial())),
        field("Not before", certificate.not_before().to_string()),
        field("Not after", certificate.not_after().to_string()),
        field("Names", names.join(" ")),
        field("Thumb", certificate.thumb().to_string()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        assert!(matches("Shop.Example", "shop.example."));
        assert!(matches("*.example", "shop.example"));
        assert!(!matches("*.example", "a.shop.example"));
        assert!(!matches("*.example", "example"));
    }
}
