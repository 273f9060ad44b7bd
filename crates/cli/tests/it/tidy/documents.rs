//! Rules of pages: links lead somewhere, pages can be found, commands are those that CI runs.

use std::collections::BTreeSet;

use super::masked::line_of;
use super::{Complaint, Tree, none, said};

/// Machines and tools that some developer has and a reader has not. The parts are joined when
/// the tests are built, so that this list does not find itself.
const FOREIGN: [&str; 9] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("cla", "ude"),
    concat!("anth", "ropic"),
    concat!("chat", "gpt"),
    concat!("copi", "lot"),
    concat!("agents", ".md"),
    concat!("language ", "model"),
];

/// Files that others wrote.
const NOT_OURS: [&str; 3] = ["Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT"];

/// What both the first screen and CI show.
const COMMANDS: [&str; 2] = ["cargo test --workspace", "cargo run --release -- demo"];

fn foreign_words(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in &tree.files {
        if NOT_OURS.contains(&path.as_str()) {
            continue;
        }
        for (line, content) in (1..).zip(text.to_ascii_lowercase().lines()) {
            for word in FOREIGN.iter().filter(|word| content.contains(**word)) {
                let says = format!("`{word}` means nothing to a reader of this repository");
                complaints.push(Complaint::at(path, line, says));
            }
        }
    }
    complaints
}

/// A link of a page: its offset and its target as written.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("](") {
        let target = text[at + 2..].split([')', '\n']).next().unwrap_or_default();
        found.push((at, target));
    }
    found
}

