//! Reference pages, made from kinds.

use std::fmt::Write as _;

use crate::Kind;

/// The text that explains one kind: what `explain` prints, and its section of a page.
pub fn section(kind: &Kind) -> String {
    format!(
        "### {}\n\n{}\n\n*{}, {}. {}.*\n\n{}\n",
        kind.id, kind.title, kind.severity, kind.group, kind.reference, kind.page
    )
}

/// A whole page of Markdown: a list of ids by group, then a section for each.
///
/// Kinds stand in the order of their groups' first appearance, then of their ids.
pub fn reference(title: &str, introduction: &str, kinds: &[&'static Kind]) -> String {
    let mut groups: Vec<&str> = Vec::new();
    for kind in kinds {
        if !groups.contains(&kind.group) {
            groups.push(kind.group);
        }
    }
    let mut page =
        format!("# {title}\n\n{introduction}\n\n| id | severity | is said when |\n|---|---|---|\n");
    let mut sections = String::new();
    for group in groups {
        let mut members: Vec<_> = kinds.iter().filter(|kind| kind.group == group).collect();
        members.sort_by_key(|kind| kind.id);
        let _ = write!(sections, "\n## {group}\n");
        for kind in members {
            let _ =
                writeln!(page, "| [{0}](#{0}) | {1} | {2} |", kind.id, kind.severity, kind.title);
            let _ = write!(sections, "\n{}", section(kind));
        }
    }
    page + &sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;

    const fn kind(id: &'static str, group: &'static str) -> Kind {
        let (title, page, reference) = ("It is so.", "Do this.", "RFC 1");
        Kind { id, group, severity: Severity::Warning, title, page, reference }
    }

    #[test]
    fn a_page_lists_and_explains_each_kind_by_group() {
        static B: Kind = kind("b", "one");
        static A: Kind = kind("a", "one");
        static C: Kind = kind("c", "two");
        assert_eq!(
            reference("Title", "Words.", &[&B, &C, &A]),
            "# Title\n\nWords.\n\n| id | severity | is said when |\n|---|---|---|\n\
             | [a](#a) | warning | It is so. |\n\
             | [b](#b) | warning | It is so. |\n\
             | [c](#c) | warning | It is so. |\n\
             \n## one\n\
             \n### a\n\nIt is so.\n\n*warning, one. RFC 1.*\n\nDo this.\n\
             \n### b\n\nIt is so.\n\n*warning, one. RFC 1.*\n\nDo this.\n\
             \n## two\n\
             \n### c\n\nIt is so.\n\n*warning, two. RFC 1.*\n\nDo this.\n"
        );
    }
}
