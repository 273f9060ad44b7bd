//! FTP: AUTH TLS (RFC 4217).

use super::{Dialogue, StartTls, Turn, lines::CodedAnswers};

pub(super) static FTP: StartTls =
    StartTls { name: "ftp", port: 21, begin: |_| Box::new(Ftp::default()) };

#[derive(Default)]
struct Ftp {
    answers: CodedAnswers,
    greeted: bool,
}

impl Dialogue for Ftp {
    fn receive(&mut self, octets: &[u8]) -> Turn {
        self.answers.push(octets);
        let Some((code, line)) = self.answers.next_answer() else { return Turn::Wait };
        match (std::mem::replace(&mut self.greeted, true), code) {
            (false, 220) => Turn::Send(b"AUTH TLS\r\n".to_vec()),
            (true, 234) => Turn::Ready,
            _ => Turn::Refused(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::starttls::tests::play;

    #[test]
    fn tls_begins_after_auth_tls() {
        let server: [&[u8]; 2] = [b"220-welcome\r\nto this\r\n220 host\r\n", b"234 go\r\n"];
        assert_eq!(play(&FTP, &server), ["> AUTH TLS\\r\\n", "TLS"]);
    }
}
