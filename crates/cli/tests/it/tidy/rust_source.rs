//! Rules of Rust source: sizes, names, and what may not be written.

use super::masked::{Masked, item_end};
use super::{Complaint, Tree, is_test_file, none, said};

/// Most lines of a file, its unit tests not counted.
const FILE_LINES_MAX: usize = 1_000;
/// Most lines of a function.
const FUNCTION_LINES_MAX: usize = 70;
/// Most characters of a line.
const LINE_WIDTH_MAX: usize = 100;
/// Names that say nothing of what is in a file or module.
const EMPTY_NAMES: [&str; 8] =
    ["common", "helper", "helpers", "manager", "misc", "stuff", "util", "utils"];
/// What may stand nowhere, tests included.
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

fn module_docs(tree: &Tree) -> Vec<Complaint> {
    tree.rust()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| Complaint::at(path, 1, "a module begins with `//!` and what it is for"))
        .collect()
}

fn file_lines(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust() {
        let masked = Masked::of(text);
        let tests: usize =
            masked.tests.iter().map(|range| masked.code[range.clone()].lines().count()).sum();
        let lines = text.lines().count() - tests;
        if lines > FILE_LINES_MAX {
            let says = format!("{lines} lines: a file has at most {FILE_LINES_MAX}");
            complaints.push(Complaint::at(path, 1, says));
        }
    }
    complaints
}

fn function_lines(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust() {
        let masked = Masked::of(text);
        for (at, name) in functions(&masked.code) {
            let first = masked.line_of(at);
            let lines = masked.line_of(item_end(&masked.code, at) - 1) - first + 1;
            if lines > FUNCTION_LINES_MAX {
                let says = format!(
                    "{name} has {lines} lines: a function has at most {FUNCTION_LINES_MAX}"
                );
                complaints.push(Complaint::at(path, first, says));
            }
        }
    }
    complaints
}

/// Offset and name of every function in `code`.
fn functions(code: &str) -> Vec<(usize, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices("fn ")
        .filter(|(at, _)| !code[..*at].ends_with(is_name))
        .filter_map(|(at, _)| {
            let name = code[at + 3..].split(|c: char| !is_name(c)).next()?;
            (!name.is_empty()).then_some((at, name))
        })
        .collect()
}

fn line_width(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust() {
        let masked = Masked::of(text);
        let mut start = 0;
        for ((line, content), code) in (1..).zip(text.lines()).zip(masked.code.lines()) {
            let is_test = is_test_file(path) || masked.is_test(start);
            let is_sample = is_test && !content.trim_start().starts_with("//");
            start += content.len() + 1;
            let width =
                if is_sample { width_without_text(content, code) } else { content.chars().count() };
            let is_exempt = masked.lines_in_text.contains(&line) || content.contains("https://");
            if width > LINE_WIDTH_MAX && !is_exempt {
                let says = format!("{width} characters: a line has at most {LINE_WIDTH_MAX}");
                complaints.push(Complaint::at(path, line, says));
            }
        }
    }
    complaints
}

/// The width of a line of tests, in which a string counts as one character: samples stay whole.
fn width_without_text(content: &str, code: &str) -> usize {
    let indent = content.chars().take_while(|c| *c == ' ').count();
    let words = code.split_whitespace().map(|word| word.chars().count() + 1);
    (indent + words.sum::<usize>()).saturating_sub(1)
}

fn file_names(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust() {
        let names = path.split('/').map(|part| part.trim_end_matches(".rs"));
        complaints
            .extend(names.filter(|name| says_nothing(name)).map(|name| empty_name(path, 1, name)));
        let masked = Masked::of(text);
        for (at, _) in masked.code.match_indices("mod ") {
            let rest = &masked.code[at + 4..];
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
            if says_nothing(name) {
                complaints.push(empty_name(path, masked.line_of(at), name));
            }
        }
    }
    complaints
}

fn says_nothing(name: &str) -> bool {
    EMPTY_NAMES.iter().any(|empty| {
        let ends_so = name.strip_suffix(empty).is_some_and(|before| before.ends_with('_'));
        name == *empty || ends_so
    })
}

fn empty_name(path: &str, line: usize, name: &str) -> Complaint {
    Complaint::at(path, line, format!("`{name}` does not say what is in it"))
}

fn unfinished(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust() {
        let masked = Masked::of(text);
        for mark in UNFINISHED {
            for (at, _) in masked.code.match_indices(mark) {
                complaints.push(Complaint::at(
                    path,
                    masked.line_of(at),
                    format!("`{mark}` is left over"),
                ));
            }
        }
    }
    complaints
}

