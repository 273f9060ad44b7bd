//! The card number, the passphrase and the answers are in no record, journal, event or message:
//! not in clear, not in hexadecimal, not in base64, not packed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::world::{PAN, PASSPHRASE, World, order, register, shown};
use crate::applicant::Command;
use crate::ca::{self, CaKind};

/// A name that is given in the form.
const NAME: &str = "Marked Name";

/// What is looked for: octets as they may stand in a file or a message.
fn needles() -> Vec<(String, Vec<u8>)> {
    let packed = hex::decode(PAN).unwrap();
    let mut needles = Vec::new();
    let secrets = [
        ("card number", PAN.as_bytes().to_vec()),
        ("packed card number", packed),
        ("middle of the card number", PAN.as_bytes()[6..15].to_vec()),
        ("passphrase", PASSPHRASE.as_bytes().to_vec()),
        ("name", NAME.as_bytes().to_vec()),
    ];
    for (what, octets) in secrets {
        needles.push((what.to_owned(), octets.clone()));
        needles.push((format!("{what}, hex"), hex::encode(&octets).into_bytes()));
        needles.push((format!("{what}, HEX"), hex::encode_upper(&octets).into_bytes()));
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            for shift in 0..3 {
                // Base64 in the middle of something: without the characters that neighbours share.
                let shifted = [vec![0; shift], octets.clone()].concat();
                let text = engine.encode(shifted).into_bytes();
                let inner = text[(shift * 8).div_ceil(6)..text.len() - 1].to_vec();
                needles.push((format!("{what}, base64 +{shift}"), inner));
            }
        }
    }
    needles
}

fn search(place: &str, haystack: &[u8], needles: &[(String, Vec<u8>)]) {
    for (what, needle) in needles {
        let found = haystack.windows(needle.len()).any(|window| window == needle);
        assert!(!found, "{what} in {place}");
    }
}

fn search_world(world: &World) {
    let needles = needles();
    for (whose, records) in [("CA", &world.ca_records), ("applicant", &world.records)] {
        for (table, key, value) in records.rows() {
            search(&format!("table {table} of the {whose}"), key, &needles);
            search(&format!("table {table} of the {whose}"), value, &needles);
        }
        for entry in records.journal_entries() {
            let place = format!("journal of the {whose}: {}", entry.message);
            search(&place, &entry.body, &needles);
            search(&place, format!("{entry:?}").as_bytes(), &needles);
        }
    }
    for message in &world.wire {
        search("a message", message, &needles);
    }
    for event in &world.events {
        search(event.name, format!("{event:?}").as_bytes(), &needles);
    }
    assert!(!world.events.is_empty() && world.wire.len() > 5);
}

fn marked() -> crate::applicant::Order {
    let answers = [("Name".to_owned(), NAME.to_owned().into())].into();
    crate::applicant::Order { answers, ..order(CaKind::Cca) }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let needles = needles();
    let hit = |text: &[u8]| {
        needles.iter().filter(|(_, needle)| text.windows(needle.len()).any(|w| w == needle)).count()
    };
    assert!(hit(format!("x{PAN}y").as_bytes()) > 0);
    assert!(hit(&hex::decode(format!("00{PAN}00")).unwrap()) > 0);
    for shift in 0..3 {
        let text = format!("{}{PAN} and more", "x".repeat(shift));
        assert!(hit(STANDARD_NO_PAD.encode(text).as_bytes()) > 0, "{shift}");
    }
}

#[test]
fn nothing_of_the_card_stands_anywhere_in_clear() {
    let mut world = World::new(CaKind::Cca);
    assert_eq!(shown(world.command(register(marked()))), "registered");
    // A second one, refused, since the passphrase is used up.
    world.command(register(marked()));
    search_world(&world);
}

#[test]
fn nor_while_a_request_is_pending() {
    let mut world = World::with(CaKind::Cca, |config| config.issuers[0].review = true);
    world.command(register(marked()));
    search_world(&world);
    let ca::Outcome::Pending { requests, .. } =
        world.operator(ca::Command::ListPending { after: None, limit: 10 })
    else {
        panic!()
    };
    assert_eq!(requests[0].answers[0].1, NAME, "the operator sees the answers");
    search("the list of pending requests", format!("{requests:?}").as_bytes(), &needles()[..1]);
    let registration = requests[0].registration.clone();
    world.operator(ca::Command::Approve { registration });
    let registration = world.registrations().remove(0);
    let outcome = world.command(Command::Resume { registration });
    search("the outcome", format!("{outcome:?}").as_bytes(), &needles());
    assert_eq!(shown(outcome), "registered");
    search_world(&world);
}

#[test]
fn commands_print_no_secret() {
    let command = register(marked());
    search("the command", format!("{command:?}").as_bytes(), &needles());
}
