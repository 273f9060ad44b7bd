//! Tidy: the rules of CONTRIBUTING.md that a machine can hold, as tests of the source tree.
//!
//! A rule is a function from a [`Tree`] to [`Complaint`]s; it has a test of its own that gives it
//! a bad tree. A test per rule then applies it to this repository and prints every complaint.

mod documents;
pub mod masked;
mod packages;
mod rust_source;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Folders of the root that git ignores.
const IGNORED: [&str; 3] = [".git", "target", "data"];

/// What stands in the root, all of it and nothing else.
const ROOT: [&str; 15] = [
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "crates",
    "deny.toml",
    "docs",
    "fuzz",
    "rustfmt.toml",
];

/// The files of a repository by their path from its root.
#[derive(Default)]
pub struct Tree {
    /// Text of each file; empty for a file that is not UTF-8.
    pub files: BTreeMap<String, String>,
}

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The file, from the root of the repository.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it, and what to do.
    pub says: String,
}

impl Complaint {
    /// Complains about a line of a file.
    pub fn at(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.into(), line, says: says.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.says)
    }
}

impl Tree {
    /// This repository, read once.
    pub fn of_this_repository() -> &'static Self {
        static TREE: LazyLock<Tree> = LazyLock::new(|| {
            let mut tree = Tree::default();
            read_folder(&root(), "", &mut tree);
            tree
        });
        &TREE
    }

    /// A small tree for a rule's own test.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect();
        Self { files }
    }

    /// The text of one file, if the tree has it.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every Rust source file.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_ending(".rs")
    }

    /// Every file whose path ends so.
    pub fn with_ending(&self, ending: &'static str) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.ends_with(ending))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The folders directly under `crates/`.
    pub fn crates(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix("crates/")?.split('/').next())
            .collect();
        names.dedup();
        names
    }
}

/// The root of this repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether the whole file is a test.
pub fn is_test_file(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    path.contains("/tests/")
        || path.contains("_test/")
        || stem == "tests"
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
}

/// Fails with every complaint, one a line, if there is one.
pub fn none(rule: impl Fn(&Tree) -> Vec<Complaint>) {
    let mut complaints = rule(Tree::of_this_repository());
    complaints.sort();
    let list: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
    assert!(list.is_empty(), "{} complaints:\n{}\n", list.len(), list.join("\n"));
}

/// What `rule` says of a tree, one complaint a line.
pub fn said(rule: impl Fn(&Tree) -> Vec<Complaint>, files: &[(&str, &str)]) -> String {
    rule(&Tree::of(files)).iter().map(Complaint::to_string).collect::<Vec<_>>().join("\n")
}

fn read_folder(folder: &Path, prefix: &str, tree: &mut Tree) {
    let entries = std::fs::read_dir(folder).expect("the repository can be listed");
    for entry in entries {
        let entry = entry.expect("the repository can be listed");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if IGNORED.contains(&path.as_str()) || name.contains(".sqlite") {
            continue;
        }
        if entry.file_type().expect("a file has a type").is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), tree);
        } else {
            let bytes = std::fs::read(entry.path()).expect("the repository can be read");
            tree.files.insert(path, String::from_utf8(bytes).unwrap_or_default());
        }
    }
}

/// The root holds exactly the names of [`ROOT`].
fn root_names(tree: &Tree) -> Vec<Complaint> {
    let mut present: Vec<&str> =
        tree.files.keys().filter_map(|path| path.split('/').next()).collect();
    present.dedup();
    let strange = present.iter().filter(|name| !ROOT.contains(name)).map(|name| {
        Complaint::at(name, 1, "does not belong in the root: move it or list it in tidy")
    });
    let missing = ROOT
        .iter()
        .filter(|name| !present.contains(name))
        .map(|name| Complaint::at(name, 1, "is missing from the root"));
    strange.chain(missing).collect()
}

#[test]
fn the_root_holds_what_is_listed_and_nothing_else() {
    none(root_names);
}

#[test]
fn root_names_tells_strange_and_missing_ones() {
    let mut files: Vec<(&str, &str)> = ROOT.iter().map(|name| (*name, "")).collect();
    files.retain(|(name, _)| *name != "README.md");
    files.push(("STATUS.md", ""));
    assert_eq!(
        said(root_names, &files),
        "STATUS.md:1: does not belong in the root: move it or list it in tidy\n\
         README.md:1: is missing from the root"
    );
}
