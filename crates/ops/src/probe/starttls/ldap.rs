//! LDAP: the extended operation StartTLS (RFC 4511 4.14).

use super::{Dialogue, StartTls, Turn};

pub(super) static LDAP: StartTls =
    StartTls { name: "ldap", port: 389, begin: |_| Box::new(Ldap::default()) };

/// LDAPMessage { messageID 1, ExtendedRequest { requestName 1.3.6.1.4.1.1466.20037 } } in BER.
const REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// Longest answer: one with a long text beside its code.
const ANSWER_BYTES_MAX: usize = 1024;

#[derive(Default)]
struct Ldap {
    asked: bool,
    answer: Vec<u8>,
}

impl Dialogue for Ldap {
    fn receive(&mut self, octets: &[u8]) -> Turn {
        if !std::mem::replace(&mut self.asked, true) {
            return Turn::Send(REQUEST.to_vec());
        }
        self.answer.extend_from_slice(octets);
        match whole(&self.answer) {
            Whole::No => Turn::Wait,
            Whole::Yes(content) => match result_code(content) {
                Some(0) => Turn::Ready,
                Some(code) => Turn::Refused(format!("resultCode {code}")),
                None => Turn::Refused("no ExtendedResponse".into()),
            },
            Whole::Never => Turn::Refused("no LDAPMessage".into()),
        }
    }
}

enum Whole<'a> {
    No,
    Yes(&'a [u8]),
    Never,
}

/// The content of the one BER element that `octets` begin with.
fn whole(octets: &[u8]) -> Whole<'_> {
    let Some((tag, rest)) = octets.split_first() else { return Whole::No };
    if *tag != 0x30 {
        return Whole::Never;
    }
    match content(rest) {
        Some((length, _)) if length > ANSWER_BYTES_MAX => Whole::Never,
        Some((length, rest)) => rest.get(..length).map_or(Whole::No, Whole::Yes),
        None if rest.len() > 4 => Whole::Never,
        None => Whole::No,
    }
}

/// A BER length and what stands after it.
fn content(octets: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = octets.split_first()?;
    match first {
        0..=0x7f => Some((usize::from(*first), rest)),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            Some((length.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)), rest))
        }
        _ => None,
    }
}

/// resultCode of an ExtendedResponse that stands behind the message's number.
fn result_code(message: &[u8]) -> Option<u8> {
    let (number_length, rest) = content(message.strip_prefix(b"\x02")?)?;
    let response = rest.get(number_length..)?.strip_prefix(b"\x78")?;
    let (_, response) = content(response)?;
    let (1, code) = content(response.strip_prefix(b"\x0a")?)? else { return None };
    code.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::starttls::tests::play;

    #[test]
    fn tls_begins_after_success() {
        let success = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(play(&LDAP, &[success])[1], "TLS");
        let long_form = b"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(play(&LDAP, &[long_form])[1], "TLS");
        let refused = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00";
        assert_eq!(play(&LDAP, &[refused])[1], "refused: resultCode 2");
        assert_eq!(play(&LDAP, &[b"220 hello"])[1], "refused: no LDAPMessage");
    }

    #[test]
    fn an_answer_that_says_to_be_huge_is_refused() {
        let huge = b"\x30\x84\x7f\xff\xff\xff";
        assert_eq!(play(&LDAP, &[huge])[1], "refused: no LDAPMessage");
    }
}
