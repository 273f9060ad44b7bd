//! Layers: a crate uses only crates that stand below it, and pure crates stay pure.

use crate::tidy::masked::Masked;
use crate::tidy::{Complaint, Tree, is_test_file, none, said};

/// The crates from top to bottom.
const ORDER: [&str; 17] = [
    "cli", "console", "ops", "sim", "doctor", "dissect", "tls", "logs", "node", "store", "party",
    "message", "pki", "iso8583", "crypto", "remark", "secret",
];

/// Crates without I/O, clock, threads, async and randomness of their own.
const PURE: [&str; 12] = [
    "sim", "doctor", "dissect", "tls", "logs", "party", "message", "pki", "iso8583", "crypto",
    "remark", "secret",
];

/// Dependencies that only crates at the edge may use.
const EDGE_DEPENDENCIES: [&str; 12] = [
    "clap",
    "http",
    "http-body-util",
    "hyper",
    "hyper-util",
    "rpassword",
    "rusqlite",
    "rustix",
    "rustls",
    "tempfile",
    "tokio",
    "tokio-rustls",
];

/// What pure code does not name. Clippy bans the commonest calls by their full path; this also
/// finds the rest of each module.
const IMPURE: [&str; 18] = [
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "std::thread",
    "std::env",
    "std::process",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "SystemRandom::new",
    "HashMap",
    "HashSet",
];

fn is_pure(name: &str) -> bool {
    PURE.contains(&name)
}

/// The folder under `crates/` that a path belongs to.
fn crate_of(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.split('/').next()
}

/// Manifests with their crate's name, the document and its text.
fn manifests(tree: &Tree) -> Vec<(String, &str, toml::Table)> {
    tree.crates()
        .into_iter()
        .map(|name| {
            let path = format!("crates/{name}/Cargo.toml");
            let text = tree.text(&path).unwrap_or_default();
            (path, name, text.parse().expect("cargo has read this manifest"))
        })
        .collect()
}

/// The names in one section of a manifest, such as `dependencies`.
fn names(manifest: &toml::Table, section: &str) -> Vec<String> {
    let table = manifest.get(section).and_then(toml::Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

/// The line of a manifest that declares `dependency`.
fn line_of(tree: &Tree, path: &str, dependency: &str) -> usize {
    let text = tree.text(path).unwrap_or_default();
    let declares = |line: &str| {
        line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    text.lines().position(declares).map_or(1, |line| line + 1)
}

fn order(tree: &Tree) -> Vec<Complaint> {
    let place = |name: &str| ORDER.iter().position(|known| *known == name);
    let mut complaints = Vec::new();
    for (path, name, manifest) in manifests(tree) {
        let Some(own) = place(name) else {
            complaints.push(Complaint::at(&path, 1, "has no place in the order of layers"));
            continue;
        };
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for dependency in names(&manifest, section) {
                let Some(other) = dependency.strip_prefix("counterfoil-") else { continue };
                if place(other).is_none_or(|other| other <= own) {
                    let line = line_of(tree, &path, &dependency);
                    let says = format!("{name} stands below {other} and may not use it");
                    complaints.push(Complaint::at(&path, line, says));
                }
            }
        }
    }
    complaints
}

fn pure_dependencies(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, name, manifest) in manifests(tree).into_iter().filter(|(_, name, _)| is_pure(name)) {
        for section in ["dependencies", "build-dependencies"] {
            for dependency in names(&manifest, section) {
                let line = line_of(tree, &path, &dependency);
                let plain = dependency.strip_prefix("counterfoil-");
                if EDGE_DEPENDENCIES.contains(&dependency.as_str()) {
                    let says = format!("{name} is pure and may not use {dependency}");
                    complaints.push(Complaint::at(&path, line, says));
                } else if plain.is_some_and(|plain| !is_pure(plain)) {
                    let says = format!("{name} is pure and {dependency} is not");
                    complaints.push(Complaint::at(&path, line, says));
                }
            }
        }
    }
    complaints
}

fn pure_source(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let pure = |path: &str| crate_of(path).is_some_and(is_pure) && !is_test_file(path);
    for (path, text) in tree.rust().filter(|(path, _)| pure(path)) {
        let masked = Masked::of(text);
        for name in IMPURE {
            for (at, _) in masked.code.match_indices(name) {
                if !masked.is_test(at) {
                    let says = format!("`{name}` in a pure crate: take it as an argument");
                    complaints.push(Complaint::at(path, masked.line_of(at), says));
                }
            }
        }
        for (at, _) in masked.code.match_indices("clippy::disallowed_") {
            if !masked.is_test(at) {
                let says = "a pure crate does not opt out of the lints that keep it pure";
                complaints.push(Complaint::at(path, masked.line_of(at), says));
            }
        }
    }
    complaints
}

/// Every crate takes the lints of the workspace, purity among them.
fn workspace_lints(tree: &Tree) -> Vec<Complaint> {
    manifests(tree)
        .iter()
        .filter(|(_, _, manifest)| {
            let lints = manifest.get("lints").and_then(toml::Value::as_table);
            lints.and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool)
                != Some(true)
        })
        .map(|(path, _, _)| Complaint::at(path, 1, "lacks `[lints] workspace = true`"))
        .collect()
}

#[test]
fn crates_use_only_crates_below_them() {
    none(order);
}

#[test]
fn pure_crates_have_pure_dependencies() {
    none(pure_dependencies);
}

#[test]
fn pure_crates_have_pure_source() {
    none(pure_source);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    none(workspace_lints);
}

#[test]
fn order_tells_a_crate_that_reaches_up_or_has_no_place() {
    let files = [
        ("crates/pki/Cargo.toml", "[dependencies]\ncounterfoil-crypto.workspace = true\n"),
        ("crates/crypto/Cargo.toml", "[dev-dependencies]\ncounterfoil-pki.workspace = true\n"),
        ("crates/extra/Cargo.toml", ""),
    ];
    assert_eq!(
        said(order, &files),
        "crates/crypto/Cargo.toml:2: crypto stands below pki and may not use it\n\
         crates/extra/Cargo.toml:1: has no place in the order of layers"
    );
}

#[test]
fn pure_dependencies_tells_sockets_and_crates_of_the_edge() {
    let manifest = "[dependencies]\ncounterfoil-store = \"1\"\ntokio = \"1\"\n\
                    [dev-dependencies]\ntempfile = \"3\"\n";
    assert_eq!(
        said(pure_dependencies, &[("crates/sim/Cargo.toml", manifest)]),
        "crates/sim/Cargo.toml:2: sim is pure and counterfoil-store is not\n\
         crates/sim/Cargo.toml:3: sim is pure and may not use tokio"
    );
}

#[test]
fn pure_source_tells_clocks_disks_and_opt_outs_but_not_in_tests() {
    let source = "#![allow(clippy::disallowed_methods)]\nfn a() { std::fs::remove_file(b) }\n\
                  #[cfg(test)]\nmod tests { use std::fs; }\n";
    let files = [("crates/pki/src/lib.rs", source), ("crates/node/src/lib.rs", source)];
    assert_eq!(
        said(pure_source, &files),
        "crates/pki/src/lib.rs:2: `std::fs` in a pure crate: take it as an argument\n\
         crates/pki/src/lib.rs:1: a pure crate does not opt out of the lints that keep it pure"
    );
}

#[test]
fn workspace_lints_tells_a_crate_without() {
    let files = [
        ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n"),
        ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"),
    ];
    assert_eq!(
        said(workspace_lints, &files),
        "crates/b/Cargo.toml:1: lacks `[lints] workspace = true`"
    );
}
