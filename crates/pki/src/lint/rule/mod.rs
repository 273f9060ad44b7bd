//! The rules, one file each. A new one is a file, and two lines in the `mod.rs` beside it.

mod cabf;
mod rfc5280;
mod set;

use super::Rule;

/// Every rule.
pub(crate) fn all() -> Vec<&'static Rule> {
    [rfc5280::RULES, cabf::RULES, set::RULES].concat()
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn every_rule_has_an_id_of_its_own_and_says_where_it_stands() {
        let rules = all();
        let mut ids: Vec<_> = rules.iter().map(|rule| rule.kind.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rules.len());
        for kind in rules.iter().map(|rule| rule.kind) {
            let full = kind.title.ends_with('.') && kind.page.ends_with('.');
            assert!(full && !kind.reference.is_empty(), "{}", kind.id);
        }
    }
}
