//! Octets of both sides of a TLS connection.
//!
//! Each piece begins with an octet whose lowest bit is the direction and whose rest is its length,
//! in units of four octets.
#![no_main]

use std::collections::BTreeMap;

use counterfoil_dissect::layer::{Chunk, Context, End, How, Opening, Out, Readers, tls};
use counterfoil_dissect::message::{Connection, Direction, Moment};
use counterfoil_dissect::tree::Span;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (client, server) = (([10, 0, 0, 1], 40_000).into(), ([10, 0, 0, 2], 443).into());
    let connection = Connection { number: 0, client, server };
    let context = Context { trees: true, ..Context::default() };
    let opening = Opening { bytes: [&[], &[]], from_start: true, server_port: 443 };
    let mut stream = (tls::LAYER.open)(&opening);
    let (mut events, mut readers) = (Vec::new(), Readers::default());
    let (mut layers, mut counts) = (vec!["tls"], BTreeMap::new());
    let mut out = Out {
        context: &context,
        connection: &connection,
        layers: &mut layers,
        events: &mut events,
        readers: &mut readers,
        counts: &mut counts,
    };
    let (time, frame) = (Moment(1_700_000_000_000_000_000), 1);
    let mut at = [0_u64; 2];
    let mut rest = bytes;
    while let Some((head, after)) = rest.split_first() {
        let direction = [Direction::ToServer, Direction::ToClient][usize::from(head & 1)];
        let (data, after) = after.split_at(after.len().min(usize::from(head >> 1) * 4 + 1));
        rest = after;
        if data.is_empty() {
            continue;
        }
        let start = at[direction.index()];
        at[direction.index()] += data.len() as u64;
        let span = Span::of("stream", start, at[direction.index()]);
        stream.bytes(&Chunk { direction, bytes: data, span, time, frame }, &mut out);
    }
    for direction in [Direction::ToServer, Direction::ToClient] {
        stream.end(&End { direction, how: How::Closed, time, frame }, &mut out);
    }
});
