//! The link: who is heard, what is repeated, what is refused, what is journaled.

use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::mac::{self, MacKey};
use counterfoil_iso8583::{Dialect, Message, Mti, codec};
use expect_test::expect;
use jiff::SignedDuration;

use super::*;
use crate::bank_link::BankLinkError;

fn dialect() -> &'static Dialect {
    Dialect::by_name("ascii1987").unwrap()
}

fn key() -> MacKey {
    MacKey::new("aes-cmac", &SecretBytes::new(vec![2; 16])).unwrap()
}

/// Sends an authorization whose message `change` changed before it was authenticated.
fn changed(change: impl FnOnce(&mut Message)) -> String {
    let mut world = World::new();
    let request = world.stamped(Operation::Authorize(purchase(1000)));
    let octets = world.octets(&request);
    let mut message = codec::decode(&octets, dialect()).unwrap();
    change(&mut message);
    let octets = mac::seal(message, dialect(), &key()).unwrap();
    let answer = world.send(&octets);
    check_books(&world.records).unwrap();
    let code = answer.map(|answer| {
        let answer = mac::open(&answer, dialect(), &key()).unwrap();
        answer.text(n::RESPONSE_CODE).unwrap().to_owned()
    });
    format!("{} {}", code.unwrap_or("--".into()), world.said.join(" "))
}

