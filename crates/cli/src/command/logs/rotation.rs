//! Rotated sets: `access.log.2.gz`, `access.log.1` and `access.log` are one log in this order.

/// How old a part of a rotated set is; the oldest sorts first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Named by date: `access.log-20260701`.
    Dated(String),
    /// Numbered: the greater the older.
    Numbered(std::cmp::Reverse<u32>),
    /// Still being written.
    Current,
}

/// The name of the set that a file belongs to, and its age within.
pub fn of(name: &str) -> (String, Age) {
    let compressed = [".gz", ".zst", ".zstd", ".gzip"];
    let bare = compressed.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    for separator in ['.', '-', '_'] {
        if let Some((set, ending)) = bare.rsplit_once(separator) {
            if let Some(age) = age(ending) {
                return (set.to_owned(), age);
            }
            // `gateway.1.jsonl`: the number stands before the ending.
            if let Some((set, number)) = set.rsplit_once('.')
                && let Some(age) = age(number).filter(|_| is_ending(ending))
            {
                return (format!("{set}.{ending}"), age);
            }
        }
    }
    (bare.to_owned(), Age::Current)
}

fn age(text: &str) -> Option<Age> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_number = digits == text.len() && (1..=4).contains(&digits);
    let is_date = digits >= 8 && text.bytes().all(|o| o.is_ascii_digit() || b"-_T".contains(&o));
    if is_number {
        text.parse().ok().map(|number| Age::Numbered(std::cmp::Reverse(number)))
    } else {
        is_date.then(|| Age::Dated(text.to_owned()))
    }
}

fn is_ending(text: &str) -> bool {
    ["jsonl", "json", "log", "txt"].contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_set_are_in_order() {
        for names in [
            vec!["a.log.10.gz", "a.log.2.gz", "a.log.1", "a.log"],
            vec!["gateway.2.jsonl", "gateway.1.jsonl.zst", "gateway.jsonl"],
            vec!["a.log-20260630.gz", "a.log-20260701", "a.log"],
        ] {
            let mut sorted = names.clone();
            sorted.sort_by_key(|name| of(name).1);
            assert_eq!(sorted, names);
            let sets: Vec<String> = names.iter().map(|name| of(name).0).collect();
            assert!(sets.iter().all(|set| *set == sets[0]), "{sets:?}");
        }
    }

    #[test]
    fn other_names_are_sets_of_one() {
        for name in ["bank-2026.log", "srv1.log", "messages"] {
            assert_eq!(of(name).0, name);
        }
    }
}
