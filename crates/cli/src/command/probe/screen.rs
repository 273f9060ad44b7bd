//! A report for people: one screen, the worst first.

use std::fmt::Write as _;

use counterfoil_ops::probe::ProbeReport;
use counterfoil_ops::probe::report::{CertificateReport, GroupReport, VersionReport};

use crate::table;

/// The whole report.
pub fn of(report: &ProbeReport, verbose: bool) -> String {
    let mut text = report.target.clone();
    if !report.target.contains(&report.address) {
        let _ = write!(text, " ({})", report.address);
    }
    if let Some(name) = report.name.as_ref().filter(|name| !report.target.starts_with(*name)) {
        let _ = write!(text, " as {name}");
    }
    if let Some(protocol) = report.starttls {
        let _ = write!(text, " in {protocol}");
    }
    let (count, seconds) = (report.connections, report.took_ms as f64 / 1000.0);
    let _ = writeln!(text, ": {count} connections, {seconds:.1} s\n");
    text += &remarks(report);
    let _ = writeln!(text);
    let mut rows = Vec::new();
    rows.push(row("versions", &versions(report)));
    for version in report.versions.iter().filter(|version| !version.suites.is_empty()) {
        suites(version, verbose, &mut rows);
    }
    groups("groups", "TLS 1.3", &report.groups, &mut rows);
    groups("curves", "to TLS 1.2", &report.curves, &mut rows);
    rows.push(row("", ""));
    chains(report, &mut rows);
    rows.push(row("features", &features(report)));
    rows.push(row("attacks", &attacks(report)));
    for line in table::aligned(&rows) {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn row(head: &str, value: &str) -> Vec<String> {
    vec![head.to_owned(), value.to_owned()]
}

fn remarks(report: &ProbeReport) -> String {
    if report.remarks.is_empty() {
        return "nothing is wrong\n".into();
    }
    let line = |remark: &counterfoil_remark::Remark| {
        vec![remark.severity.to_string(), remark.id.to_owned(), remark.summary.clone()]
    };
    let rows: Vec<Vec<String>> = report.remarks.iter().map(line).collect();
    table::aligned(&rows).iter().map(|line| format!("{line}\n")).collect()
}

fn versions(report: &ProbeReport) -> String {
    let mark = |version: &VersionReport| match version.accepted {
        "yes" => format!("{}", version.version),
        "no" => format!("not {}", version.version),
        _ => format!("{} unknown", version.version),
    };
    report.versions.iter().map(mark).collect::<Vec<_>>().join(", ")
}

/// Suites a screen has room for, of one version.
const SUITES_SHOWN_MAX: usize = 6;

fn suites(version: &VersionReport, verbose: bool, rows: &mut Vec<Vec<String>>) {
    let order = match version.order {
        Some("server") => "in the server's order",
        Some(_) => "the client decides",
        None => "",
    };
    rows.push(row("", ""));
    let count = version.suites.len();
    rows.push(row(&version.version.to_string(), format!("{count} suites {order}").trim_end()));
    let shown = if verbose { count } else { SUITES_SHOWN_MAX };
    for suite in version.suites.iter().take(shown) {
        let exchange = suite.key_exchange.as_deref().unwrap_or("");
        let text = format!("{:<6}  {}  {exchange}", suite.worth, suite.name);
        rows.push(row("", text.trim_end()));
    }
    if count > shown {
        rows.push(row("", &format!("... {} more: --verbose", count - shown)));
    }
}

fn groups(head: &str, version: &str, groups: &GroupReport, rows: &mut Vec<Vec<String>>) {
    if !groups.names.is_empty() {
        let order = if groups.order == Some("client") { ", the client decides" } else { "" };
        rows.push(row(head, &format!("{} ({version}{order})", groups.names.join(" "))));
    }
}

fn chains(report: &ProbeReport, rows: &mut Vec<Vec<String>>) {
    for chain in &report.chains {
        let mut head = "chain";
        for certificate in &chain.certificates {
            let CertificateReport { subject, key, signature, not_after, .. } = certificate;
            let text = format!("{subject}, {key}, {signature}, until {not_after}");
            rows.push(row(std::mem::take(&mut head), &text));
        }
        if let Some(staple) = &chain.staple {
            let until = staple.next_update.map_or(String::new(), |at| format!(" until {at}"));
            let signed = match staple.signature_holds {
                Some(true) => "",
                Some(false) => ", its signature does not hold",
                None => ", its signature could not be checked",
            };
            rows.push(row("", &format!("staple: {}{until}{signed}", staple.status)));
        }
    }
    if !report.chains.is_empty() && report.chains_judged_by == "structure" {
        rows.push(row("", "judged by structure alone: give roots with --trust"));
    }
}

fn features(report: &ProbeReport) -> String {
    let features = &report.features;
    let ways =
        [features.tickets_resumed, features.session_ids_resumed, features.tickets_tls13_resumed];
    let resumption = ways.into_iter().max().flatten();
    let all = [
        ("secure renegotiation", features.secure_renegotiation),
        ("fallback refused", features.fallback_scsv),
        ("TLS 1.3 sentinel", features.tls13_sentinel),
        ("tickets", features.tickets.max(features.tickets_tls13)),
        ("resumption", resumption),
        ("compression", features.compression),
        ("extended master secret", features.extended_master_secret),
        ("client certificate asked for", features.client_certificate),
    ];
    let said = all.iter().filter_map(|(name, known)| match known {
        Some(true) => Some((*name).to_owned()),
        Some(false) => Some(format!("no {name}")),
        None => None,
    });
    let alpn = (!features.alpn.is_empty()).then(|| format!("ALPN {}", features.alpn.join(" ")));
    said.chain(alpn).collect::<Vec<_>>().join(", ")
}

fn attacks(report: &ProbeReport) -> String {
    let of = |verdict: &str| -> Vec<&str> {
        let meant = report.attacks.iter().filter(|attack| attack.verdict == verdict);
        meant.map(|attack| attack.name).collect()
    };
    let words = [("open", "OPEN to"), ("not_tested", "not tested:"), ("unknown", "unknown:")];
    let mut parts: Vec<String> = Vec::new();
    for (verdict, word) in words {
        let names = of(verdict);
        if !names.is_empty() {
            parts.push(format!("{word} {}", names.join(" ")));
        }
    }
    let closed = of("closed");
    if !closed.is_empty() {
        parts.push(format!("closed to {}", closed.join(" ")));
    }
    parts.join("; ")
}