#[test]
fn fields_that_are_missing_or_mean_nothing_are_format_errors() {
    let without = |number: u8| {
        changed(|message| {
            message.fields.remove(&number);
        })
    };
    let rows: Vec<String> = [2, 3, 4, 7, 11, 14, 32, 37, 41, 42, 48, 49]
        .map(|number| format!("without {number}: {}", without(number)))
        .into_iter()
        .chain([
            format!("card: {}", changed(|message| message.set(n::PAN, "4929123412341233"))),
            format!("time: {}", changed(|m| m.set(n::TRANSMISSION_TIME, "1332256199"))),
            format!("processing: {}", changed(|m| m.set(n::PROCESSING_CODE, "200000"))),
            format!("expiry: {}", changed(|message| message.set(n::EXPIRY, "2913"))),
            format!("private: {}", changed(|m| m.set(n::PRIVATE_DATA, "XI0020"))),
            format!("type: {}", changed(|m| m.mti = Mti::parse(b"0300").unwrap())),
            format!("answer: {}", changed(|m| m.mti = Mti::AUTHORIZATION_RESPONSE)),
            format!("acquirer: {}", changed(|message| message.set(n::ACQUIRER, "400200"))),
            format!("old: {}", changed(|m| m.set(n::TRANSMISSION_TIME, "1118133740"))),
            format!("not too old: {}", changed(|m| m.set(n::TRANSMISSION_TIME, "1118133741"))),
            format!("future: {}", changed(|m| m.set(n::TRANSMISSION_TIME, "1123143742"))),
            format!("not so future: {}", changed(|m| m.set(n::TRANSMISSION_TIME, "1123143741"))),
        ])
        .collect();
    expect![[r#"
        without 2: 30 format
        without 3: 30 format
        without 4: 30 format
        without 7: 30 format
        without 11: 30 format
        without 14: 30 format
        without 32: -- unknown-link
        without 37: 30 format
        without 41: 30 format
        without 42: 30 format
        without 48: 30 format
        without 49: 30 format
        card: 14 unknown-card
        time: 30 format
        processing: 40 not-supported
        expiry: 05 wrong-expiry
        private: 30 format
        type: 40 not-supported
        answer: -- not-a-request
        acquirer: -- unknown-link
        old: 68 message-too-old
        not too old: 00 bank.hold_placed
        future: 12 message-from-future
        not so future: 00 bank.hold_placed"#]]
    .assert_eq(&rows.join("\n"));
}

#[test]
fn requests_and_advices_are_served_alike() {
    let as_type = |digits: &[u8]| {
        let mti = Mti::parse(digits).unwrap();
        changed(move |message| message.mti = mti)
    };
    let rows = [as_type(b"0120"), as_type(b"0121"), as_type(b"0201"), as_type(b"0400")];
    expect![[r#"
        00 bank.hold_placed
        00 bank.hold_placed
        00 bank.sale_posted
        30 format"#]]
    .assert_eq(&rows.join("\n"));
    for reversal in [Mti::REVERSAL, Mti::REVERSAL_ADVICE.repeat()] {
        let mut world = World::new();
        let original = world.authorized(1000);
        let request = world.stamped(Operation::Reverse { original, remaining_minor: 0 });
        let octets = world.octets(&request);
        let mut message = codec::decode(&octets, dialect()).unwrap();
        message.mti = reversal;
        let octets = mac::seal(message, dialect(), &key()).unwrap();
        let answer = mac::open(&world.send(&octets).unwrap(), dialect(), &key()).unwrap();
        assert_eq!(answer.mti, reversal.answer());
        assert_eq!(world.said, ["bank.hold_reversed"]);
    }
}

#[test]
fn any_field_with_any_text_is_answered_and_leaves_the_books_in_order() {
    let texts = ["", "0", "9", "999", "0000000000000000000", "=", " ", "XI040", "~~~~~~~~~~~~"];
    for number in 2..=127 {
        for text in texts {
            let mut world = World::new();
            let original = world.authorized(1000);
            for operation in [
                Operation::Sale(purchase(10)),
                Operation::Capture { original: original.clone(), amount_minor: 10 },
                Operation::Reverse { original: original.clone(), remaining_minor: 10 },
                Operation::Network(NetworkCode::Echo),
            ] {
                let request = world.stamped(operation);
                let octets = world.octets(&request);
                let mut message = codec::decode(&octets, dialect()).unwrap();
                message.set(number, text);
                if let Ok(octets) = mac::seal(message, dialect(), &key()) {
                    world.send(&octets);
                    check_books(&world.records).unwrap();
                }
            }
        }
    }
}

#[test]
fn transmission_times_are_read_across_the_turn_of_the_year() {
    let mut world = World::new();
    world.now = "2026-12-31T23:59:59Z".parse().unwrap();
    let request = world.stamped(Operation::Authorize(purchase(1000)));
    world.now = "2027-01-01T00:00:10Z".parse().unwrap();
    assert_eq!(world.told(&request), "00 bank.hold_placed");
}

#[test]
fn the_same_message_gets_the_same_answer_and_acts_once() {
    let mut world = World::new();
    let request = world.stamped(Operation::Authorize(purchase(1000)));
    let octets = world.octets(&request);
    let first = world.send(&octets).unwrap();
    let position = world.position();
    let repeat = world.link.message(&request, Some(&card()), true).unwrap();
    assert_ne!(repeat, octets);
    for again in [octets, repeat] {
        world.now += SignedDuration::from_hours(1);
        assert_eq!(world.send(&again).as_ref(), Some(&first));
        assert_eq!(world.said, ["bank.answer_repeated"]);
    }
    assert_eq!(world.position(), position);
}

#[test]
fn captures_and_reversals_act_once_too() {
    let mut world = World::new();
    let original = world.authorized(1000);
    let capture =
        world.stamped(Operation::Capture { original: original.clone(), amount_minor: 500 });
    let sale = world.stamped(Operation::Sale(purchase(300)));
    let sold = sale.as_original(None).unwrap();
    let reversal = world.stamped(Operation::Reverse { original: sold, remaining_minor: 0 });
    for request in [&capture, &sale, &reversal] {
        assert!(world.ask(request).is_approved());
    }
    let position = world.position();
    for request in [&capture, &sale, &reversal] {
        let answer = world.ask(request);
        assert!(answer.is_approved());
        assert_eq!(world.said, ["bank.answer_repeated"]);
    }
    assert_eq!(world.position(), position);
}

#[test]
fn another_message_under_the_same_trace_number_is_refused() {
    let mut world = World::new();
    let first = world.stamped(Operation::Authorize(purchase(1000)));
    let other = BankRequest { stamp: first.stamp, operation: Operation::Authorize(purchase(1001)) };
    assert_eq!(world.told(&first), "00 bank.hold_placed");
    assert_eq!(world.told(&other), "94 trace-number-reused");
    assert_eq!(world.told(&first), "00 bank.answer_repeated");
}

#[test]
fn answers_are_forgotten_only_when_the_message_is_too_old() {
    let mut world = World::new();
    let request = world.stamped(Operation::Sale(purchase(1000)));
    assert_eq!(world.told(&request), "00 bank.sale_posted");
    let rows_before = world.records.rows().count();
    world.now += SignedDuration::from_hours(24 * 7 + 1);
    world.run(Input::Deadline);
    assert_eq!(world.records.rows().count(), rows_before - 2, "sign-on and sale");
    assert_eq!(world.told(&request), "68 message-too-old");
    assert_eq!(world.bank.next_deadline(&world.records).unwrap(), None);
}

#[test]
fn nothing_is_served_before_sign_on() {
    let mut world = World::new();
    let request = world.stamped(Operation::Authorize(purchase(1000)));
    let sign_off = world.stamped(Operation::Network(NetworkCode::SignOff));
    let echo = world.stamped(Operation::Network(NetworkCode::Echo));
    let sign_on = world.stamped(Operation::Network(NetworkCode::SignOn));
    let said = [&sign_off, &echo, &request, &sign_on, &request].map(|r| world.told(r));
    expect![[r#"
        00 bank.link_signed_off
        00 bank.link_echoed
        91 not-signed-on
        00 bank.link_signed_on
        00 bank.hold_placed"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn a_wrong_code_is_refused_without_one() {
    let mut world = World::new();
    let request = world.stamped(Operation::Authorize(purchase(1000)));
    let mut octets = world.octets(&request);
    *octets.last_mut().unwrap() ^= 1;
    let answer = world.send(&octets).unwrap();
    assert_eq!(world.said, ["mac-mismatch"]);
    let refusal = world.link.answer(&request, &answer).unwrap_err();
    assert_eq!(refusal, BankLinkError::OurCodeRefused);
    let plain = codec::decode(&octets, dialect()).unwrap();
    let mut unsigned = plain.clone();
    unsigned.fields.remove(&n::MAC_PRIMARY);
    let unsigned = codec::encode(&unsigned, dialect()).unwrap();
    assert!(world.send(&unsigned).is_some());
    assert_eq!(world.said, ["mac-missing"]);
    assert_eq!(world.position(), "card 100000/0");
}

#[test]
fn what_cannot_be_read_is_dropped_and_its_size_is_journaled() {
    let mut world = World::new();
    assert_eq!(world.send(b"GET / HTTP/1.1"), None);
    assert_eq!(world.said, ["iso8583-message-type"]);
    let entry = world.records.journal_entries().last().unwrap();
    assert_eq!(entry.message, "unreadable");
    expect!["[14 octets withheld: not a message of dialect ascii1987]"]
        .assert_eq(&String::from_utf8_lossy(&entry.body));
}

#[test]
fn the_journal_has_every_message_with_its_purchase_and_no_card_number() {
    let journaled = |dialect: &str| {
        let mut world = World::with_dialect(dialect);
        let original = world.authorized(1000);
        world.capture(&original, 1000);
        check_no_card_number(&world);
        let entries = world.records.journal_entries().iter();
        let lines: Vec<String> = entries
            .map(|entry| {
                let direction = entry.direction.name();
                format!("{direction} {} {}", entry.message, entry.xid.is_some())
            })
            .collect();
        lines.join("\n")
    };
    let rows = journaled("ascii1987");
    expect![[r#"
        received 0800 false
        sent 0810 false
        received 0100 true
        sent 0110 true
        received 0220 true
        sent 0230 true"#]]
    .assert_eq(&rows);
    assert_eq!(journaled("binary"), rows);
}

fn check_no_card_number(world: &World) {
    let mut stored: Vec<Vec<u8>> = Vec::new();
    for (table, key, value) in world.records.rows() {
        stored.extend([table.as_bytes().to_vec(), key.to_vec(), value.to_vec()]);
    }
    for entry in world.records.journal_entries() {
        stored.push(entry.body.clone());
    }
    use base64::Engine as _;
    for octets in stored {
        let text = String::from_utf8_lossy(&octets).into_owned();
        let base64 = base64::engine::general_purpose::STANDARD;
        let decoded: Vec<u8> =
            text.split('"').filter_map(|word| base64.decode(word).ok()).flatten().collect();
        for form in [text, hex::encode(&octets), hex::encode(&decoded)] {
            assert!(!form.contains(PAN) && !form.contains(&hex::encode(PAN)), "{form}");
        }
        assert!(!String::from_utf8_lossy(&decoded).contains(PAN));
    }
}

#[test]
fn other_channels_are_not_heard() {
    let mut world = World::new();
    let outputs = world.run(Input::Request {
        reply_to: ReplyTo(3),
        channel: Channel::Payment,
        peer: String::new(),
        body: Vec::new(),
    });
    assert_eq!(outputs.first(), Some(&Output::Drop { reply_to: ReplyTo(3) }));
}
