//! Lines of a dialogue.

/// Puts lines together from octets.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Takes more octets.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(octets);
    }

    /// The next whole line, without its end.
    pub(super) fn next_line(&mut self) -> Option<String> {
        let end = self.0.iter().position(|octet| *octet == b'\n')?;
        let line: Vec<u8> = self.0.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

/// The last line of an answer with a code in front (RFC 5321 4.2.1, RFC 959 4.2), once it is
/// there: `250-` goes on, `250 ` ends.
#[derive(Debug, Default)]
pub(super) struct CodedAnswers(Lines);

impl CodedAnswers {
    /// Takes more octets.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.0.push(octets);
    }

    /// The code and text of the next whole answer.
    pub(super) fn next_answer(&mut self) -> Option<(u16, String)> {
        while let Some(line) = self.0.next_line() {
            let code = line.get(..3).and_then(|code| code.parse().ok());
            match (code, line.as_bytes().get(3)) {
                (Some(code), None | Some(b' ')) => return Some((code, line)),
                (Some(_), Some(b'-')) | (None, _) => {}
                (Some(_), Some(_)) => return Some((0, line)),
            }
        }
        None
    }
}
