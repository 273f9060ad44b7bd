//! XMPP: a stream, then `<starttls/>` (RFC 6120 5.4.2).

use super::{Dialogue, StartTls, Turn};

pub(super) static XMPP: StartTls = StartTls {
    name: "xmpp",
    port: 5222,
    begin: |host| Box::new(Xmpp { host: host.to_owned(), step: 0, said: Vec::new() }),
};

struct Xmpp {
    host: String,
    step: usize,
    said: Vec<u8>,
}

impl Xmpp {
    fn has_said(&self, text: &str) -> bool {
        self.said.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

impl Dialogue for Xmpp {
    fn receive(&mut self, octets: &[u8]) -> Turn {
        self.said.extend_from_slice(octets);
        match self.step {
            0 => {
                self.step = 1;
                // The host has been read as a name or an address: nothing in it needs escaping.
                Turn::Send(
                    format!(
                        "<?xml version='1.0'?><stream:stream to='{}' version='1.0' \
                         xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
                        self.host
                    )
                    .into_bytes(),
                )
            }
            1 if self.has_said("</stream:features>") => {
                if !self.has_said("urn:ietf:params:xml:ns:xmpp-tls") {
                    return Turn::Refused("STARTTLS is not among its features".into());
                }
                self.step = 2;
                self.said.clear();
                Turn::Send(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>".to_vec())
            }
            2 if self.has_said("<proceed") && self.said.ends_with(b">") => Turn::Ready,
            _ if self.has_said("<failure") || self.has_said("stream:error") => {
                Turn::Refused("it answers with an error".into())
            }
            _ => Turn::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::starttls::tests::play;

    #[test]
    fn tls_begins_after_proceed() {
        let features = b"<?xml version='1.0'?><stream:stream id='1'><stream:features>\
            <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>\
            </stream:features>";
        let proceed = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
        let said = play(&XMPP, &[features, proceed]);
        assert!(said[0].contains("to=\\'shop.example\\'"), "{said:?}");
        assert_eq!(said[2], "TLS");
        let without = b"<stream:features><bind/></stream:features>";
        assert!(play(&XMPP, &[without])[1].starts_with("refused: STARTTLS is not"));
    }
}
