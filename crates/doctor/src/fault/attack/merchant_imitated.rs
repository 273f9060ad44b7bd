//! A merchant has a name that looks like another's.
//!
//! Cardholders see the merchant's name in its certificate and agree to pay it. A certificate for
//! `Meridian B00ks` beside `Meridian Books` is perfectly valid and made for people who do not look
//! twice.
//!
//! ## How it shows
//!
//! Complaints about things that were paid and never came; nothing in any log.
//!
//! ## How it is confirmed
//!
//! Two merchants that a merchants' CA certifies, with different ids, have names that are the same
//! once letters that look alike are taken for one (`0` and `o`, `1`, `l` and `i`, `rn` and `m`,
//! Greek and Cyrillic letters), and case, spaces and signs are left out. Two branches of one name,
//! written exactly alike, are not told.
//!
//! ## How it is repaired
//!
//! Which of them is the real one, only the acquirer that enrolled them knows: the CA asks it, and
//! revokes the certificate of the other.
//!
//! ## How the repair is proved
//!
//! The names are compared again.
//!
//! ## How the laboratory causes it
//!
//! It enrols a second merchant, with a name like that of the first.

use crate::fact::{Facts, Observation as _, Seen, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// Characters of a skeleton below which a likeness says nothing.
const SKELETON_CHARS_MIN: usize = 4;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "merchant-imitated",
    class: Class::Attack,
    title: "A merchant has a name that looks like another's.",
    source: include_str!("merchant_imitated.rs"),
    symptoms: &["cardholders paid somebody whose name they took for another's"],
    explains: &[],
    needs: &[Settings::KIND],
    look,
    plan,
};

/// A merchant that a CA certifies.
struct Enrolled {
    id: String,
    name: String,
    key: String,
}

fn look(facts: &Facts) -> Vec<Case> {
    let mut cases = Vec::new();
    for settings in facts.of::<Settings>() {
        let all = enrolled(&settings);
        for (index, one) in all.iter().enumerate() {
            let alike = all[..index].iter().find(|other| is_imitation(one, other));
            cases.extend(alike.map(|other| case(&settings, one, other)));
        }
    }
    cases
}

fn enrolled(settings: &Settings) -> Vec<Enrolled> {
    let mut all = Vec::new();
    for acquirer in settings.entries("party.acquirer") {
        let list = format!("party.acquirer.{acquirer}.merchant");
        for merchant in settings.entries(&list) {
            let key = format!("{list}.{merchant}");
            let text = |name: &str| settings.text(&format!("{key}.{name}")).map(str::to_owned);
            all.extend(text("id").zip(text("name")).map(|(id, name)| Enrolled {
                id,
                name,
                key: key.clone(),
            }));
        }
    }
    all
}

fn is_imitation(one: &Enrolled, other: &Enrolled) -> bool {
    let (a, b) = (skeleton(&one.name), skeleton(&other.name));
    one.id != other.id
        && one.name.trim() != other.name.trim()
        && a == b
        && a.chars().count() >= SKELETON_CHARS_MIN
}

/// What is left of a name when letters that look alike are one.
fn skeleton(name: &str) -> String {
    let plain: String = name
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .map(look_of)
        .collect();
    plain.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// The letter that a letter looks like (after Unicode TR 39, what is common in Latin names).
fn look_of(letter: char) -> char {
    match letter {
        '0' | 'ο' | 'о' | 'ö' | 'ó' | 'ò' | 'ô' | 'õ' | 'ø' => 'o',
        '1' | 'l' | 'ı' | 'і' | 'ι' | 'í' | 'ì' | 'ї' | 'ɩ' => 'i',
        '5' | 'ѕ' | 'ş' | 'š' => 's',
        'а' | 'α' | 'á' | 'à' | 'â' | 'ä' | 'å' | 'ã' => 'a',
        'е' | 'ё' | 'ε' | 'é' | 'è' | 'ê' | 'ë' => 'e',
        'р' | 'ρ' => 'p',
        'с' | 'ç' | 'ć' | 'č' => 'c',
        'у' | 'ý' | 'ÿ' | 'γ' => 'y',
        'х' | 'χ' => 'x',
        'ν' => 'v',
        'κ' | 'к' => 'k',
        'м' => 'm',
        'т' | 'τ' => 't',
        'в' | 'β' => 'b',
        'н' => 'h',
        'ñ' | 'ń' | 'η' => 'n',
        'ü' | 'ú' | 'ù' | 'û' | 'υ' => 'u',
        'ԁ' => 'd',
        'ԛ' => 'q',
        'ј' => 'j',
        other => other,
    }
}

fn case(settings: &Seen<'_, Settings>, one: &Enrolled, other: &Enrolled) -> Case {
    let summary = format!(
        "merchant {} calls itself `{}`, which looks like `{}` of merchant {}",
        one.id, one.name, other.name, other.id
    );
    Case::confirmed(
        format!("{}/{}", settings.party, one.id),
        settings.party,
        Effect::Weakens,
        summary,
    )
    .with("seen", &one.name, format!("{}, {}.name", settings.source, one.key))
    .with("looks_like", &other.name, format!("{}, {}.name", settings.source, other.key))
    .with("looks", skeleton(&one.name), "both")
    .check_again(format!("grep -n '^name' {}", settings.source))
    .touching([format!("merchant:{}", one.id), format!("merchant:{}", other.id)])
    .stopping(["nothing: cardholders may pay the wrong merchant"])
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    let text = format!(
        "ask the acquirer which of them is the real one; hold back registrations of {}, and revoke \
         what was certified to the other",
        case.subject
    );
    vec![Step::advice(&case.owner, text)]
}

#[cfg(test)]
mod tests {
    use super::skeleton;

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        let real = skeleton("Meridian Books");
        for name in ["Meridian B00ks", "meridian-books", "Merіdian Вooks", "Meridlan Books"] {
            assert_eq!(skeleton(name), real, "{name}");
        }
        for name in ["Meridian Boots", "Meridian Book", "Equator Books"] {
            assert_ne!(skeleton(name), real, "{name}");
        }
    }
}
