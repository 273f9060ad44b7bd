//! How TLS begins inside other protocols, one file each. A new one is a file and a line in
//! [`ALL`].
//!
//! A dialogue is a state machine without I/O: it is given what the server says and tells what to
//! say next.

mod ftp;
mod imap;
mod ldap;
mod lines;
mod mysql;
mod pop3;
mod postgres;
mod smtp;
mod xmpp;

/// A protocol that TLS can begin in.
pub struct StartTls {
    /// The word after `--starttls`.
    pub name: &'static str,
    /// The port that it usually has.
    pub port: u16,
    /// Begins a dialogue with this host.
    pub begin: fn(host: &str) -> Box<dyn Dialogue>,
}

impl std::fmt::Debug for StartTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Every protocol, by name.
pub static ALL: [&StartTls; 8] = [
    &ftp::FTP,
    &imap::IMAP,
    &ldap::LDAP,
    &mysql::MYSQL,
    &pop3::POP3,
    &postgres::POSTGRES,
    &smtp::SMTP,
    &xmpp::XMPP,
];

/// The protocol of this name.
pub fn find(name: &str) -> Option<&'static StartTls> {
    ALL.into_iter().find(|protocol| protocol.name == name)
}

/// What to do next in a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Read more.
    Wait,
    /// Send this, then read more.
    Send(Vec<u8>),
    /// Send this; TLS begins right behind it.
    Last(Vec<u8>),
    /// TLS begins now.
    Ready,
    /// It will not begin; says why.
    Refused(String),
}

/// What is said before TLS begins.
pub trait Dialogue: Send {
    /// Takes what the server has said since the last call; nothing at the first.
    fn receive(&mut self, octets: &[u8]) -> Turn;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a dialogue against the lines of a server; gives what was said, one turn a line.
    pub(super) fn play(protocol: &StartTls, server: &[&[u8]]) -> Vec<String> {
        let mut dialogue = (protocol.begin)("shop.example");
        let mut said = Vec::new();
        let mut note = |turn: Turn| match turn {
            Turn::Wait => {}
            Turn::Send(octets) => said.push(format!("> {}", octets.escape_ascii())),
            Turn::Last(octets) => said.push(format!("> {} TLS", octets.escape_ascii())),
            Turn::Ready => said.push("TLS".into()),
            Turn::Refused(why) => said.push(format!("refused: {why}")),
        };
        note(dialogue.receive(b""));
        for octets in server {
            // In single octets, as a slow server may send it.
            for octet in *octets {
                note(dialogue.receive(&[*octet]));
            }
        }
        said
    }

    #[test]
    fn protocols_are_in_the_order_of_their_names() {
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert_eq!(find("smtp").map(|found| found.port), Some(25));
    }
}
