//! A request and an answer of HTTP/1.1 whose beginnings are right; `\xff` parts the two.
#![no_main]

use counterfoil_dissect::capture::write::{PCAP_HEADER, Talk, record};
use counterfoil_dissect::dissection::Dissection;
use counterfoil_dissect::layer::Context;
use counterfoil_dissect::message::Direction::{ToClient, ToServer};
use counterfoil_dissect::message::Moment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let ends = [([10, 0, 0, 1], 40_000).into(), ([10, 0, 0, 2], 80).into()];
    let mut talk = Talk::new(ends[0], ends[1], [1, 1]);
    let mut frames = talk.open().to_vec();
    let mut halves = bytes.splitn(2, |octet| *octet == 0xff);
    let mut half = |before: &[u8]| [before, halves.next().unwrap_or_default()].concat();
    frames.extend(talk.send(ToServer, &half(b"POST /set HTTP/1.1\r\n")));
    frames.extend(talk.send(ToClient, &half(b"HTTP/1.1 200 OK\r\n")));
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
