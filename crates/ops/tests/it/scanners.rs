//! Agreement with `sslyze` and `testssl.sh` on the same servers. What one of them did not ask
//! about is not compared; what both have asked about has to have the same answer.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use counterfoil_ops::probe::ProbeReport;
use serde_json::Value;

use crate::peer::{has, look, s_server, self_signed, serve_weak, skip};

/// Settings of `openssl s_server`: each has something that the others have not.
const SETTINGS: [&str; 4] = [
    "",
    "-tls1_2 -serverpref -cipher AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-SHA256",
    "-tls1_3 -groups P-384:X25519 -ciphersuites TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
    "-tls1_2 -no_ticket -no_etm -cipher ECDHE-RSA-CHACHA20-POLY1305:AES256-SHA",
];

/// Old versions and everything that this OpenSSL can still be made to speak.
const WEAK: &str = "-cert rsa.pem -key rsa.key -cipher ALL:eNULL:@SECLEVEL=0 -min_protocol TLSv1";

/// sslyze's names of the versions and ours.
const VERSIONS: [(&str, &str); 5] = [
    ("ssl_3_0", "SSL 3.0"),
    ("tls_1_0", "TLS 1.0"),
    ("tls_1_1", "TLS 1.1"),
    ("tls_1_2", "TLS 1.2"),
    ("tls_1_3", "TLS 1.3"),
];

/// The document that a program writes; the program ends with whatever status it likes.
fn document(program: &str, arguments: &[String]) -> String {
    let mut command = Command::new(program);
    let command = command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn sslyze(port: u16) -> Value {
    let scans = "--sslv3 --tlsv1 --tlsv1_1 --tlsv1_2 --tlsv1_3 --elliptic_curves --fallback --ems \
                 --reneg --resum --compression --json_out=-";
    let mut arguments: Vec<String> = scans.split_whitespace().map(str::to_owned).collect();
    arguments.push(format!("127.0.0.1:{port}"));
    let said = document("sslyze", &arguments);
    let mut said: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
    let result = said["server_scan_results"][0].take();
    assert_eq!(result["scan_status"], "COMPLETED", "{result}");
    result["scan_result"].clone()
}

/// The names at `path` below each entry of a list.
fn names(list: &Value, path: &str) -> BTreeSet<String> {
    let all = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |entry: &Value| entry.pointer(path).and_then(Value::as_str).map(str::to_owned);
    all.iter().map(|entry| name(entry).unwrap_or_else(|| panic!("{path} in {entry}"))).collect()
}

/// The registered names of our suites of one version.
fn ours(report: &ProbeReport, version: &str) -> BTreeSet<String> {
    let found = report.versions.iter().find(|known| known.version.to_string() == version);
    found.unwrap().suites.iter().map(|suite| suite.name.clone()).collect()
}

fn suites_agree(report: &ProbeReport, theirs: &Value, settings: &str) -> usize {
    let mut compared = 0;
    for (key, version) in VERSIONS {
        let result = &theirs[format!("{key}_cipher_suites")]["result"];
        let accepted = names(&result["accepted_cipher_suites"], "/cipher_suite/name");
        let rejected = names(&result["rejected_cipher_suites"], "/cipher_suite/name");
        assert!(accepted.len() + rejected.len() > 4, "sslyze asked nothing of {version}: {result}");
        let asked: BTreeSet<String> = accepted.union(&rejected).cloned().collect();
        let ours: BTreeSet<String> = ours(report, version).intersection(&asked).cloned().collect();
        assert_eq!(ours, accepted, "`{settings}`, {version}: left ours, right sslyze's");
        compared += asked.len();
    }
    compared
}

/// Features and curves that both look at; sslyze asks for some of them below TLS 1.3 alone.
fn features_agree(report: &ProbeReport, theirs: &Value, settings: &str) {
    let said = |scan: &str, key: &str| theirs[scan]["result"][key].as_bool();
    let features = &report.features;
    let both = [
        ("compression", features.compression, said("tls_compression", "supports_compression")),
        (
            "extended master secret",
            features.extended_master_secret,
            said("tls_extended_master_secret", "supports_ems_extension"),
        ),
        (
            "secure renegotiation",
            features.secure_renegotiation,
            said("session_renegotiation", "supports_secure_renegotiation"),
        ),
    ];
    for (what, ours, theirs) in both {
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            assert_eq!(ours, theirs, "`{settings}`, {what}: left ours, right sslyze's");
        }
    }
    for (what, ours) in [
        ("session_id_resumption_result", features.session_ids_resumed),
        ("tls_ticket_resumption_result", features.tickets_resumed),
    ] {
        let theirs = theirs["session_resumption"]["result"][what].as_str();
        let theirs = theirs.map(|result| result == "FULLY_SUPPORTED");
        // sslyze does not close its connections in form, whereupon OpenSSL forgets their ids.
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            let same = ours == theirs || what.starts_with("session_id") && ours;
            assert!(same, "`{settings}`, {what}: ours {ours}, sslyze's {theirs}");
        }
    }
    let curves = &theirs["elliptic_curves"]["result"];
    let (accepted, rejected) =
        (names(&curves["supported_curves"], "/name"), names(&curves["rejected_curves"], "/name"));
    let asked: BTreeSet<String> =
        accepted.union(&rejected).map(|name| name.to_ascii_lowercase()).collect();
    let accepted: BTreeSet<String> =
        accepted.iter().map(|name| name.to_ascii_lowercase()).collect();
    let all = report.curves.names.iter().chain(&report.groups.names);
    let ours: BTreeSet<String> =
        all.map(|name| name.to_ascii_lowercase()).filter(|name| asked.contains(name)).collect();
    assert_eq!(ours, accepted, "`{settings}`, curves: left ours, right sslyze's");
}