fn unwraps(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| !is_test_file(path)) {
        let masked = Masked::of(text);
        for (at, _) in masked.code.match_indices(".unwrap()") {
            if !masked.is_test(at) {
                let says = "`unwrap()` outside of tests: return an error or expect an invariant";
                complaints.push(Complaint::at(path, masked.line_of(at), says));
            }
        }
        for (at, call) in masked.code.match_indices(".expect(") {
            let argument = text[at + call.len()..].trim_start();
            let is_reasoned = !argument.starts_with('"') || argument.starts_with("\"invariant: ");
            if !masked.is_test(at) && !is_reasoned {
                let says = "`expect` names an invariant: `expect(\"invariant: why it holds\")`";
                complaints.push(Complaint::at(path, masked.line_of(at), says));
            }
        }
    }
    complaints
}

/// A crate has a root with documentation, and one test binary.
fn crate_shape(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for name in tree.crates() {
        let manifest = format!("crates/{name}/Cargo.toml");
        let roots = [format!("crates/{name}/src/lib.rs"), format!("crates/{name}/src/main.rs")];
        if !roots.iter().any(|root| tree.text(root).is_some()) {
            complaints.push(Complaint::at(&manifest, 1, "has neither src/lib.rs nor src/main.rs"));
        }
        let tests = format!("crates/{name}/tests/");
        for (path, _) in tree.rust() {
            let stray = path.strip_prefix(&tests).is_some_and(|rest| !rest.starts_with("it/"));
            if stray {
                let says = "integration tests of a crate are one binary, tests/it/main.rs";
                complaints.push(Complaint::at(path, 1, says));
            }
        }
    }
    complaints
}

/// Every source file is named by the module above it; one that is not is never compiled.
fn dead_files(tree: &Tree) -> Vec<Complaint> {
    tree.rust()
        .filter(|(path, _)| !is_crate_root(path))
        .filter(|(path, _)| {
            let (parents, name) = parents(path);
            let declaration = format!("mod {name};");
            let is_declared = parents.iter().any(|parent| {
                tree.text(parent).is_some_and(|text| Masked::of(text).code.contains(&declaration))
            });
            !is_declared && !is_named_by_path(tree, path)
        })
        .map(|(path, _)| {
            Complaint::at(path, 1, "no module names this file, so nothing compiles it")
        })
        .collect()
}

/// Whether a neighbour declares the file with `#[path = "..."]`.
fn is_named_by_path(tree: &Tree, path: &str) -> bool {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let attribute = format!("#[path = \"{file}\"]");
    tree.rust().any(|(other, text)| {
        other.rsplit_once('/').is_some_and(|(beside, _)| beside == folder)
            && text.contains(&attribute)
    })
}

fn is_crate_root(path: &str) -> bool {
    // Each fuzz target is a binary of its own.
    if path.starts_with("fuzz/targets/") {
        return true;
    }
    let inside: Vec<&str> = path.split('/').skip(2).collect();
    matches!(inside[..], ["src", "lib.rs" | "main.rs"] | ["tests", "it", "main.rs"] | ["build.rs"])
}

/// Where a file may be named, and the name of its module.
fn parents(path: &str) -> (Vec<String>, &str) {
    let path = path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut parents: Vec<String> =
        ["lib.rs", "main.rs", "mod.rs"].iter().map(|file| format!("{folder}/{file}")).collect();
    parents.push(format!("{folder}.rs"));
    (parents, name)
}

#[test]
fn every_module_says_what_it_is_for() {
    none(module_docs);
}

#[test]
fn files_are_short() {
    none(file_lines);
}

#[test]
fn functions_are_short() {
    none(function_lines);
}

#[test]
fn lines_are_short() {
    none(line_width);
}

#[test]
fn names_say_something() {
    none(file_names);
}

#[test]
fn nothing_unfinished_is_left() {
    none(unfinished);
}

#[test]
fn nothing_unwraps_outside_of_tests() {
    none(unwraps);
}

#[test]
fn every_crate_has_a_root_and_one_test_binary() {
    none(crate_shape);
}

#[test]
fn every_source_file_is_compiled() {
    none(dead_files);
}

#[test]
fn module_docs_tells_a_file_without() {
    let files = [("crates/a/src/lib.rs", "//! A.\n"), ("crates/a/src/b.rs", "fn b() {}\n")];
    assert_eq!(
        said(module_docs, &files),
        "crates/a/src/b.rs:1: a module begins with `//!` and what it is for"
    );
}

