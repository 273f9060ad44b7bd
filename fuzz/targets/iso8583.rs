//! Any octets as a message of a bank, in each dialect; what is read can be written and read again.
#![no_main]

use counterfoil_iso8583::codec::{decode, encode, lay_out};
use counterfoil_iso8583::dialect::DIALECTS;
use counterfoil_iso8583::frame::Deframer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut deframer = Deframer::new();
    let mut input = bytes;
    while let Ok(Some(_)) = deframer.take(&mut input) {}
    for dialect in DIALECTS {
        let _ = lay_out(bytes, dialect);
        let Ok(message) = decode(bytes, dialect) else { continue };
        if let Ok(written) = encode(&message, dialect) {
            let again = decode(&written, dialect).expect("invariant: what was written can be read");
            assert_eq!(encode(&again, dialect).ok(), Some(written));
        }
    }
});
