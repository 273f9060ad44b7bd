//! Rules of dependencies: each justified, used, few, under a known licence, none of the banned.
//!
//! `deny.toml` is the one list of licences and bans. `cargo deny` reads it where it is installed;
//! these rules hold the same lines with nothing but cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::Command;

use toml::{Table, Value};

use super::{Complaint, Tree, none, root, said};

/// Most packages of `Cargo.lock`.
const PACKAGES_MAX: usize = 350;
/// The page that justifies each dependency.
const PAGE: &str = "docs/decisions/dependencies.md";
/// Sections of a manifest that name dependencies.
const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

fn parse(tree: &Tree, path: &str) -> Table {
    let text = tree.text(path).unwrap_or_default();
    text.parse().expect("cargo and cargo-deny read this file too")
}

/// The table at a path of keys; empty where there is none.
fn table<'a>(document: &'a Table, keys: &[&str]) -> Option<&'a Table> {
    keys.iter().try_fold(document, |table, key| table.get(*key)?.as_table())
}

/// Names and versions in a list of deny.toml: `crate = "name"` or `crate = "name@version"`.
fn listed(deny: &Table, section: &str, key: &str) -> Vec<String> {
    let entries = deny.get(section).and_then(|section| section.get(key)?.as_array());
    let name = |entry: &Value| {
        entry.as_str().or_else(|| entry.get("crate")?.as_str()).unwrap_or_default().to_owned()
    };
    entries.map(|entries| entries.iter().map(name).collect()).unwrap_or_default()
}

/// The line of a file that begins with `start`.
fn line(tree: &Tree, path: &str, start: &str) -> usize {
    let text = tree.text(path).unwrap_or_default();
    text.lines().position(|line| line.starts_with(start)).map_or(1, |line| line + 1)
}

/// The page of dependencies has a row for each, and no row more.
fn justified(tree: &Tree) -> Vec<Complaint> {
    let manifest = parse(tree, "Cargo.toml");
    let declared: BTreeSet<&str> = table(&manifest, &["workspace", "dependencies"])
        .into_iter()
        .flat_map(Table::keys)
        .map(String::as_str)
        .filter(|name| !name.starts_with("counterfoil-"))
        .collect();
    let page = tree.text(PAGE).unwrap_or_default();
    let rows: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let lacking = declared.difference(&rows).map(|name| {
        let says = format!("{name} is not justified in {PAGE}");
        Complaint::at("Cargo.toml", line(tree, "Cargo.toml", &format!("{name} ")), says)
    });
    let stale = rows.difference(&declared).map(|name| {
        let says = format!("{name} is no dependency of Cargo.toml");
        Complaint::at(PAGE, line(tree, PAGE, &format!("| `{name}`")), says)
    });
    lacking.chain(stale).collect()
}

/// What the workspace declares, a crate takes; what a crate takes, its source names.
fn used(tree: &Tree) -> Vec<Complaint> {
    let workspace = parse(tree, "Cargo.toml");
    let mut untaken: BTreeSet<&str> = table(&workspace, &["workspace", "dependencies"])
        .into_iter()
        .flat_map(Table::keys)
        .map(String::as_str)
        .collect();
    let mut complaints = Vec::new();
    for name in tree.crates() {
        let path = format!("crates/{name}/Cargo.toml");
        let manifest = parse(tree, &path);
        let folder = format!("crates/{name}/");
        let source: Vec<&str> = tree
            .rust()
            .filter(|(path, _)| path.starts_with(&folder))
            .map(|(_, text)| text)
            .collect();
        for (dependency, value) in SECTIONS.iter().filter_map(|s| table(&manifest, &[s])).flatten()
        {
            untaken.remove(dependency.as_str());
            let place = line(tree, &path, &format!("{dependency}."));
            if value.get("workspace").and_then(Value::as_bool) != Some(true) {
                let says = format!(
                    "{dependency} is declared in the root: `{dependency}.workspace = true`"
                );
                complaints.push(Complaint::at(&path, place, says));
            }
            if !source.iter().any(|text| text.contains(&dependency.replace('-', "_"))) {
                let says = format!("{dependency} is not used");
                complaints.push(Complaint::at(&path, place, says));
            }
        }
    }
    complaints.extend(untaken.into_iter().map(|name| {
        let place = line(tree, "Cargo.toml", &format!("{name} "));
        Complaint::at("Cargo.toml", place, format!("no crate takes {name}"))
    }));
    complaints
}