/// The path from the root that a link in `page` means, and its anchor.
fn resolve(page: &str, target: &str) -> (String, Option<String>) {
    let (file, anchor) =
        target.split_once('#').map_or((target, None), |(f, a)| (f, Some(a.into())));
    if file.is_empty() {
        return (page.into(), anchor);
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    (parts.join("/"), anchor)
}

fn is_outside(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:")
}

fn dead_links(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (page, text) in tree.with_ending(".md") {
        for (at, target) in links(text).into_iter().filter(|(_, target)| !is_outside(target)) {
            let (path, anchor) = resolve(page, target);
            let folder = format!("{path}/");
            let is_file = tree.files.contains_key(&path);
            let is_folder = tree.files.keys().any(|file| file.starts_with(&folder));
            let has_anchor = anchor.is_none_or(|anchor| {
                tree.text(&path).is_some_and(|text| anchors(text).contains(&anchor))
            });
            if !(is_file || is_folder) || !has_anchor {
                let says = format!("the link to `{target}` leads nowhere");
                complaints.push(Complaint::at(page, line_of(text, at), says));
            }
        }
    }
    complaints
}

/// The anchors that a page's headings make.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept =
                title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// Every page of `docs/` is linked from another page.
fn lost_pages(tree: &Tree) -> Vec<Complaint> {
    let linked: BTreeSet<String> = tree
        .with_ending(".md")
        .flat_map(|(page, text)| {
            links(text).into_iter().map(move |(_, target)| (page, resolve(page, target).0))
        })
        .filter(|(page, path)| page != path)
        .map(|(_, path)| path)
        .collect();
    tree.with_ending(".md")
        .filter(|(page, _)| page.starts_with("docs/") && !linked.contains(*page))
        .map(|(page, _)| Complaint::at(page, 1, "no other page links to this one"))
        .collect()
}

/// A page that names a file or folder of the repository as code names one that is there.
fn named_paths(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (page, text) in tree.with_ending(".md") {
        for (line, content) in (1..).zip(text.lines()) {
            for code in content.split('`').skip(1).step_by(2) {
                let is_path = code.starts_with("crates/") || code.starts_with("docs/");
                if is_path && !code.contains(['<', '*', ' ']) && !is_there(tree, code) {
                    let says = format!("`{code}` is not in the repository");
                    complaints.push(Complaint::at(page, line, says));
                }
            }
        }
    }
    complaints
}

/// Whether a path is a file or folder of the tree.
fn is_there(tree: &Tree, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let folder = format!("{path}/");
    tree.files.contains_key(path) || tree.files.keys().any(|file| file.starts_with(&folder))
}

/// A test that the page of attacks names exists.
fn named_tests(tree: &Tree) -> Vec<Complaint> {
    let page = "docs/attacks.md";
    let is_there = |test: &str| {
        let signature = format!("fn {test}(");
        tree.rust().any(|(_, text)| text.contains(&signature))
    };
    let mut complaints = Vec::new();
    for (line, content) in (1..).zip(tree.text(page).unwrap_or_default().lines()) {
        let Some(cell) = content.rsplit("| ").next().filter(|_| content.starts_with('|')) else {
            continue;
        };
        for test in cell.split('`').skip(1).step_by(2) {
            let is_name = test.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if is_name && !is_there(test) {
                let says = format!("no test is called `{test}`");
                complaints.push(Complaint::at(page, line, says));
            }
        }
    }
    complaints
}

/// Each word of the glossary stands once, in the order of the alphabet within its table.
fn glossary(tree: &Tree) -> Vec<Complaint> {
    let page = "docs/glossary.md";
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    let mut last = String::new();
    for (line, content) in (1..).zip(tree.text(page).unwrap_or_default().lines()) {
        let Some(row) = content.strip_prefix("| ") else { continue };
        let word = row.split(" |").next().unwrap_or_default().trim_matches('`').to_lowercase();
        if word == "word" {
            last.clear();
            continue;
        }
        if word < last {
            let says = format!("`{word}` stands after `{last}`: keep the alphabet");
            complaints.push(Complaint::at(page, line, says));
        }
        if !seen.insert(word.clone()) {
            complaints.push(Complaint::at(page, line, format!("`{word}` stands twice")));
        }
        last = word;
    }
    complaints
}

/// README and CI name the same system packages and commands.
fn commands(tree: &Tree) -> Vec<Complaint> {
    let (readme, ci) = ("README.md", ".ci/run");
    let installs = |path: &str| {
        let text = tree.text(path).unwrap_or_default();
        let (_, line) = text.split_once("apt-get install ")?;
        Some(line.split(['\n', '"', '`']).next().unwrap_or_default().trim().to_owned())
    };
    let mut complaints = Vec::new();
    for path in [readme, ci] {
        for command in COMMANDS {
            if !tree.text(path).is_some_and(|text| text.contains(command)) {
                complaints.push(Complaint::at(path, 1, format!("lacks the command `{command}`")));
            }
        }
    }
    if installs(readme) != installs(ci) || installs(ci).is_none() {
        let says = format!("`apt-get install` names other packages than {ci}, or none");
        complaints.push(Complaint::at(readme, 1, says));
    }
    complaints
}

/// The map of the crates names every one of them.
fn map_of_crates(tree: &Tree) -> Vec<Complaint> {
    let map = tree.text("ARCHITECTURE.md").unwrap_or_default();
    let lacks = tree.crates().into_iter().filter(|name| !map.contains(&format!("| `{name}` |")));
    lacks
        .map(|name| {
            Complaint::at("ARCHITECTURE.md", 1, format!("the map lacks the crate `{name}`"))
        })
        .collect()
}

#[test]
fn pages_speak_of_the_product_alone() {
    none(foreign_words);
}

#[test]
fn links_lead_somewhere() {
    none(dead_links);
}

#[test]
fn every_page_can_be_found() {
    none(lost_pages);
}

#[test]
fn paths_in_pages_are_there() {
    none(named_paths);
}

#[test]
fn tests_that_pages_name_are_there() {
    none(named_tests);
}

#[test]
fn the_glossary_has_each_word_once_in_order() {
    none(glossary);
}

#[test]
fn the_first_screen_shows_what_ci_runs() {
    none(commands);
}

#[test]
fn the_map_names_every_crate() {
    none(map_of_crates);
}

#[test]
fn foreign_words_tells_paths_of_a_machine() {
    let text = format!("fine\nsee {}notes\n", FOREIGN[0]);
    assert_eq!(
        said(foreign_words, &[("docs/a.md", &text), ("Cargo.lock", &text)]),
        format!("docs/a.md:2: `{}` means nothing to a reader of this repository", FOREIGN[0])
    );
}

#[test]
fn dead_links_tells_missing_files_and_headings() {
    let page = "# A page\n[b](b.md#two-words) [folder](../crates/) [self](#a-page)\n\
                [c](c.md) [d](b.md#three) [web](https://example.org/x)\n";
    let files = [("docs/a.md", page), ("docs/b.md", "## Two words\n"), ("crates/a/x", "")];
    assert_eq!(
        said(dead_links, &files),
        "docs/a.md:3: the link to `c.md` leads nowhere\n\
         docs/a.md:3: the link to `b.md#three` leads nowhere"
    );
}

#[test]
fn lost_pages_tells_a_page_that_only_links_to_itself() {
    let files = [("README.md", "[a](docs/a.md)"), ("docs/a.md", ""), ("docs/b.md", "# B\n[b](#b)")];
    assert_eq!(said(lost_pages, &files), "docs/b.md:1: no other page links to this one");
}

#[test]
fn named_paths_tells_what_is_gone_and_spares_patterns() {
    let page = "`crates/a` `crates/a/x.rs` `crates/b/y.rs` `crates/a/<name>.rs`\n";
    let files = [("docs/a.md", page), ("crates/a/x.rs", "")];
    assert_eq!(said(named_paths, &files), "docs/a.md:1: `crates/b/y.rs` is not in the repository");
}

#[test]
fn named_tests_tells_what_is_gone() {
    let page = "| a | `crates/a/x.rs` | `refuses_it` |\n| b | `crates/a/x.rs` | `is_gone` |\n";
    let files = [("docs/attacks.md", page), ("crates/a/x.rs", "fn refuses_it() {}")];
    assert_eq!(said(named_tests, &files), "docs/attacks.md:2: no test is called `is_gone`");
}

#[test]
fn glossary_tells_repetition_and_disorder() {
    let page = "| word | meaning |\n|---|---|\n| BIN | x |\n| `bci` | x |\n\n\
                | word | meaning |\n| AEAD | x |\n| BIN | x |\n";
    assert_eq!(
        said(glossary, &[("docs/glossary.md", page)]),
        "docs/glossary.md:4: `bci` stands after `bin`: keep the alphabet\n\
         docs/glossary.md:8: `bin` stands twice"
    );
}

#[test]
fn commands_tells_a_difference_between_first_screen_and_ci() {
    let same = "apt-get install -y gcc\ncargo test --workspace\n";
    let more = format!("apt-get install -y gcc make\n{}\n{}\n", COMMANDS[0], COMMANDS[1]);
    assert_eq!(
        said(commands, &[("README.md", same), (".ci/run", &more)]),
        "README.md:1: lacks the command `cargo run --release -- demo`\n\
         README.md:1: `apt-get install` names other packages than .ci/run, or none"
    );
}

#[test]
fn map_of_crates_tells_a_crate_that_it_lacks() {
    let files = [("ARCHITECTURE.md", "| `a` | x |"), ("crates/a/x", ""), ("crates/b/x", "")];
    assert_eq!(said(map_of_crates, &files), "ARCHITECTURE.md:1: the map lacks the crate `b`");
}
