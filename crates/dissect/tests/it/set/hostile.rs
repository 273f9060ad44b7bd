//! Octets that nobody meant: every sample of every message, cut, changed and made up.

use counterfoil_dissect::key::Keys;

use super::{Session, auth_req, gateway_key, header_of, p_req, tree, wrap};
use crate::deployment::Deployment;
use crate::sample::{Dice, Fill, encode, tlv, tlv_high};

fn wrapped(tag: u32, message: &[u8]) -> Vec<u8> {
    let header =
        tlv(0x30, &[tlv(2, &[2]), tlv(0x18, b"20260601120000Z"), tlv(0x1a, b"x")].concat());
    tlv(0x30, &[header, tlv_high(0xa0, 0, &tlv_high(0xa0, tag, message))].concat())
}

/// Every message with everything in it.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let mut dice = Dice::new(7);
    let mut samples = Vec::new();
    for exchange in counterfoil_message::exchange::EXCHANGES {
        for message in exchange.messages {
            let Some(info) = message.info else { continue };
            for fill in [Fill::Nothing, Fill::Everything, Fill::Random] {
                let der = encode(info, fill, &mut dice);
                samples.push((message.name, wrapped(message.tag, &der)));
            }
        }
    }
    samples
}

#[test]
fn every_message_is_read_by_its_own_tables() {
    for (name, bytes) in samples() {
        let mut session = Session::new(Keys::default());
        let reading = session.read_as(None, &bytes);
        assert!(reading.summary.starts_with(name), "{}", reading.summary);
        for placed in &reading.remarks {
            let id = placed.remark.id;
            let structure = [
                "set-field-truncated",
                "set-field-missing",
                "set-field-unexpected",
                "set-value-out-of-bounds",
                "set-not-der",
            ];
            assert!(!structure.contains(&id), "{name}: {:?}\n{}", placed.remark, tree(&reading));
        }
    }
}

#[test]
fn a_changed_or_cut_message_is_read_without_panic() {
    let mut session = Session::new(Keys::default());
    let mut dice = Dice::new(11);
    for (_, bytes) in samples() {
        for _ in 0..20 {
            let mut other = bytes.clone();
            for _ in 0..=dice.below(4) {
                let at = dice.below(other.len());
                other[at] = dice.below(256) as u8;
            }
            session.read_as(None, &other);
            other.truncate(dice.below(other.len() + 1));
            session.read_as(None, &other);
        }
    }
}

#[test]
fn every_cut_of_a_sealed_message_is_read_without_panic() {
    let deployment = Deployment::new();
    let header = header_of(3);
    let bytes = wrap(header.clone(), &auth_req(&deployment, &p_req(&deployment), &header));
    let mut session = Session::new(gateway_key(&deployment));
    for end in (0..bytes.len()).step_by(23) {
        session.read(&bytes[..end]);
    }
    for at in (0..bytes.len()).step_by(41) {
        let mut other = bytes.clone();
        other[at] ^= 0x41;
        session.read(&other);
    }
}

#[test]
fn nesting_without_end_is_bounded() {
    let mut bytes = Vec::new();
    for _ in 0..3000 {
        bytes = tlv(0x30, &bytes);
    }
    Session::new(Keys::default()).read(&bytes);
    let wide = tlv(0x30, &[0x05, 0x00].repeat(100_000));
    let reading = Session::new(Keys::default()).read(&wrapped(6, &wide));
    assert!(reading.remarks.len() <= 64);
}

#[test]
fn no_sample_shows_a_card_number_or_what_a_person_wrote() {
    for (name, bytes) in samples() {
        let reading = Session::new(Keys::default()).read_as(None, &bytes);
        let shown = tree(&reading);
        assert!(!shown.contains("4929123412341232"), "{name}");
    }
}
