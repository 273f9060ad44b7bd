//! Any octets as a capture file: pcap and pcapng, and every layer that they lead to.
#![no_main]

use counterfoil_dissect::dissection::Dissection;
use counterfoil_dissect::layer::Context;
use counterfoil_dissect::message::Event;
use counterfoil_dissect::render;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let context = Context { trees: true, await_answers: true, ..Context::default() };
    let mut dissection = Dissection::new(context);
    for piece in bytes.chunks(97) {
        if dissection.feed(piece).is_err() {
            return;
        }
    }
    let _ = dissection.finish(None);
    for event in dissection.events() {
        match event {
            Event::Message(message) => {
                render::details(&message);
                render::message_json(&message);
            }
            Event::Remark(placed) => {
                render::remark(&placed);
            }
        }
    }
    render::summary_json(&dissection.summary());
});
