//! Octets on a good connection: HTTP, TLS, SET, ISO 8583, whichever they look like.
//!
//! Each piece begins with an octet whose lowest bit is the direction and whose rest is its
//! length, in units of eight octets.
#![no_main]

use counterfoil_dissect::capture::write::{PCAP_HEADER, Talk, record};
use counterfoil_dissect::dissection::Dissection;
use counterfoil_dissect::layer::Context;
use counterfoil_dissect::message::{Direction, Moment};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let ends = [([10, 0, 0, 1], 40_000).into(), ([10, 0, 0, 2], 80).into()];
    let mut talk = Talk::new(ends[0], ends[1], [1, 1]);
    let mut frames = talk.open().to_vec();
    let mut rest = bytes;
    while let Some((head, after)) = rest.split_first() {
        let direction = [Direction::ToServer, Direction::ToClient][usize::from(head & 1)];
        let (data, after) = after.split_at(after.len().min(usize::from(head >> 1) * 8 + 1));
        frames.extend(talk.send(direction, data));
        rest = after;
    }
    frames.extend(talk.close());
    let mut file = PCAP_HEADER.to_vec();
    for (frame, time) in frames.iter().zip(0..) {
        record(Moment(time * 1_000_000), frame, &mut file);
    }
    let context = Context { trees: true, await_answers: true, ..Context::default() };
    let mut dissection = Dissection::new(context);
    let _ = dissection.feed(&file);
    let _ = dissection.finish(None);
});
