//! Which protocols a server chooses with ALPN (RFC 7301), in its order. With TLS 1.3 the choice
//! is encrypted: this asks with TLS 1.2 and before.

use super::{Inquiry, Step, newest_before_tls13};
use crate::{
    Version,
    probe::{Answer, Facts, Offer},
};

/// Protocols that are offered: IANA's registry, without those that ask for something special.
const PROTOCOLS: [&[u8]; 12] = [
    b"h2",
    b"http/1.1",
    b"http/1.0",
    b"spdy/3.1",
    b"spdy/3",
    b"imap",
    b"pop3",
    b"ftp",
    b"xmpp-client",
    b"xmpp-server",
    b"postgresql",
    b"mqtt",
];

pub(super) struct Alpn {
    left: Vec<&'static [u8]>,
    over: bool,
}

impl Default for Alpn {
    fn default() -> Self {
        Self { left: PROTOCOLS.to_vec(), over: false }
    }
}

impl Inquiry for Alpn {
    fn about(&self) -> String {
        "protocols of ALPN".into()
    }

    fn next(&mut self, facts: &Facts) -> Step {
        if self.over || self.left.is_empty() {
            return Step::Done;
        }
        let version = match newest_before_tls13(facts) {
            Ok(Some(version)) if version >= Version::TLS10 => version,
            Ok(_) => return Step::Done,
            Err(step) => return step,
        };
        let Some(known) = facts.version(version) else { return Step::Done };
        let suites = known.suites.iter().map(|suite| suite.code as u16).collect();
        Step::Ask(Offer { alpn: self.left.clone(), ..Offer::of(version, suites) })
    }

    fn answer(&mut self, answer: &Answer, facts: &mut Facts) {
        let chosen = answer.flight.hello.as_ref().and_then(|hello| hello.alpn());
        let at = chosen.and_then(|name| self.left.iter().position(|other| *other == name));
        match at {
            Some(at) => {
                facts.alpn.push(String::from_utf8_lossy(self.left.remove(at)).into_owned());
            }
            None => self.over = true,
        }
    }
}
