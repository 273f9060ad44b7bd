//! SMTP: EHLO, then STARTTLS (RFC 3207).

use super::{Dialogue, StartTls, Turn, lines::CodedAnswers};

pub(super) static SMTP: StartTls =
    StartTls { name: "smtp", port: 25, begin: |_| Box::new(Smtp::default()) };

#[derive(Default)]
struct Smtp {
    answers: CodedAnswers,
    step: usize,
}

impl Dialogue for Smtp {
    fn receive(&mut self, octets: &[u8]) -> Turn {
        self.answers.push(octets);
        let Some((code, line)) = self.answers.next_answer() else { return Turn::Wait };
        self.step += 1;
        match (self.step, code) {
            (1, 220) => Turn::Send(b"EHLO probe.invalid\r\n".to_vec()),
            (2, 250) => Turn::Send(b"STARTTLS\r\n".to_vec()),
            (3, 220) => Turn::Ready,
            _ => Turn::Refused(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::starttls::tests::play;

    #[test]
    fn tls_begins_after_the_answer_to_starttls() {
        let server: [&[u8]; 3] =
            [b"220 mx\r\n", b"250-mx\r\n250-SIZE\r\n250 STARTTLS\r\n", b"220 go\r\n"];
        let said = play(&SMTP, &server);
        assert_eq!(said, ["> EHLO probe.invalid\\r\\n", "> STARTTLS\\r\\n", "TLS"]);
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_server() {
        let server: [&[u8]; 3] = [b"220 mx\r\n", b"250 mx\r\n", b"502 no such command\r\n"];
        let said = play(&SMTP, &server);
        assert_eq!(said.last().unwrap(), "refused: 502 no such command");
    }
}