/// The lock file is small and holds nothing that `deny.toml` bans, and nothing twice unless
/// `deny.toml` says why.
fn locked(tree: &Tree) -> Vec<Complaint> {
    let (lock, deny) = (parse(tree, "Cargo.lock"), parse(tree, "deny.toml"));
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock.get("package").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| package.get(key).and_then(Value::as_str).unwrap_or_default();
        versions.entry(text("name")).or_default().push(text("version"));
    }
    let mut complaints = Vec::new();
    let count: usize = versions.values().map(Vec::len).sum();
    if count > PACKAGES_MAX {
        let says = format!("{count} packages: there may be {PACKAGES_MAX}");
        complaints.push(Complaint::at("Cargo.lock", 1, says));
    }
    let (banned, skipped) = (listed(&deny, "bans", "deny"), listed(&deny, "bans", "skip"));
    for (name, versions) in versions {
        let place = line(tree, "Cargo.lock", &format!("name = \"{name}\""));
        if banned.iter().any(|entry| entry == name) {
            let says = format!("{name} is banned in deny.toml");
            complaints.push(Complaint::at("Cargo.lock", place, says));
        }
        let is_skipped = |version: &&str| {
            skipped.iter().any(|entry| *entry == format!("{name}@{version}") || entry == name)
        };
        let counted = versions.iter().filter(|version| !is_skipped(version)).count();
        if counted > 1 {
            let says = format!("{name} stands here as {}: agree on one", versions.join(" and "));
            complaints.push(Complaint::at("Cargo.lock", place, says));
        }
    }
    complaints
}

/// Complains about packages, given as name and licence, whose licence `deny.toml` does not allow.
fn licences(packages: &[(String, String)], deny: &Table) -> Vec<Complaint> {
    let allowed = listed(deny, "licenses", "allow");
    let refused = packages.iter().filter(|(_, licence)| !is_allowed(licence, &allowed));
    refused
        .map(|(name, licence)| {
            Complaint::at("deny.toml", 1, format!("{name} has the licence `{licence}`"))
        })
        .collect()
}

/// Whether a licence expression (SPDX; `/` as in old manifests means OR) can be met.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (met, rest) = alternatives(&words, allowed);
    met && rest.is_empty()
}

fn alternatives<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = conjunction(words, allowed);
    while let ["OR", more @ ..] = rest {
        let (other, after) = conjunction(more, allowed);
        (met, rest) = (met || other, after);
    }
    (met, rest)
}

fn conjunction<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = licence(words, allowed);
    while let ["AND", more @ ..] = rest {
        let (other, after) = licence(more, allowed);
        (met, rest) = (met && other, after);
    }
    (met, rest)
}

fn licence<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    let is_listed = |name: &str| allowed.iter().any(|entry| entry == name);
    match words {
        ["(", inner @ ..] => {
            let (met, rest) = alternatives(inner, allowed);
            (met, rest.strip_prefix(&[")"]).unwrap_or(rest))
        }
        [name, "WITH", exception, rest @ ..] => {
            (is_listed(&format!("{name} WITH {exception}")), rest)
        }
        [name, rest @ ..] => (is_listed(name), rest),
        [] => (false, words),
    }
}

