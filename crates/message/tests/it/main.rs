//! Tests of the messages as a peer in another language would see them: octets in, octets out.

mod sample;

mod hostile;
mod round_trip;