#[test]
fn file_lines_does_not_count_unit_tests() {
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "// x\n".repeat(FILE_LINES_MAX));
    let long = "// x\n".repeat(FILE_LINES_MAX + 1);
    let files = [("crates/a/src/a.rs", tests.as_str()), ("crates/a/src/b.rs", long.as_str())];
    assert_eq!(
        said(file_lines, &files),
        "crates/a/src/b.rs:1: 1001 lines: a file has at most 1000"
    );
}

#[test]
fn function_lines_counts_from_signature_to_closing_brace() {
    let body = |lines: usize| "    x([0; 3]);\n".repeat(lines);
    let source = format!(
        "trait T {{\n    fn declared(a: [u8; 2]);\n}}\nfn fits() {{\n{}}}\n\
         pub fn long() -> [u8; 2] {{\n{}}}\n",
        body(68),
        body(69)
    );
    assert_eq!(
        said(function_lines, &[("crates/a/src/a.rs", &source)]),
        "crates/a/src/a.rs:74: long has 71 lines: a function has at most 70"
    );
}

#[test]
fn line_width_spares_texts_of_many_lines_and_addresses() {
    let wide = "x".repeat(LINE_WIDTH_MAX);
    let source =
        format!("// {wide}\n// https://{wide}\nlet a = \"\n{wide}y\";\nlet b = \"{wide}\";");
    let files = [("crates/a/src/a.rs", source.as_str()), ("crates/a/tests/it/a.rs", &source)];
    assert_eq!(
        said(line_width, &files),
        "crates/a/src/a.rs:1: 103 characters: a line has at most 100\n\
         crates/a/src/a.rs:5: 111 characters: a line has at most 100\n\
         crates/a/tests/it/a.rs:1: 103 characters: a line has at most 100"
    );
}

#[test]
fn file_names_tells_files_folders_and_inline_modules() {
    let files = [
        ("crates/a/src/common_name.rs", "mod helpers {}\n"),
        ("crates/a/src/key_manager.rs", ""),
        ("crates/a/src/utils/mod.rs", ""),
    ];
    assert_eq!(
        said(file_names, &files),
        "crates/a/src/common_name.rs:1: `helpers` does not say what is in it\n\
         crates/a/src/key_manager.rs:1: `key_manager` does not say what is in it\n\
         crates/a/src/utils/mod.rs:1: `utils` does not say what is in it"
    );
}

#[test]
fn unfinished_tells_code_and_not_comments() {
    let source = "// todo!\nfn a() { todo!() }\nfn b() { dbg!(1); }\n";
    assert_eq!(
        said(unfinished, &[("crates/a/src/a.rs", source)]),
        "crates/a/src/a.rs:2: `todo!` is left over\ncrates/a/src/a.rs:3: `dbg!` is left over"
    );
}

#[test]
fn unwraps_spares_tests_and_reasoned_invariants() {
    let source = "fn a() { b().unwrap(); }\nfn c() { d().expect(\n    \"works\"); }\n\
                  fn e() { f().expect(\"invariant: checked above\"); }\n\
                  #[cfg(test)]\nmod tests { fn g() { h().unwrap(); } }\n";
    let files = [("crates/a/src/a.rs", source), ("crates/a/tests/it/b.rs", source)];
    assert_eq!(
        said(unwraps, &files),
        "crates/a/src/a.rs:1: `unwrap()` outside of tests: return an error or expect an invariant\n\
         crates/a/src/a.rs:2: `expect` names an invariant: `expect(\"invariant: why it holds\")`"
    );
}

#[test]
fn crate_shape_tells_a_crate_without_root_and_a_second_test_binary() {
    let files = [("crates/a/Cargo.toml", ""), ("crates/a/tests/more.rs", "")];
    assert_eq!(
        said(crate_shape, &files),
        "crates/a/Cargo.toml:1: has neither src/lib.rs nor src/main.rs\n\
         crates/a/tests/more.rs:1: integration tests of a crate are one binary, tests/it/main.rs"
    );
}

#[test]
fn dead_files_tells_a_file_that_no_module_names() {
    let files = [
        ("crates/a/src/lib.rs", "mod b;\n// mod c;\n"),
        ("crates/a/src/b/mod.rs", "mod d;\n"),
        ("crates/a/src/b/d.rs", "#[path = \"d_test.rs\"]\nmod tests;\n"),
        ("crates/a/src/b/d_test.rs", ""),
        ("crates/a/src/c.rs", ""),
    ];
    assert_eq!(
        said(dead_files, &files),
        "crates/a/src/c.rs:1: no module names this file, so nothing compiles it"
    );
}