/// Name and licence of every package that this machine builds, as cargo knows them without a
/// network; an error says why it does not.
fn packages_from_cargo() -> Result<Vec<(String, String)>, String> {
    let run = |command: &mut Command| {
        let output = command.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success().then_some(output.stdout).ok_or(said)
    };
    let version = run(Command::new("rustc").arg("-vV"))?;
    let version = String::from_utf8_lossy(&version);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let json = run(Command::new(cargo)
        .args([
            "metadata",
            "--format-version=1",
            "--offline",
            "--locked",
            "--filter-platform",
            host,
        ])
        .current_dir(root()))?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().ok_or("cargo names no packages")?;
    Ok(packages.iter().map(|package| (text(&package["name"]), text(&package["license"]))).collect())
}

#[test]
fn every_dependency_is_justified() {
    none(justified);
}

#[test]
fn every_dependency_is_used() {
    none(used);
}

#[test]
fn the_lock_file_is_small_and_holds_nothing_banned_or_doubled() {
    none(locked);
}

#[test]
fn every_package_has_an_allowed_licence() {
    let packages = match packages_from_cargo() {
        Ok(packages) => packages,
        Err(why) => {
            // Not `println!`: what a passing test prints is not shown.
            let mut terminal = std::io::stderr();
            writeln!(terminal, "SKIPPED: licences cannot be read offline: {why}").unwrap();
            return;
        }
    };
    assert!(packages.len() > 50, "cargo names only {} packages", packages.len());
    none(|tree| licences(&packages, &parse(tree, "deny.toml")));
}

#[test]
fn justified_tells_a_lacking_and_a_stale_row() {
    let files = [
        ("Cargo.toml", "[workspace.dependencies]\na = \"1\"\nb = \"1\"\ncounterfoil-c = \"1\"\n"),
        (PAGE, "| `a` | why |\n| `d` | why |\n"),
    ];
    assert_eq!(
        said(justified, &files),
        "Cargo.toml:3: b is not justified in docs/decisions/dependencies.md\n\
         docs/decisions/dependencies.md:2: d is no dependency of Cargo.toml"
    );
}

#[test]
fn used_tells_what_nobody_takes_and_what_nobody_names() {
    let files = [
        ("Cargo.toml", "[workspace.dependencies]\na-b = \"1\"\nc = \"1\"\n"),
        ("crates/x/Cargo.toml", "[dependencies]\na-b.workspace = true\nd = \"1\"\n"),
        ("crates/x/src/lib.rs", "use a_b::Y;\n"),
    ];
    assert_eq!(
        said(used, &files),
        "crates/x/Cargo.toml:1: d is declared in the root: `d.workspace = true`\n\
         crates/x/Cargo.toml:1: d is not used\n\
         Cargo.toml:3: no crate takes c"
    );
}

#[test]
fn locked_tells_banned_and_doubled_packages() {
    let package = |name: &str, version: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
    };
    let lock = [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("c", "1")]
        .map(|(name, version)| package(name, version))
        .concat();
    let deny = "[bans]\ndeny = [{ crate = \"c\" }]\nskip = [{ crate = \"b@1\" }]\n";
    assert_eq!(
        said(locked, &[("Cargo.lock", &lock), ("deny.toml", deny)]),
        "Cargo.lock:2: a stands here as 1 and 2: agree on one\n\
         Cargo.lock:14: c is banned in deny.toml"
    );
}

#[test]
fn licences_follows_the_expression() {
    let deny: Table = "[licenses]\nallow = [\"MIT\", \"ISC\", \"A WITH e\"]\n".parse().unwrap();
    let verdict = |expression: &str| licences(&[("p".into(), expression.into())], &deny).is_empty();
    for met in ["MIT", "GPL OR MIT", "GPL/MIT", "ISC AND (MIT OR GPL)", "A WITH e AND MIT"] {
        assert!(verdict(met), "{met}");
    }
    for refused in ["", "GPL", "ISC AND GPL", "A", "(MIT OR ISC) AND (GPL)", "MIT ISC"] {
        assert!(!verdict(refused), "{refused}");
    }
}
