//! POP3: STLS (RFC 2595 4).

use super::{Dialogue, StartTls, Turn, lines::Lines};

pub(super) static POP3: StartTls =
    StartTls { name: "pop3", port: 110, begin: |_| Box::new(Pop3::default()) };

#[derive(Default)]
struct Pop3 {
    lines: Lines,
    greeted: bool,
}

impl Dialogue for Pop3 {
    fn receive(&mut self, octets: &[u8]) -> Turn {
        self.lines.push(octets);
        let Some(line) = self.lines.next_line() else { return Turn::Wait };
        match (line.starts_with("+OK"), std::mem::replace(&mut self.greeted, true)) {
            (true, false) => Turn::Send(b"STLS\r\n".to_vec()),
            (true, true) => Turn::Ready,
            (false, _) => Turn::Refused(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::starttls::tests::play;

    #[test]
    fn tls_begins_after_stls() {
        let server: [&[u8]; 2] = [b"+OK ready\r\n", b"+OK begin\r\n"];
        assert_eq!(play(&POP3, &server), ["> STLS\\r\\n", "TLS"]);
    }
}
