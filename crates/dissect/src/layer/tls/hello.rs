//! Both hellos: what was offered, what was chosen, and what is to be said of it.

use counterfoil_remark::{Kind, Remark, Severity};
use counterfoil_tls::client_hello::ClientHello;
use counterfoil_tls::server_hello::ServerHello;
use counterfoil_tls::suite::{self, FALLBACK_SCSV, Worth};
use counterfoil_tls::{Version, group, is_grease, signature_scheme};
use serde_json::{Value, json};

use crate::tree::{Node, Span};

pub(super) static VERSION_WEAK: Kind = Kind {
    id: "tls-version-weak",
    group: "tls",
    severity: Severity::Warning,
    title: "An old version of the protocol was agreed upon.",
    page: "SSL 3.0, TLS 1.0 and TLS 1.1 rest on MD5 and SHA-1 and on CBC with weaknesses that were \
           exploited (POODLE, BEAST). The IETF forbids them (RFC 8996, RFC 7568), and so does PCI \
           DSS.\n\nThe side that has nothing newer is to be replaced: compare what the client \
           offered with what the server chose.",
    reference: "RFC 8996; RFC 7568; PCI DSS 4.2.1",
};

pub(super) static SUITE_WEAK: Kind = Kind {
    id: "tls-suite-weak",
    group: "tls",
    severity: Severity::Warning,
    title: "The cipher suite that was chosen is weak or broken.",
    page: "It lacks authentication or encryption, uses an export cipher, RC4, a cipher with small \
           blocks (SWEET32), MD5, or a key exchange without forward secrecy: whoever gets the \
           server's key later reads what was captured today.\n\nRemove it from the server's list.",
    reference: "RFC 9325 section 4",
};

pub(super) static GROUP_WEAK: Kind = Kind {
    id: "tls-group-weak",
    group: "tls",
    severity: Severity::Warning,
    title: "The keys were agreed upon in a group that is too small.",
    page: "A Diffie-Hellman field below 2048 bits, or a curve below 224 bits: Logjam showed that \
           1024 bits are within reach of states, and 512 within anybody's.\n\nUse X25519, P-256 or \
           the fields of RFC 7919.",
    reference: "RFC 9325 section 4.2; RFC 7919",
};

pub(super) static DOWNGRADE: Kind = Kind {
    id: "tls-downgrade",
    group: "tls",
    severity: Severity::Error,
    title: "The server's random says that it would have spoken a newer version.",
    page: "A server of TLS 1.3 marks its random when it answers with an older version. The client \
           offered the newer one here, so somebody between the two removed the offer. A client \
           that knows TLS 1.3 ends the connection with alert illegal_parameter.\n\nLook for a \
           proxy or firewall that rewrites hellos; if there is none, it is an attack.",
    reference: "RFC 8446 section 4.1.3",
};

pub(super) static FALLBACK: Kind = Kind {
    id: "tls-fallback",
    group: "tls",
    severity: Severity::Warning,
    title: "The client says that a newer version failed before (TLS_FALLBACK_SCSV).",
    page: "The client tried a newer version first, got no answer that it understood, and comes \
           back with an older one. A server that has the newer version ends the connection with \
           alert inappropriate_fallback.\n\nFind out what broke the first attempt: an old server, \
           or a middlebox that drops hellos it does not know.",
    reference: "RFC 7507",
};

pub(super) static RETRY: Kind = Kind {
    id: "tls-hello-retry",
    group: "tls",
    severity: Severity::Notice,
    title: "The client had to send its hello again: its key share was not for the server's group.",
    page: "This costs a round trip on every connection. Let the client send a key share for the \
           group that the server prefers.",
    reference: "RFC 8446 section 4.1.4",
};

pub(super) static HELLO_DAMAGED: Kind = Kind {
    id: "tls-hello-damaged",
    group: "tls",
    severity: Severity::Error,
    title: "A hello cannot be read to its end.",
    page: "What comes after the damage is not shown. Either the message was altered on its way, or \
           the program that wrote it is at fault; the other side answers with alert decode_error.",
    reference: "RFC 8446 section 4.1.2",
};

/// Least bits of strength of a group (NIST SP 800-57: 112 bits are 2048-bit fields).
const GROUP_BITS_MIN: u16 = 112;

/// The fields of a ClientHello.
pub(super) fn client_node(hello: &ClientHello, span: Span) -> Vec<Node> {
    let field = |name: &str, value: String| Node::field("tls.hello", name, value, span);
    let alpn: Vec<String> =
        hello.alpn().iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    vec![
        field("Legacy version", hello.version.to_string()),
        field("Random", hex::encode(hello.random)),
        field("Session id", hex::encode(&hello.session_id)),
        field("Server name", hello.server_name().unwrap_or_default()),
        field("Versions", joined(&versions(hello), Version::to_string)),
        field("Cipher suites", joined(&hello.cipher_suites, |code| suite::name(*code))),
        field("Groups", joined(&hello.groups(), |code| group::name(*code))),
        field("Key shares", joined(&hello.key_share_groups(), |code| group::name(*code))),
        field(
            "Signature schemes",
            joined(&hello.signature_schemes(), |code| signature_scheme::name(*code)),
        ),
        field("ALPN", alpn.join(" ")),
        field("Extensions", joined(&hello.extensions.list, |found| found.kind.name())),
    ]
}

