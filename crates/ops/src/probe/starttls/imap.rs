//! IMAP: STARTTLS (RFC 9051 6.2.1).

use super::{Dialogue, StartTls, Turn, lines::Lines};

pub(super) static IMAP: StartTls =
    StartTls { name: "imap", port: 143, begin: |_| Box::new(Imap::default()) };

#[derive(Default)]
struct Imap {
    lines: Lines,
    greeted: bool,
}

impl Dialogue for Imap {
    fn receive(&mut self, octets: &[u8]) -> Turn {
        self.lines.push(octets);
        while let Some(line) = self.lines.next_line() {
            if !self.greeted {
                if !line.starts_with("* OK") {
                    return Turn::Refused(line);
                }
                self.greeted = true;
                return Turn::Send(b"a1 STARTTLS\r\n".to_vec());
            }
            if let Some(answer) = line.strip_prefix("a1 ") {
                let ok = answer.to_ascii_uppercase().starts_with("OK");
                return if ok { Turn::Ready } else { Turn::Refused(line) };
            }
        }
        Turn::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::starttls::tests::play;

    #[test]
    fn tls_begins_after_the_tagged_answer() {
        let server: [&[u8]; 2] = [b"* OK ready\r\n", b"* CAPABILITY\r\na1 OK begin\r\n"];
        assert_eq!(play(&IMAP, &server), ["> a1 STARTTLS\\r\\n", "TLS"]);
        let server: [&[u8]; 2] = [b"* OK ready\r\n", b"a1 BAD what\r\n"];
        assert_eq!(play(&IMAP, &server)[1], "refused: a1 BAD what");
    }
}
