//! Any octets as a file with keys.
#![no_main]

use counterfoil_dissect::key::Keys;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut keys = Keys::default();
    let _ = keys.offer("fuzz", bytes);
});