/// The fields of a ServerHello.
pub(super) fn server_node(hello: &ServerHello, span: Span) -> Vec<Node> {
    let field = |name: &str, value: String| Node::field("tls.hello", name, value, span);
    vec![
        field("Version", hello.negotiated().to_string()),
        field("Random", hex::encode(hello.random)),
        field("Session id", hex::encode(&hello.session_id)),
        field("Cipher suite", suite::name(hello.cipher_suite)),
        field("Group", hello.group().map(group::name).unwrap_or_default()),
        field("Extensions", joined(&hello.extensions.list, |found| found.kind.name())),
    ]
}

fn joined<T>(list: &[T], name: impl Fn(&T) -> String) -> String {
    list.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// The versions that a client offers.
fn versions(hello: &ClientHello) -> Vec<Version> {
    let offered = hello.supported_versions();
    if offered.is_empty() { vec![hello.version] } else { offered }
}

/// The newest version that a client offers.
pub(super) fn newest(hello: &ClientHello) -> Version {
    let known = versions(hello).into_iter().filter(|version| version.known_name().is_some());
    known.max().unwrap_or(hello.version)
}

/// A ClientHello for programs.
pub(super) fn client_facts(hello: &ClientHello) -> Vec<(&'static str, Value)> {
    let known = |codes: &[u16], name: fn(u16) -> String| -> Vec<String> {
        codes.iter().filter(|code| !is_grease(**code)).map(|code| name(*code)).collect()
    };
    let mut facts = vec![
        ("message", json!("client_hello")),
        ("versions", json!(versions(hello))),
        ("cipher_suites", json!(known(&hello.cipher_suites, suite::name))),
        ("groups", json!(known(&hello.groups(), group::name))),
    ];
    facts.extend(hello.server_name().map(|name| ("server_name", json!(name))));
    facts
}

/// A ServerHello for programs.
pub(super) fn server_facts(hello: &ServerHello) -> Vec<(&'static str, Value)> {
    let mut facts = vec![
        ("message", json!(if hello.is_retry() { "hello_retry_request" } else { "server_hello" })),
        ("version", json!(hello.negotiated())),
        ("cipher_suite", json!(suite::name(hello.cipher_suite))),
    ];
    facts.extend(hello.group().map(|code| ("group", json!(group::name(code)))));
    facts
}

/// What is to be said of a ClientHello.
pub(super) fn client_remarks(hello: &ClientHello, subject: &str) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if hello.cipher_suites.contains(&FALLBACK_SCSV) {
        let found = format!("{} is what the client fell back to", newest(hello));
        remarks.push(FALLBACK.of(subject, found));
    }
    if let Some(problem) = &hello.extensions.problem {
        remarks.push(HELLO_DAMAGED.of(subject, problem.to_string()));
    }
    remarks
}

/// What is to be said of a ServerHello, which answers `client`.
pub(super) fn server_remarks(
    hello: &ServerHello,
    client: Option<&ClientHello>,
    subject: &str,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if hello.is_retry() {
        let wanted = hello.group().map(group::name).unwrap_or_default();
        remarks.push(RETRY.of(subject, format!("the server wants {wanted}")));
        return remarks;
    }
    let version = hello.negotiated();
    if version < Version::TLS12 {
        remarks.push(VERSION_WEAK.of(subject, format!("{version} was agreed upon")));
    }
    if let Some(suite) =
        suite::find(hello.cipher_suite).filter(|suite| suite.worth() <= Worth::Weak)
    {
        let found = format!("{} is {}", suite.name, suite.worth());
        remarks.push(SUITE_WEAK.of(subject, found));
    }
    remarks.extend(hello.group().and_then(|code| weak_group(code, subject)));
    if let (Some(newer), Some(client)) = (hello.downgrade_sentinel(), client)
        && version < newer.min(newest(client))
    {
        let found = format!("{version} was agreed upon, and both sides have {}", newest(client));
        remarks.push(DOWNGRADE.of(subject, found));
    }
    if let Some(problem) = &hello.extensions.problem {
        remarks.push(HELLO_DAMAGED.of(subject, problem.to_string()));
    }
    remarks
}

/// What is to be said of a named group.
pub(super) fn weak_group(code: u16, subject: &str) -> Option<Remark> {
    let found = group::find(code).filter(|group| group.bits < GROUP_BITS_MIN)?;
    Some(GROUP_WEAK.of(subject, format!("{} has a strength of {} bits", found.name, found.bits)))
}
