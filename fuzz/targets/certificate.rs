//! Any octets as a file of certificates, lists, requests and keys: described and judged.
#![no_main]

use counterfoil_pki::inspect::describe;
use counterfoil_pki::lint::{Profiles, lint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let now = jiff::Timestamp::from_second(1_782_950_400)
        .expect("invariant: a second of 2026 is in range");
    let reading = counterfoil_pki::file::read("fuzz", bytes, None);
    let all: Vec<_> = reading.items.iter().collect();
    for item in &reading.items {
        let description = describe(item, &all, now);
        (description.json(), description.text());
        lint(item, now, Profiles::DEFAULT);
    }
});
