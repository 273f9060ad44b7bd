//! Frames behind a good file header: link layers, IP, fragments, TCP headers.
//!
//! The first octet is the link layer; each frame begins with an octet that is its length.
#![no_main]

use counterfoil_dissect::capture::write::{PCAP_HEADER, record};
use counterfoil_dissect::dissection::Dissection;
use counterfoil_dissect::layer::Context;
use counterfoil_dissect::message::Moment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((link, mut rest)) = bytes.split_first() else { return };
    let mut file = PCAP_HEADER.to_vec();
    file[20] = *link;
    let mut time = 0;
    while let Some((len, after)) = rest.split_first() {
        let (frame, after) = after.split_at(after.len().min(usize::from(*len)));
        record(Moment(time), frame, &mut file);
        time += 1_000_000;
        rest = after;
    }
    let mut dissection = Dissection::new(Context::default());
    let _ = dissection.feed(&file);
    let _ = dissection.finish(None);
});
