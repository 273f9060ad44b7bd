//! A log holds card numbers.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding, grouped};
use crate::facts::Facts;
use crate::redact::shown;

/// What it says.
static KIND: Kind = Kind {
    id: "card-number-in-log",
    group: "what the log itself shows",
    severity: Severity::Error,
    title: "Lines hold card numbers.",
    page: "A number counts when it has the length and the prefix of an issuer's numbers, a \
        right check digit (ISO/IEC 7812-1), \
           and stands alone or in the groups that are printed on cards. All numbers of one field are judged together, because one \
           id in ten has a right check digit by chance: in a field named like a card one is enough, in a field without a telling \
           name four in five must be right, and in a field named like a time, an id or a size at least eight, \
           nearly all. Times since 1970 begin with 1 and are no card's.\n\n\
           The number is shown masked. Stop writing it, then remove the logs that hold it, with their backups and copies: they \
           are in scope of PCI DSS until then. A warning instead of an error means that one number in a field that says nothing may \
           be chance.",
    reference: "PCI DSS 4.0 requirements 3.3 to 3.5; ISO/IEC 7812-1",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let mut fields: Vec<_> = facts.cards.fields.values().filter(|f| f.holds_cards()).collect();
    fields.sort_by(|a, b| {
        (b.is_certain(), b.checked, &a.key).cmp(&(a.is_certain(), a.checked, &b.key))
    });
    fields
        .into_iter()
        .map(|field| {
            let file = facts.names.get(usize::from(field.file)).map_or("?", String::as_str);
            let place = match &*field.key {
                b"" => file.to_owned(),
                key => format!("{file}, field {}", shown(key)),
            };
            let (is_certain, count) = (field.is_certain(), grouped(field.checked));
            let summary = match (is_certain, field.checked) {
                (true, 1) => "a card number stands in a line".to_owned(),
                (true, _) => format!("{count} card numbers stand in lines"),
                (false, 1) => "a number in a line looks like a card's".to_owned(),
                (false, _) => format!("{count} numbers in lines look like cards'"),
            };
            let severity = if is_certain { Severity::Error } else { Severity::Warning };
            let remark =
                KIND.of(place, summary).as_severe_as(severity).with("expected", "none").with(
                    "seen",
                    format!("{count}, and {} with a wrong check digit", grouped(field.unchecked)),
                );
            Finding::of(match &field.sample {
                Some(sample) => sample.beside(remark, &facts.names),
                None => remark,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Dice, report, said};

    fn told(text: &str) -> Vec<String> {
        said(&report(text), "card-number-in-log")
    }

    #[test]
    fn a_card_number_is_told_and_shown_masked() {
        let report = report("level=info msg=x pan=4111111111111111 a=b\n");
        assert_eq!(
            said(&report, "card-number-in-log"),
            ["a.log, field pan: a card number stands in a line"]
        );
        let json = serde_json::to_string(&report).unwrap();
        assert!(!json.contains("4111111111111111") && json.contains("411111******1111"), "{json}");
    }

    #[test]
    fn one_number_without_context_may_be_chance() {
        assert_eq!(told("refused 5500 0000 0000 0004 today\n").len(), 1);
        assert!(told("refused 5500 0000 0000 0004 today\n")[0].ends_with("looks like a card's"));
    }

    #[test]
    fn times_and_ids_are_none() {
        let mut dice = Dice::new(1);
        let mut text = String::new();
        for n in 0..2_000_u64 {
            let id = 4_000_000_000_000_000 + dice.below(999_999_999_999_999);
            let us = 1_782_864_000_000_000 + n * 7_919;
            text.push_str(&format!(
                "ts={us} level=info epoch_ms={} request_id={id} value={id} ns={}000\n",
                us / 1_000,
                us
            ));
        }
        assert_eq!(told(&text), Vec::<String>::new());
    }
}
