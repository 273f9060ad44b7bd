//! Any octets as a message of SET, twice, since readers remember what they saw.
#![no_main]

use counterfoil_dissect::layer::{Context, Document, set};
use counterfoil_dissect::message::{Direction, Moment};
use counterfoil_dissect::tree::Span;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let context = Context { trees: true, ..Context::default() };
    let mut reader = (set::LAYER.open)();
    for (media_type, direction) in [
        (Some("application/set-payment"), Direction::ToServer),
        (None, Direction::ToClient),
        (Some("application/set-payment-initiation"), Direction::ToClient),
    ] {
        let document = Document {
            media_type,
            bytes,
            span: Span::of("body", 0, bytes.len() as u64),
            is_whole: true,
            direction,
            time: Moment(1_780_315_200_000_000_000),
            subject: "fuzz",
        };
        reader.read(&document, &context);
    }
});
