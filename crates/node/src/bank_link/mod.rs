//! ISO 8583 over TCP between gateway and bank: a length before each message, many at once.
//!
//! The gateway keeps one connection and gives each answer to the call that it belongs to; the
//! bank's side hands messages to its party and writes the answers in the order in which they are
//! ready. What is in a message is none of this module's business but for the [`Correlate`] given.

mod client;
mod server;

use std::sync::Arc;

use counterfoil_iso8583::field::number;
use counterfoil_iso8583::{Dialect, codec};

pub use self::client::BankLink;
pub use self::server::BankService;
use crate::limit::limits;

/// Default of [`Limits::connect_ms_max`].
pub const CONNECT_MS_MAX: u64 = 5_000;
/// Default of [`Limits::wait_connected_ms_max`].
pub const WAIT_CONNECTED_MS_MAX: u64 = 2_000;
/// Default of [`Limits::reconnect_ms_min`].
pub const RECONNECT_MS_MIN: u64 = 100;
/// Default of [`Limits::reconnect_ms_max`].
pub const RECONNECT_MS_MAX: u64 = 30_000;
/// Default of [`Limits::pending_max`].
pub const PENDING_MAX: usize = 1_024;
/// Default of [`Limits::silent_calls_max`].
pub const SILENT_CALLS_MAX: u32 = 3;
/// Default of [`Limits::write_ms_max`].
pub const WRITE_MS_MAX: u64 = 10_000;
/// Messages of one connection that the bank's party has not answered yet; more are read later.
pub const IN_FLIGHT_MAX: usize = 256;

/// What a request and its answer, and no other message under way, have in common.
/// `None` for a message that has no such thing.
pub type Correlate = Arc<dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync>;

limits! {
    /// Limits of the gateway's side.
    pub struct Limits {
        /// Time to connect, TLS included.
        connect_ms_max: u64 = CONNECT_MS_MAX in 1..=600_000,
        /// Time that a call waits for a connection to come about.
        wait_connected_ms_max: u64 = WAIT_CONNECTED_MS_MAX in 0..=600_000,
        /// Pause before the first attempt to connect anew; doubled with each that fails.
        reconnect_ms_min: u64 = RECONNECT_MS_MIN in 1..=600_000,
        /// Longest such pause.
        reconnect_ms_max: u64 = RECONNECT_MS_MAX in 1..=3_600_000,
        /// Calls without an answer yet; more fail at once as not sent.
        pending_max: usize = PENDING_MAX in 1..=100_000,
        /// Calls in a row without an answer after which the connection is given up.
        silent_calls_max: u32 = SILENT_CALLS_MAX in 1..=1_000,
        /// Time for the bank to take what is written.
        write_ms_max: u64 = WRITE_MS_MAX in 1..=600_000,
    }
}

/// Correlates by the answer's message type, trace number (field 11) and terminal (field 41).
pub fn by_trace_number(dialect: &'static Dialect) -> Correlate {
    Arc::new(move |message| {
        let layout = codec::lay_out(message, dialect).ok()?;
        let mut key = layout.mti.answer().as_str().as_bytes().to_vec();
        let mut is_traced = false;
        for span in &layout.spans {
            let field = span.field.number;
            if field == number::STAN || field == number::TERMINAL {
                is_traced |= field == number::STAN;
                key.push(field);
                key.extend_from_slice(message.get(span.value.clone())?);
            }
        }
        is_traced.then_some(key)
    })
}

#[cfg(test)]
mod tests {
    use counterfoil_iso8583::{Message, Mti};

    use super::*;

    fn message(mti: &str, stan: Option<&str>, terminal: Option<&str>) -> Vec<u8> {
        let mut message = Message::new(Mti::parse(mti.as_bytes()).unwrap());
        for (field, text) in [(number::STAN, stan), (number::TERMINAL, terminal)] {
            if let Some(text) = text {
                message.set(field, text);
            }
        }
        codec::encode(&message, dialect()).unwrap()
    }

    fn dialect() -> &'static Dialect {
        Dialect::by_name("ascii1987").unwrap()
    }

    #[test]
    fn answer_has_the_key_of_its_request_and_of_no_other() {
        let key = by_trace_number(dialect());
        let request = key(&message("0100", Some("000001"), Some("SET00001")));
        assert!(request.is_some());
        for same in ["0101", "0110"] {
            assert_eq!(key(&message(same, Some("000001"), Some("SET00001"))), request, "{same}");
        }
        for (mti, stan, terminal) in [
            ("0200", "000001", "SET00001"),
            ("0110", "000002", "SET00001"),
            ("0110", "000001", "SET00002"),
        ] {
            assert_ne!(key(&message(mti, Some(stan), Some(terminal))), request, "{mti} {stan}");
        }
        assert_ne!(key(&message("0110", Some("000001"), None)), request);
    }

    #[test]
    fn message_without_trace_number_has_no_key() {
        let key = by_trace_number(dialect());
        assert_eq!(key(&message("0800", None, Some("SET00001"))), None);
        assert_eq!(key(b"garbage"), None);
        assert_eq!(key(b""), None);
    }
}
