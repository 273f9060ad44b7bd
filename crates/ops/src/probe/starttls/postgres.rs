//! PostgreSQL: SSLRequest (PostgreSQL 16 documentation, 55.2.10).

use super::{Dialogue, StartTls, Turn};

pub(super) static POSTGRES: StartTls =
    StartTls { name: "postgres", port: 5432, begin: |_| Box::new(Postgres::default()) };

/// Length 8, code 80877103.
const REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

#[derive(Default)]
struct Postgres {
    asked: bool,
}

impl Dialogue for Postgres {
    fn receive(&mut self, octets: &[u8]) -> Turn {
        if !std::mem::replace(&mut self.asked, true) {
            return Turn::Send(REQUEST.to_vec());
        }
        match octets.first() {
            None => Turn::Wait,
            Some(b'S') => Turn::Ready,
            Some(b'N') => Turn::Refused("the server has TLS switched off".into()),
            Some(_) => Turn::Refused("no answer of PostgreSQL".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::starttls::tests::play;

    #[test]
    fn tls_begins_after_s() {
        assert_eq!(play(&POSTGRES, &[b"S"])[1], "TLS");
        assert_eq!(play(&POSTGRES, &[b"N"])[1], "refused: the server has TLS switched off");
    }
}