#[test]
fn sslyze_says_the_same_of_each_server() {
    if !has("openssl", "version") || !has("sslyze", "--help") {
        return;
    }
    for settings in SETTINGS {
        let server = s_server(settings).unwrap();
        let (report, theirs) = (look(server.port), sslyze(server.port));
        assert!(suites_agree(&report, &theirs, settings) > 200);
        features_agree(&report, &theirs, settings);
    }
    let server = serve_weak(self_signed(), WEAK).unwrap();
    let (report, theirs) = (look(server.port), sslyze(server.port));
    suites_agree(&report, &theirs, WEAK);
    assert!(ours(&report, "TLS 1.0").len() > 5, "{:?}", report.versions);
}

/// Every suite of every version that `testssl.sh` finds: version and code.
fn testssl(port: u16, folder: &Path) -> BTreeSet<(String, String)> {
    let file = folder.join(format!("testssl-{port}.json"));
    let mut arguments: Vec<String> = "--quiet --color 0 --warnings off -n none -E --jsonfile"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    arguments.extend([file.display().to_string(), format!("127.0.0.1:{port}")]);
    let said = document("testssl", &arguments);
    let written = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}: {said}"));
    let findings: Value = serde_json::from_str(&written).unwrap();
    let ids = names(&findings, "/id");
    // cipher-tls1_2_xc030
    let read = |id: &String| {
        let (version, code) = id.strip_prefix("cipher-")?.rsplit_once("_x")?;
        let version = match version {
            "ssl3" => "SSL 3.0",
            "tls1" => "TLS 1.0",
            "tls1_1" => "TLS 1.1",
            "tls1_2" => "TLS 1.2",
            "tls1_3" => "TLS 1.3",
            other => panic!("{other} of {id}"),
        };
        Some((version.to_owned(), format!("0x{code:0>4}")))
    };
    ids.iter().filter_map(read).collect()
}

#[test]
fn testssl_finds_the_same_suites() {
    let program = Command::new("testssl").arg("--version").output();
    if program.is_err() {
        return skip("the program testssl (testssl.sh) is not installed");
    }
    if !has("openssl", "version") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // A few suites of every kind: with all of them testssl.sh needs minutes.
    let settings = "-cert rsa.pem -key rsa.key -no_tls1_1 -min_protocol TLSv1 -cipher \
                    AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:NULL-SHA256:ADH-AES128-SHA:@SECLEVEL=0";
    let server = serve_weak(self_signed(), settings).unwrap();
    let report = look(server.port);
    let theirs = testssl(server.port, folder.path());
    let all = report.versions.iter().filter(|version| version.accepted == "yes");
    let ours: BTreeSet<(String, String)> = all
        .flat_map(|version| {
            version.suites.iter().map(|suite| (version.version.to_string(), suite.code.clone()))
        })
        .collect();
    let only_ours: Vec<_> = ours.difference(&theirs).collect();
    let only_theirs: Vec<_> = theirs.difference(&ours).collect();
    assert!(theirs.len() > 4, "testssl.sh found {theirs:?}");
    assert!(only_ours.is_empty() && only_theirs.is_empty(), "{only_ours:?} {only_theirs:?}");
}
