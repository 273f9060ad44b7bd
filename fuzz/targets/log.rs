//! Any octets as a log: its format is told, its lines are counted, and the report is written.
#![no_main]

use counterfoil_logs::{Analysis, Settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut analysis = Analysis::new(Settings::default());
    let not_after = jiff::Timestamp::from_second(1_782_950_400)
        .expect("invariant: a second of 2026 is in range");
    let Ok(file) = analysis.open("fuzz.log", bytes, not_after) else { return };
    for piece in bytes.chunks(61) {
        analysis.feed(file, piece);
    }
    analysis.end(file);
    analysis.finish().text(true);
});
