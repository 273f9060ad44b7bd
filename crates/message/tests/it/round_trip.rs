//! What is decoded and encoded again is what was there.

use counterfoil_message::codec::{Asn1, decode, encode};
use counterfoil_message::exchange::{EXCHANGES, message_by_tag};

use crate::sample::{self, Dice, Fill, for_every_type};

const RANDOM_SAMPLES: u64 = 60;

fn goes_through<T: Asn1>() {
    let check = |fill: Fill, seed: u64| {
        let bytes = sample::der_of::<T>(fill, &mut Dice::new(seed));
        let value: T = decode(&bytes).unwrap_or_else(|error| panic!("{fill:?} {seed}: {error}"));
        assert_eq!(encode(&value).unwrap(), bytes, "{} {fill:?} {seed}", T::NAME);
    };
    check(Fill::Nothing, 0);
    check(Fill::Everything, 0);
    (0..RANDOM_SAMPLES).for_each(|seed| check(Fill::Random, seed));
}

#[test]
fn every_type_goes_through_der_and_back() {
    for_every_type!(goes_through);
}

#[test]
fn every_message_is_found_by_its_tag_and_decodes() {
    for message in EXCHANGES.iter().flat_map(|exchange| exchange.messages) {
        let (_, found) = message_by_tag(message.tag).unwrap();
        assert_eq!(found.name, message.name, "two messages with tag {}", message.tag);
        let info = message.info.unwrap();
        let bytes = sample::encode(info, Fill::Everything, &mut Dice::new(1));
        (message.check)(&bytes).unwrap();
    }
}

#[test]
fn content_types_have_one_meaning() {
    let mut seen = std::collections::BTreeMap::new();
    for content in EXCHANGES.iter().flat_map(|exchange| exchange.contents) {
        assert_eq!(seen.insert(content.number, content.name), None, "{}", content.number);
    }
}
