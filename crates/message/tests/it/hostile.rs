//! Octets from somebody who means harm: a clear error, the field, the offset, and never a panic.

use counterfoil_message::codec::{Asn1, decode};

use crate::sample::{self, Dice, Fill, for_every_type};

fn survives_truncation<T: Asn1>() {
    let bytes = sample::der_of::<T>(Fill::Everything, &mut Dice::new(3));
    for len in 0..bytes.len() {
        let error = decode::<T>(&bytes[..len]).err().unwrap();
        assert!(error.path().starts_with(T::NAME), "{error}");
        assert!(error.offset() <= len, "{error}");
    }
}

fn survives_changed_octets<T: Asn1>() {
    let bytes = sample::der_of::<T>(Fill::Everything, &mut Dice::new(4));
    for place in 0..bytes.len() {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            if let Err(error) = decode::<T>(&changed) {
                assert!(error.path().starts_with(T::NAME), "{error}");
                assert!(error.offset() <= bytes.len(), "{error}");
            }
        }
    }
}

fn refuses_trailing_octets<T: Asn1>() {
    let mut bytes = sample::der_of::<T>(Fill::Everything, &mut Dice::new(5));
    let len = bytes.len();
    bytes.extend([0x05, 0x00]);
    let error = decode::<T>(&bytes).err().unwrap();
    let expected = format!("{} at octet {len}: expected the end, found 2 more octets", T::NAME);
    assert_eq!(error.to_string(), expected);
}

#[test]
fn every_truncation_of_every_type_is_refused() {
    for_every_type!(survives_truncation);
}

#[test]
fn every_changed_octet_of_every_type_is_refused_or_harmless() {
    for_every_type!(survives_changed_octets);
}

#[test]
fn trailing_octets_are_refused_for_every_type() {
    for_every_type!(refuses_trailing_octets);
}
